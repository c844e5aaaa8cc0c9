package activity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/scim/directory"
)

// Log is the activity of all organisations. Its errors are *scim.Error, for the client. It is safe
// for concurrent use.
type Log struct {
	store    Store
	nameKey  []byte
	tally    tally
	refusals refusals
	late     late
}

// NewLog returns the log kept in store. By nameKey, a secret of 32 bytes that all processes share,
// names of refused creates are found again without being kept; after a change of it they are not.
func NewLog(store Store, nameKey []byte) *Log { return &Log{store: store, nameKey: nameKey} }

// patience is how long a line may take to be stored, while a client waits. A client that has
// gone ends it no sooner: the change has happened and must not stay untold.
const patience = 2 * time.Second

// movedInASecond is how many users who joined or left add a second to it.
const movedInASecond = 5000

// Record stores the line of a change that took place. It must be called before the change is
// acknowledged; the error is 503, whereupon the client asks again, for what is then no change. The
// line is kept in memory and stored by Flush; a process that is killed before takes it with it.
func (l *Log) Record(ctx context.Context, org directory.Organisation, by Request, made *directory.Change) error {
	e, err := newEntry(by, &made.Tolerance)
	if err != nil {
		return err
	}
	err = l.record(ctx, lineOf(org, e, made))
	return cmp.Or(err, l.RecordGroups(ctx, org, by, made))
}

// RecordGroups stores a line for each group that a change of a user changed, as Record does for all
// of the change: for each member that waited and was attached, and for each group that a deleted
// user left. A line that cannot be stored keeps none of the others from it.
func (l *Log) RecordGroups(ctx context.Context, org directory.Organisation, by Request, made *directory.Change) error {
	var first error
	for group, one := range made.Groups() {
		as := by
		as.Resource = Resource{Type: org.Schemas.Group.Name, ID: string(group)}
		e, err := newEntry(as, &scim.Tolerance{})
		if err != nil {
			return err
		}
		first = cmp.Or(first, l.record(ctx, lineOf(org, e, one)))
	}
	return first
}

// RecordAs is Record for a change that may be recorded again after a crash: the line has this ID, a
// UUIDv7, and is written once.
func (l *Log) RecordAs(ctx context.Context, org directory.Organisation, id string, by Request, made *directory.Change) error {
	e, err := newEntry(by, &made.Tolerance)
	if err != nil {
		return err
	}
	parsed, err := uuid.Parse(id)
	if err != nil {
		return fmt.Errorf("id of an entry: %w", err)
	}
	e.ID, e.At = id, time.Unix(parsed.Time().UnixTime()).UTC()
	return l.record(ctx, lineOf(org, e, made))
}

// lineOf returns the line that e begins, with what a change did and whom it moved.
func lineOf(org directory.Organisation, e Entry, made *directory.Change) line {
	e.tell(org, made)
	moved := movedBy(made)
	e.name(moved)
	return line{org.Tenant, e, moved}
}

// record stores the line of a change now or, if that fails, with Flush.
func (l *Log) record(ctx context.Context, changed line) error {
	err := l.write(ctx, changed)
	if err != nil {
		l.late.keep(changed)
	}
	return unrecorded(err)
}

// unrecorded is the answer to a request whose line could not be stored.
func unrecorded(err error) error {
	if err == nil {
		return nil
	}
	return scim.Errorf(503, "", "The change was made but could not be recorded in the organisation's activity. Repeat the request.").Because(err)
}

// Refuse stores the line of a request that was refused or, after the first few of its kind, counts
// it until Flush. Nothing depends on it: the error is for our own log.
func (l *Log) Refuse(ctx context.Context, org directory.Organisation, by Request, made *directory.Change, with *scim.Error) error {
	e, err := newEntry(by, &made.Tolerance)
	if err != nil {
		return err
	}
	e.Name = nameOf(org, made)
	e.Resource.NameKey = l.keyOf(org, made.Asked)
	told, err := l.refuse(ctx, org.Tenant, e, with)
	if !told {
		l.Count(org.Tenant, made.Tolerance.Accepted)
	}
	return err
}

// RefuseRead is Refuse for a request that would have changed nothing.
func (l *Log) RefuseRead(ctx context.Context, t directory.Tenant, by Request, with *scim.Error) error {
	e, err := newEntry(by, &scim.Tolerance{})
	if err != nil {
		return err
	}
	e.Kind = KindRead
	_, err = l.refuse(ctx, t, e, with)
	return err
}

