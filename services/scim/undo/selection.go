package undo

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/history"
)

const (
	// Pause is the longest one within a push.
	Pause = 90 * time.Second
	// Longest is how long a push lasts at most.
	Longest = 24 * time.Hour
	// MostEntries is how many entries one undo names at most.
	MostEntries = 100

	behind    = time.Second // by so much an entry may be told to be earlier than its change
	entriesAt = 200         // entries that are read at a time
)

// Asked is what is to be taken back: one of the first six.
type Asked struct {
	Entries   []string `json:"entries,omitempty"` // of the activity
	RequestID string   `json:"requestId,omitempty"`
	Push      string   `json:"push,omitempty"`  // an entry of it
	Since     string   `json:"since,omitempty"` // RFC 3339, with Until: what identity providers did in that time
	Undo      string   `json:"undo,omitempty"`  // another undo
	As        string   `json:"as,omitempty"`    // a dry run: exactly what it looked at

	Until   string             `json:"until,omitempty"`
	Client  string             `json:"client,omitempty"`  // with Since
	Effects []directory.Effect `json:"effects,omitempty"` // with Since
	Only    []Aspect           `json:"only,omitempty"`
	DryRun  bool               `json:"dryRun,omitempty"`
}

// Refused is the error of an undo that does not fit what was done.
type Refused struct {
	Name   string // of its kind
	Detail string // a sentence
	Undo   string // the other undo that it is about, by its id
}

// Error gives the detail.
func (r *Refused) Error() string { return r.Detail }

// By says who asks.
type By struct {
	Actor     string // an administrator; "": DevRev's platform
	RequestID string
	TraceID   string
	Once      string // an Idempotency-Key: whoever asks again by it gets the same job; "": none
}

// Start stores a job that takes back what is asked for, and returns it. announce is called before,
// and keeps it from being stored by an error. The errors are *scim.Error and *Refused, for
// the caller.
func (u *Undo) Start(ctx context.Context, org directory.Organisation, a Asked, by By, announce func(Job) error) (Job, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Job{}, fmt.Errorf("make an id: %w", err)
	}
	now := directory.Now(u.Now())
	j := Job{
		ID: id.String(), At: now, Actor: by.Actor, RequestID: by.RequestID, TraceID: by.TraceID, DryRun: a.DryRun, Only: a.Only, State: Planning,
		Counts: map[Outcome]int{},
	}
	if err := a.check(); err != nil {
		return Job{}, err
	}
	if first, err := u.repeated(ctx, org.Tenant, by.Once, a); err != nil || first.ID != "" {
		return first, err
	}
	if err := u.resolve(ctx, org, a, now, &j); err != nil {
		return Job{}, err
	}
	j.Key = j.key()
	j.claim(a, by.Once)
	err = u.begin(ctx, org.Tenant, &j, announce)
	if _, isRefused := errors.AsType[*Refused](err); isRefused { // perhaps because of the same request, a moment ago
		first, lookup := u.repeated(ctx, org.Tenant, by.Once, a)
		if lookup != nil || first.ID != "" {
			return first, lookup
		}
	}
	if err != nil {
		return Job{}, err
	}
	u.wake()
	return j, nil
}

// begin stores j in a slot that is free.
func (u *Undo) begin(ctx context.Context, t directory.Tenant, j *Job, announce func(Job) error) error {
	err := u.refuseTwice(ctx, t, *j)
	if err == nil {
		err = announce(*j)
	}
	if err != nil {
		return err
	}
	for n := range AtATime {
		j.Slot = fmt.Sprintf("open %d", n+1)
		if err = u.Store.Create(ctx, t, *j); !errors.Is(err, ErrBusy) {
			return unreadable(err)
		}
	}
	if err := u.refuseClaimed(ctx, t, *j); err != nil {
		return err
	}
	return &Refused{
		Name: "undo-busy", Detail: fmt.Sprintf("%d undos of this organisation are under way. Wait until one has ended.", AtATime),
	}
}

