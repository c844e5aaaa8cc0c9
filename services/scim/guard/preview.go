package guard

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// Preview is the guard of requests that are only played: it decides as Admit and Note do, each time
// as if what passed it before had taken place. It changes and counts nothing that others see.
type Preview struct{ watch *Watch }

// Preview returns a Preview of requests that are played over this directory.
func (w *Watch) Preview(over directory.Store) (Preview, error) {
	d := w.deps
	d.Users, d.Groups = directory.NewUsers(over, d.Now), directory.NewGroups(over, d.Now)
	d.Counter = &previewCounter{below: d.Counter, left: map[string]int{}}
	d.Holds = &previewStore{Store: d.Holds, held: map[HeldID]Held{}}
	d.Audit = toldBefore{}
	d.Failed = func(context.Context, error) {}
	d.Count = func(context.Context, Outcome, int) {}
	watch, err := New(d)
	if err == nil {
		watch.newID = func() string { return "(new)" }
	}
	return Preview{watch}, err
}

// Admit is Watch.Admit.
func (p Preview) Admit(ctx context.Context, org directory.Organisation, by activity.Request, wish Wish) error {
	var tag string
	var err error
	if wish.mayBeHeld(org.Guard, by.Client) {
		tag, err = p.watch.deps.Tag(ctx, org.Tenant)
	}
	if err != nil {
		return unreadable(err)
	}
	return p.watch.Admit(ctx, org, tag, by, wish)
}

// Note is Watch.Note.
func (p Preview) Note(ctx context.Context, org directory.Organisation, by activity.Request, made *directory.Change) error {
	return p.watch.Note(ctx, org, "", by, made) // which counts behind the answer, and so never
}

// toldBefore is an audit that knows everything already, so that nothing is told.
type toldBefore struct{}

func (toldBefore) AppendAudit(context.Context, audit.Entry) error { return audit.ErrTold }

// previewCounter counts on top of another Counter, of one organisation.
type previewCounter struct {
	below Counter

	mu   sync.Mutex
	left map[string]int
}

func (c *previewCounter) CountLeft(ctx context.Context, tag, of string, n int, window time.Duration, now time.Time) (int, error) {
	total, err := c.below.CountLeft(ctx, tag, of, 0, window, now)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left[of] += n
	return total + c.left[of], err
}

// previewStore keeps the hold of one organisation and what it holds in memory, above those of
// another Store. It has the methods that a request calls; none of them writes below.
type previewStore struct {
	Store

	mu   sync.Mutex
	hold *Hold
	held map[HeldID]Held
}

func (s *previewStore) Hold(ctx context.Context, t directory.Tenant) (Hold, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hold != nil {
		return *s.hold, nil
	}
	return s.Store.Hold(ctx, t)
}

func (s *previewStore) PutHold(_ context.Context, _ directory.Tenant, h Hold) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hold = &h
	return nil
}

func (s *previewStore) Held(ctx context.Context, t directory.Tenant, id HeldID) (Held, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h, ok := s.held[id]; ok {
		return h, nil
	}
	return s.Store.Held(ctx, t, id)
}

func (s *previewStore) HeldOf(ctx context.Context, t directory.Tenant, group directory.GroupID) ([]Held, error) {
	below, err := s.Store.HeldOf(ctx, t, group)
	s.mu.Lock()
	defer s.mu.Unlock()
	of := map[HeldID]Held{}
	for _, h := range slices.Concat(below, slices.Collect(maps.Values(s.held))) {
		if h.Group == group {
			of[h.ID()] = h
		}
	}
	return slices.SortedFunc(maps.Values(of), func(a, b Held) int { return strings.Compare(string(a.ID()), string(b.ID())) }), err
}

func (s *previewStore) Keep(_ context.Context, _ directory.Tenant, held ...Held) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range held {
		s.held[h.ID()] = h
	}
	return nil
}

func (s *previewStore) Settle(ctx context.Context, t directory.Tenant, hold string, ids []HeldID, to HeldState, at time.Time) (n int, err error) {
	for _, id := range ids {
		h, err := s.Held(ctx, t, id)
		switch {
		case errors.Is(err, directory.ErrNotFound) || err == nil && (h.Hold != hold || h.State != Waiting):
			continue
		case err != nil:
			return n, err
		}
		h.State, h.Decided = to, at
		_ = s.Keep(ctx, t, h) // never fails
		n++
	}
	return n, nil
}
