package guard

import (
	"context"
	"errors"
	"sync"
	"time"

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
	// a day at most. of names what they left. With n 0 it reads.
	CountLeft(ctx context.Context, tag, of string, n int, window time.Duration, now time.Time) (total int, err error)
}

// Deps are what a Watch needs.
type Deps struct {
	Counter  Counter
	Users    *directory.Users
	Groups   *directory.Groups
	Activity *activity.Log
	Audit    audit.Appender
	Tag      func(ctx context.Context, t directory.Tenant) (string, error)
	Count    func(ctx context.Context, outcome Outcome, n int) // adds to the metric
	Now      func() time.Time
}

// Outcome is what became of those who left, of a closed set.
type Outcome string

// The outcomes.
const (
	Counted   Outcome = "counted"   // a person or a member who left
	Uncounted Outcome = "uncounted" // as above, while the counter was away
	Observed  Outcome = "observed"  // a mass change, once in a window
)

// mostPending bounds of how many groups and organisations something may wait to be counted.
const mostPending = 10_000

// Watch notices mass changes. Make it with New. It is safe for concurrent use.
type Watch struct {
	deps Deps

	mu      sync.Mutex
	pending map[subject]*departure
	wake    chan struct{}

	told  *lru.Cache[subject, string] // the window of which a mass change was told last
	sizes *lru.Cache[subject, size]
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
	told, _ := lru.New[subject, string](mostPending) // fails for a size below 1 only
	sizes, _ := lru.New[subject, size](mostPending)
	return &Watch{deps: d, pending: map[subject]*departure{}, wake: make(chan struct{}, 1), told: told, sizes: sizes}, nil
}

// Note takes down who left by a change that a request of the organisation with this tag made. It
// does not wait.
func (w *Watch) Note(org directory.Organisation, tag string, by activity.Request, made *directory.Change) {
	if org.Guard.Effective().Mode == terms.GuardOff {
		return
	}
	of, n := subject{tenant: org.Tenant}, 0
	switch {
	case by.Resource.Type == org.Schemas.Group.Name:
		of.group, n = directory.GroupID(by.Resource.ID), len(made.Members.Removed)
	case made.Before.State.Enabled() && (made.Effect == directory.EffectDeactivated || made.Effect == directory.EffectDeleted):
		n = 1
	}
	if n > 0 {
		w.add(of, departure{org, tag, n, by})
	}
}

func (w *Watch) add(of subject, d departure) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if waiting := w.pending[of]; waiting != nil {
		d.n += waiting.n
	} else if len(w.pending) >= mostPending {
		w.deps.Count(context.Background(), Uncounted, d.n)
		return
	}
	w.pending[of] = &d
	select {
	case w.wake <- struct{}{}:
	default: // it is awake
	}
}

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