// check refuses what does not say one thing.
func (a Asked) check() error {
	said := 0
	for _, is := range []bool{len(a.Entries) > 0, a.RequestID != "", a.Push != "", a.Since != "" || a.Until != "", a.Undo != "", a.As != ""} {
		if is {
			said++
		}
	}
	switch {
	case said != 1:
		return invalid("Give one of entries, requestId, push, since with until, undo, and as.")
	case len(a.Entries) > MostEntries:
		return invalid("entries may have %d ids at most. For more of them, give push, or since and until.", MostEntries)
	case (a.Since == "") != (a.Until == ""):
		return invalid("since and until belong together.")
	case a.Since == "" && (a.Client != "" || len(a.Effects) > 0):
		return invalid("client and effects narrow a span of time: give since and until.")
	case a.As != "" && len(a.Only) > 0:
		return invalid("as takes back what the dry run looked at: leave out only.")
	}
	for _, aspect := range a.Only {
		if !slices.Contains(Aspects(), aspect) {
			return invalid("only may have state, attributes and members.")
		}
	}
	for _, e := range a.Effects {
		if !slices.Contains(activity.Effects(), e) || e == activity.EffectRefused || e == directory.EffectUnchanged {
			return invalid("%s is not an effect that can be taken back.", scim.Quote(string(e)))
		}
	}
	return nil
}

// resolve notes in j which changes are asked for.
func (u *Undo) resolve(ctx context.Context, org directory.Organisation, a Asked, now time.Time, j *Job) (err error) {
	switch {
	case len(a.Entries) > 0:
		for _, id := range slices.Compact(slices.Sorted(slices.Values(a.Entries))) {
			e, err := u.entry(ctx, org, id)
			if err != nil {
				return err
			}
			j.Spans = append(j.Spans, Span{
				Since: e.At.Add(-Pause), Until: e.At.Add(behind), RequestID: e.RequestID, Resource: history.Resource{Type: e.Resource.Type, ID: e.Resource.ID},
			})
		}
	case a.RequestID != "":
		var s Span
		if s, err = u.request(ctx, org, a.RequestID); err == nil {
			j.Spans = []Span{s}
		}
	case a.Push != "":
		var s Span
		if s, err = u.Push(ctx, org, a.Push); err == nil {
			j.Spans = []Span{s}
		}
	case a.Since != "":
		s := Span{Client: a.Client, Pushed: true}
		if s.Since, err = moment("since", a.Since); err != nil {
			return err
		}
		if s.Until, err = moment("until", a.Until); err != nil {
			return err
		}
		if !s.Since.Before(s.Until) {
			return invalid("since must be before until.")
		}
		s.Until = earlier(s.Until, now.Add(time.Millisecond))
		j.Spans, j.Effects = []Span{s}, a.Effects
	case a.Undo != "":
		var other Job
		if other, err = u.undoable(ctx, org, a.Undo); err == nil {
			j.Undoes = other.ID
			j.Spans = []Span{{Since: other.At.Add(-behind), Until: other.DoneAt.Add(behind), Undo: other.ID}}
		}
	default:
		var other Job
		if other, err = u.Job(ctx, org, a.As); err == nil {
			if !other.DryRun {
				return invalid("as must be the id of a dry run.")
			}
			j.Spans, j.Effects, j.Only, j.Undoes = other.Spans, other.Effects, other.Only, other.Undoes
		}
	}
	if err != nil {
		return err
	}
	for i := range j.Spans {
		if j.Spans[i].Until.Before(now.Add(-history.RecordRetention)) || a.Since != "" && j.Spans[i].Since.Before(now.Add(-history.RecordRetention)) {
			return &Refused{
				Name: "undo-too-old", Detail: fmt.Sprintf("What users and groups were before a change is kept for %d days, and this is older.", int(history.RecordRetention.Hours()/24)),
			}
		}
		j.Spans[i].Since, j.Spans[i].Until = directory.Now(j.Spans[i].Since), directory.Now(j.Spans[i].Until)
	}
	return nil
}

