package directory

import (
	"context"
	"errors"
	"slices"
)

// mostAwaited is how many members that wait are looked at together.
const mostAwaited = 1000

// welcome makes the user, who has just come or come back, a member where that waited. The user is
// there whether or not it succeeds; what fails here is left to Attach. Only c.Attached tells of it.
func (s *Users) welcome(ctx context.Context, org Organisation, u *User, c *Change) {
	if u.Awaited {
		u.Awaited = false
		_ = s.attach(ctx, org, *u, c)
	}
}

// Attach does for the user what a create does at its end: it makes the user a member where that
// waited. c gets what it changed, also where it fails.
func (s *Users) Attach(ctx context.Context, org Organisation, id UserID, c *Change) error {
	u, err := s.load(ctx, org.Tenant, id)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.attach(ctx, org, u, c)
}

// Awaited returns those of all tenants for whom Attach is to be called, because a process has died.
func (s *Users) Awaited(ctx context.Context) ([]Awaited, error) { return s.store.Awaited(ctx) }

func (s *Users) attach(ctx context.Context, org Organisation, u User, c *Change) error {
	q := WaitingQuery{Keys: org.meaning(u), Limit: mostAwaited}
	for {
		waiting, err := s.store.Waiting(ctx, org.Tenant, q)
		if err != nil {
			return err
		}
		last := len(waiting) < q.Limit
		if !last {
			q.After = waiting[len(waiting)-1]
		}
		// Who is in a privileged group by the id needs no approval there by another value.
		slices.SortStableFunc(waiting, func(a, b Waiting) int { return byIDFirst(u.ID, a) - byIDFirst(u.ID, b) })
		for _, w := range waiting {
			if err := arrive(ctx, s.store, org, w, Group{ID: w.Group, Modified: Now(s.now()), Cause: c.cause(org)}, u, c); err != nil {
				return err
			}
		}
		if last {
			return s.store.Arrived(ctx, org.Tenant, u.ID)
		}
	}
}

// byIDFirst puts what waits for the id before the rest.
func byIDFirst(id UserID, w Waiting) int {
	if w.Value == string(id) {
		return 0
	}
	return 1
}

// forgetLeft ends the waiting of the memberships that a deleted user had: the identity provider has
// not asked for them since, and the id may be that of another person now.
func (s *Users) forgetLeft(ctx context.Context, t Tenant, id UserID) error {
	waiting, err := s.store.Waiting(ctx, t, WaitingQuery{Keys: []string{Fold(string(id))}, Limit: MaxWaitingOfTenant})
	if err != nil {
		return err
	}
	for _, w := range waiting {
		if w.Count > 0 {
			continue
		}
		if _, err := s.store.Unwait(ctx, t, w.Group, []string{w.Value}, false); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return nil
}

// attach makes the user a member of g.ID in the place of the value that waits there, and tells c.
func attach(ctx context.Context, store Store, org Organisation, g Group, value string, user UserID, c *Change) error {
	before, after, err := store.Attach(ctx, org.Tenant, g, value, user)
	switch {
	case errors.Is(err, ErrNotFound): // another call was faster, or the person or the group has gone
		return nil
	case err != nil:
		return err
	}
	if before.Version != after.Version {
		c.Attached = append(c.Attached, Attached{g.ID, user, before.snapshot(), after.snapshot()})
	}
	return nil
}