// TurnAway is Refuse for a request with a token of the organisation that was not accepted, for this
// reason.
func (l *Log) TurnAway(ctx context.Context, t directory.Tenant, by Request, reason string, with *scim.Error) error {
	e, err := newEntry(by, &scim.Tolerance{})
	if err != nil {
		return err
	}
	e.Kind, e.Credential = KindAuth, reason
	_, err = l.refuse(ctx, t, e, with)
	return err
}

// Observe stores the line of a mass change, to which this request was the latest to add.
func (l *Log) Observe(ctx context.Context, t directory.Tenant, by Request, m Mass) error {
	e, err := newEntry(by, &scim.Tolerance{})
	if err != nil {
		return err
	}
	e.Kind, e.Effect, e.Mass = KindGuard, EffectObserved, m
	return l.write(ctx, line{t, e, nil})
}

// refuse writes e, the line of a refusal, and reports whether it is to have one.
func (l *Log) refuse(ctx context.Context, t directory.Tenant, e Entry, with *scim.Error) (told bool, err error) {
	e.Effect, e.Refusal = EffectRefused, RefusalOf(with)
	e.Name, e.Resource.ID = token.Redact(e.Name), token.Redact(e.Resource.ID)
	if !l.refusals.admit(t, e) {
		return false, nil
	}
	return true, l.write(ctx, line{t, e, nil})
}

// RefusalOf returns what is kept of the error that a client received. A client may write a token
// where none belongs, and a refusal quotes what it wrote.
func RefusalOf(with *scim.Error) Refusal {
	return Refusal{with.Status, with.Type, clip(token.Redact(with.Detail), maxDetail)}
}

// line is an entry of an organisation, and whom it moved.
type line struct {
	tenant directory.Tenant
	entry  Entry
	moved  []Moved
}

func (l *Log) write(ctx context.Context, w line) error {
	wait := patience + time.Duration(len(w.moved)/movedInASecond)*time.Second
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), wait)
	defer cancel()
	if err := l.store.Record(ctx, w.tenant, w.entry, w.moved); err != nil {
		return fmt.Errorf("record activity: %w", err)
	}
	return nil
}

// List returns the organisation's entries that q asks for, latest first.
func (l *Log) List(ctx context.Context, org directory.Organisation, q Query) ([]Entry, error) {
	entries, err := l.store.List(ctx, org.Tenant, q)
	for i := range entries {
		entries[i].Resource.NameKey = ""
	}
	return entries, unreadable(err)
}

// browse is how many entries a page for people reads at most.
const browse = 1000

// Browse is List for people, which may end before q.Limit with the ID behind which it goes on.
func (l *Log) Browse(ctx context.Context, org directory.Organisation, q Query) (entries []Entry, rest string, err error) {
	entries, rest, err = l.store.Browse(ctx, org.Tenant, q, browse)
	for i := range entries {
		entries[i].Resource.NameKey = ""
	}
	return entries, rest, unreadable(err)
}

// Entry returns one entry of the organisation, 404 if there is none of this id.
func (l *Log) Entry(ctx context.Context, org directory.Organisation, id string) (Entry, error) {
	e, err := l.store.Entry(ctx, org.Tenant, id)
	if errors.Is(err, directory.ErrNotFound) {
		return e, scim.Errorf(404, "", "There is no such entry. Entries are kept for %d days.", int(Retention.Hours()/24))
	}
	e.Resource.NameKey = ""
	return e, unreadable(err)
}

// Counts returns how often each coercion took place in the organisation. Those of reads are some
// time behind: see Count.
func (l *Log) Counts(ctx context.Context, org directory.Organisation) (Counts, error) {
	counts, err := l.store.Counts(ctx, org.Tenant)
	return counts, unreadable(err)
}

func unreadable(err error) error {
	if err == nil {
		return nil
	}
	return scim.Errorf(503, "", "The activity cannot be read at the moment. Try again.").Because(err)
}

// Prune removes what is too old.
func (l *Log) Prune(ctx context.Context, now time.Time) error {
	if err := l.store.Prune(ctx, now); err != nil {
		return fmt.Errorf("prune activity: %w", err)
	}
	return nil
}

// newEntry begins the line of a request of this moment.
func newEntry(by Request, tol *scim.Tolerance) (Entry, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Entry{}, fmt.Errorf("make an id: %w", err)
	}
	by.Method = clip(by.Method, maxText)
	by.Resource.ID = clip(by.Resource.ID, maxText)
	e := Entry{ID: id.String(), At: time.Unix(id.Time().UnixTime()).UTC(), Kind: KindChange, Request: by}
	if by.By != "" {
		e.Kind = KindEdit
	}
	e.Coercions, e.Omitted.Coercions = some(tol.Accepted, func(a scim.Accepted) Coercion {
		return Coercion{a.Coercion, clip(a.Path, maxText)}
	})
	return e, nil
}