// key is the same for jobs that take back the same.
func (j Job) key() string {
	only := slices.Sorted(slices.Values(j.Only))
	text, _ := json.Marshal([]any{j.Spans, j.Effects, slices.Compact(only)}) // always encodes
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// refuseTwice refuses what another undo has taken back, or is taking back.
func (u *Undo) refuseTwice(ctx context.Context, t directory.Tenant, j Job) error {
	if j.DryRun {
		return nil
	}
	others, err := u.Store.Jobs(ctx, t, j.Key, "", entriesAt)
	if err != nil {
		return unreadable(err)
	}
	for _, other := range others {
		if other.DryRun || other.UndoneBy != "" || other.TooMany {
			continue
		}
		return undoneAlready(other)
	}
	return nil
}

// undoneAlready refuses what another job has taken back, or is taking back.
func undoneAlready(other Job) error {
	detail := "This was taken back already, on " + other.At.Format("2 January 2006 at 15:04 UTC") + "."
	if other.State != Done {
		detail = "This is being taken back already."
	}
	return &Refused{Name: "undone-already", Detail: detail + " See the undo " + other.ID + ".", Undo: other.ID}
}

// entry returns an entry that has changed something.
func (u *Undo) entry(ctx context.Context, org directory.Organisation, id string) (activity.Entry, error) {
	e, err := u.Activity.Entry(ctx, org, id)
	if err != nil {
		return e, err
	}
	if !(e.Is(activity.KindChange) || e.Is(activity.KindEdit)) || e.Effect == activity.EffectRefused || e.Effect == directory.EffectUnchanged {
		return e, nothingToUndo("The entry " + id + " changed nothing.")
	}
	return e, nil
}

// request returns the changes of a request.
func (u *Undo) request(ctx context.Context, org directory.Organisation, id string) (Span, error) {
	s := Span{RequestID: id}
	changed := false
	q := activity.Query{RequestID: id, Limit: entriesAt}
	for {
		entries, err := u.Activity.List(ctx, org, q)
		if err != nil {
			return s, err
		}
		for _, e := range entries {
			if s.Until.IsZero() {
				s.Until = e.At.Add(behind)
			}
			s.Since, q.After = e.At.Add(-Pause), e.ID
			changed = changed || e.Effect != activity.EffectRefused && e.Effect != directory.EffectUnchanged
		}
		if len(entries) < q.Limit {
			break
		}
	}
	switch {
	case s.Until.IsZero():
		return s, scim.Errorf(http.StatusNotFound, "", "The activity has no request of this id.")
	case !changed:
		return s, nothingToUndo("The request changed nothing.")
	}
	return s, nil
}

// Push returns the changes of the push that an entry belongs to: those of its token without a Pause
// between two entries, from Longest before the entry at most, and no Longer.
func (u *Undo) Push(ctx context.Context, org directory.Organisation, id string) (Span, error) {
	e, err := u.Activity.Entry(ctx, org, id)
	if err != nil {
		return Span{}, err
	}
	if e.TokenID == "" || !e.Is(activity.KindChange) {
		return Span{}, nothingToUndo("The entry " + id + " is not a change by an identity provider, so it belongs to no push.")
	}
	first, err := u.walk(ctx, org, e, e.At.Add(-Longest), false)
	if err != nil {
		return Span{}, err
	}
	last, err := u.walk(ctx, org, e, first.Add(Longest), true)
	if err != nil {
		return Span{}, err
	}
	return Span{Since: first.Add(-Pause), Until: last.Add(behind), TokenID: e.TokenID}, nil
}

// walk goes from an entry to the first or last one of its push and returns its time, which is not
// beyond end.
func (u *Undo) walk(ctx context.Context, org directory.Organisation, from activity.Entry, end time.Time, forward bool) (time.Time, error) {
	at := from.At
	q := activity.Query{TokenID: from.TokenID, Kinds: []activity.Kind{activity.KindChange}, OldestFirst: forward, After: from.ID, Limit: entriesAt}
	for {
		if q.Since, q.Until = at.Add(-Pause-time.Millisecond), at.Add(time.Millisecond); forward {
			q.Since, q.Until = at, at.Add(Pause+time.Millisecond)
		}
		entries, err := u.Activity.List(ctx, org, q)
		if err != nil {
			return at, err
		}
		for _, e := range entries {
			if beyond := e.At.Before(end); beyond != forward && !e.At.Equal(end) {
				return at, nil
			}
			at, q.After = e.At, e.ID
		}
		if len(entries) == 0 {
			return at, nil
		}
	}
}

// undoable returns a job that can be taken back.
func (u *Undo) undoable(ctx context.Context, org directory.Organisation, id string) (Job, error) {
	j, err := u.Job(ctx, org, id)
	switch {
	case err != nil:
		return j, err
	case j.DryRun:
		return j, nothingToUndo("The undo " + id + " is a dry run, which changed nothing.")
	case j.State != Done:
		return j, &Refused{Name: "undo-busy", Detail: "The undo " + id + " is under way. Wait until it has ended."}
	}
	return j, nil
}

// Job returns a job of the organisation, 404 if there is none.
func (u *Undo) Job(ctx context.Context, org directory.Organisation, id string) (Job, error) {
	j, err := u.Store.Job(ctx, org.Tenant, id)
	if errors.Is(err, directory.ErrNotFound) {
		return j, scim.Errorf(http.StatusNotFound, "", "There is no undo with the id %s. They are kept for %d days.", scim.Quote(id), int(Retention.Hours()/24))
	}
	return j, unreadable(err)
}

// Jobs returns the latest jobs first, behind the id after, at most limit.
func (u *Undo) Jobs(ctx context.Context, org directory.Organisation, after string, limit int) ([]Job, error) {
	jobs, err := u.Store.Jobs(ctx, org.Tenant, "", after, limit)
	return jobs, unreadable(err)
}

// Items returns items of a job from this N on.
func (u *Undo) Items(ctx context.Context, org directory.Organisation, job string, from, limit int) ([]Item, error) {
	items, err := u.Store.Items(ctx, org.Tenant, job, from, limit)
	return items, unreadable(err)
}

func moment(name, text string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, invalid("%s must be a time such as 2026-11-30T12:00:00Z.", name)
	}
	return at.UTC(), nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func invalid(format string, args ...any) error {
	return scim.BadRequest(scim.InvalidValue, format, args...)
}

func nothingToUndo(why string) error {
	return &Refused{Name: "nothing-to-undo", Detail: why}
}

func unreadable(err error) error {
	if err == nil {
		return nil
	}
	return scim.Errorf(http.StatusServiceUnavailable, "", "The undos cannot be read at the moment. Try again.").Because(err)
}

// Told are sentences that whoever reads about the undo should know.
func (j Job) Told() []string {
	told := []string{}
	switch {
	case j.TooMany:
		told = append(told, fmt.Sprintf("This is more than %d changes, so nothing was taken back. Narrow it down.", Most))
	case j.State == Done && j.Items == 0:
		told = append(told, "There is no change to take back.")
	}
	if j.Hidden {
		told = append(told, "The organisation hides values, so the history has none: only states and members go back.")
	}
	if j.Client != "" {
		name := cmp.Or(map[string]string{"okta": "Okta", "entra": "Entra ID"}[j.Client], "The identity provider")
		told = append(told, name+" still believes what it pushed. It will not push again until something changes there; correct it there, or use Force Sync or Provision on demand.")
	}
	return told
}
