package guard

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/required"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// Counter counts what leaves, for all processes of a service.
type Counter interface {
	// CountLeft adds n to the number of those who left something of the organisation with this tag,
	// and returns how many left it within the window before now, these included: to the minute, and
	// a day at most. of names what they left. With n 0 it reads; below 0 it
	// takes back what was counted at the same time.
	CountLeft(ctx context.Context, tag, of string, n int, window time.Duration, now time.Time) (total int, err error)
}

// Deps are what a Watch needs.
type Deps struct {
	Counter  Counter
	Holds    Store
	Users    *directory.Users
	Groups   *directory.Groups
	Activity *activity.Log
	Audit    audit.Appender
	Tag      func(ctx context.Context, t directory.Tenant) (string, error)
	// Organisation gives the terms of an organisation, and reports whether SCIM is enabled.
	Organisation func(ctx context.Context, t directory.Tenant) (org directory.Organisation, enabled bool, err error)
	// Since returns since when SCIM has been enabled.
	Since  func(ctx context.Context, t directory.Tenant) (time.Time, error)
	Failed func(ctx context.Context, err error)              // writes what nothing depends on into the log
	Count  func(ctx context.Context, outcome Outcome, n int) // adds to the metric
	Now    func() time.Time
}

// Outcome is what became of those who left, of a closed set.
type Outcome string

// The outcomes.
const (
	Counted   Outcome = "counted"   // a person or a member who left
	Uncounted Outcome = "uncounted" // as above, while the counter was away
	Observed  Outcome = "observed"  // a mass change, once in a window

	Opened       Outcome = "opened"  // a hold
	HeldBack     Outcome = "held"    // a person, a member or a group that a hold keeps
	RefusedAgain Outcome = "refused" // a request for what was rejected
)

// mostPending bounds of how many groups and organisations something may wait to be counted.
const mostPending = 10_000

// Watch notices mass changes. Make it with New. It is safe for concurrent use.
type Watch struct {
	deps Deps

	mu      sync.Mutex
	pending map[subject]*departure
	wake    chan struct{}
	decided chan struct{}

	newID func() string // of a hold

	toldHolds *lru.Cache[string, bool]    // by their ids
	told      *lru.Cache[subject, string] // the window of which a mass change was told last
	sizes     *lru.Cache[subject, size]
}

// subject is what is left: a group, or "" the organisation.
type subject struct {
	tenant directory.Tenant
	group  directory.GroupID
}

// departure is how many left a subject and were not counted yet, and the latest request that made
// them leave.
type departure struct {
	org directory.Organisation
	tag string
	n   int
	by  activity.Request
}

// New returns a Watch that has noted nothing.
func New(d Deps) (*Watch, error) {
	if err := required.Check(d); err != nil {
		return nil, err
	}
	toldHolds, _ := lru.New[string, bool](mostPending)
	told, _ := lru.New[subject, string](mostPending) // fails for a size below 1 only
	sizes, _ := lru.New[subject, size](mostPending)
	return &Watch{
		deps: d, pending: map[subject]*departure{}, wake: make(chan struct{}, 1), decided: make(chan struct{}, 1),
		newID: func() string { return uuid.Must(uuid.NewV7()).String() }, toldHolds: toldHolds, told: told, sizes: sizes,
	}, nil
}

// Note takes down who left by a change that a request of the organisation with this tag made,
// without waiting for it to be counted. Of a person whom the request says to be active, and of
// members and groups that it says are there, nothing is held or rejected any more when it returns;
// its error wraps directory.ErrUnavailable.
func (w *Watch) Note(ctx context.Context, org directory.Organisation, tag string, by activity.Request, made *directory.Change) error {
	if by.Resource.Type == org.Schemas.Group.Name {
		return w.noteGroup(ctx, org, tag, by, made)
	}
	if made.SaysActive && org.Guard.Mode == terms.GuardHold {
		return w.returned(ctx, org.Tenant, directory.UserID(by.Resource.ID))
	}
	left := made.Before.State.Enabled() && (made.Effect == directory.EffectDeactivated || made.Effect == directory.EffectDeleted)
	if left && org.Guard.ModeFor(by.Client) == terms.GuardObserve { // Admit has counted the others
		w.add(ctx, subject{tenant: org.Tenant}, departure{org, tag, 1, by})
	}
	return nil
}

func (w *Watch) noteGroup(ctx context.Context, org directory.Organisation, tag string, by activity.Request, made *directory.Change) error {
	group := directory.GroupID(by.Resource.ID)
	if org.Guard.ModeFor(by.Client) != terms.GuardOff && !org.Guard.HoldsMembers(by.Client, made.Privileged) {
		w.add(ctx, subject{org.Tenant, group}, departure{org, tag, len(made.Members.Removed), by})
	}
	if org.Guard.Mode != terms.GuardHold || made.Effect == directory.EffectCreated {
		return nil
	}
	return w.takenBack(ctx, org.Tenant, group, made.Effect != directory.EffectDeleted, made.SaysMembers)
}

// now is the time as a Store keeps it.
func (w *Watch) now() time.Time { return directory.Now(w.deps.Now()) }

func (w *Watch) add(ctx context.Context, of subject, d departure) {
	if d.n == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if waiting := w.pending[of]; waiting != nil {
		d.n += waiting.n
	} else if len(w.pending) >= mostPending {
		w.deps.Count(ctx, Uncounted, d.n)
		return
	}
	w.pending[of] = &d
	rouse(w.wake)
}

// rouse has a value in the channel, whose reader then looks at everything.
func rouse(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // one is there
	}
}

// awake has Decided yield.
func (w *Watch) awake() { rouse(w.decided) }

// Decided yields when an administrator has decided something that Tend carries out.
func (w *Watch) Decided() <-chan struct{} { return w.decided }

// Run counts what was noted until ctx is done, and then once more. failed is called with what could
// not be told.
func (w *Watch) Run(ctx context.Context, failed func(error)) {
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			w.Flush(last, failed)
			return
		case <-w.wake:
			w.Flush(ctx, failed)
		}
	}
}

// Flush counts what was noted up to now.
func (w *Watch) Flush(ctx context.Context, failed func(error)) {
	w.mu.Lock()
	pending := w.pending
	w.pending = map[subject]*departure{}
	w.mu.Unlock()
	for of, d := range pending {
		if err := w.count(ctx, of, *d); err != nil && !errors.Is(ctx.Err(), context.Canceled) {
			failed(err)
		}
	}
}
