package overlay

import (
	"context"
	"math"
	"slices"

	"github.com/devrev/scim/services/scim/directory"
)

// spot is where a member waits.
type spot struct {
	group directory.GroupID
	value string
}

// Wait keeps members that wait. The bound of the tenant is not looked at: nothing that is played
// fills it.
func (s *Store) Wait(ctx context.Context, t directory.Tenant, g directory.GroupID, values []string, at directory.Moment) (n int, err error) {
	err = s.on(ctx, t, func(in part) error {
		if _, err := in.group(g); err != nil {
			return err
		}
		if err := in.take(len(values)); err != nil {
			return err
		}
		waiting, err := in.waitingOf(directory.WaitingQuery{Group: g, Limit: math.MaxInt32})
		if err != nil {
			return err
		}
		stored := make(map[string]directory.Waiting, len(waiting))
		for _, w := range waiting {
			stored[w.Value] = w
		}
		for _, value := range values {
			w, ok := stored[value]
			switch {
			case ok:
				w.Last = at
				w.Count++
			case len(stored) >= directory.MaxWaitingOfGroup || len(value) > directory.MaxWaitingValue:
				continue
			default:
				w = directory.Waiting{Group: g, Value: value, Reason: directory.WaitsUnknown, First: at, Last: at, Count: 1}
				if u, err := in.user(directory.UserID(value)); err == nil && u.Deleted {
					w.Reason = directory.WaitsDeleted
				}
			}
			stored[value] = w
			in.waiting[spot{g, value}] = &w
			n++
		}
		return nil
	})
	return n, err
}

// Unwait ends the waiting of members.
func (s *Store) Unwait(ctx context.Context, t directory.Tenant, g directory.GroupID, values []string, others bool) (ended []string, err error) {
	err = s.on(ctx, t, func(in part) error {
		waiting, err := in.waitingOf(directory.WaitingQuery{Group: g, Limit: math.MaxInt32})
		for _, w := range waiting {
			if slices.Contains(values, w.Value) != others {
				in.waiting[spot{g, w.Value}] = nil
				ended = append(ended, w.Value)
			}
		}
		return err
	})
	return ended, err
}

// Attach makes a member of one that waited.
func (s *Store) Attach(
	ctx context.Context, t directory.Tenant, g directory.Group, value string, user directory.UserID,
) (before, after directory.Group, err error) {
	err = s.on(ctx, t, func(in part) error {
		if before, err = in.group(g.ID); err != nil {
			return err
		}
		after = before
		w, err := in.waitingAt(spot{g.ID, value})
		if err != nil {
			return err
		}
		known, err := in.known([]directory.UserID{user})
		if err != nil {
			return err
		}
		if w == nil || len(known) == 0 {
			return directory.ErrNotFound
		}
		change, err := in.changeOf(g.ID, directory.MemberDelta{Add: known})
		if err == nil {
			err = in.take(1 + len(change.Added))
		}
		if err != nil {
			return err
		}
		in.waiting[spot{g.ID, value}] = nil
		if change.Empty() {
			return nil
		}
		after.Version++
		after.Modified = g.Modified
		in.keepGroup(after)
		in.differ(g.ID, user, true)
		return nil
	})
	return before, after, err
}

// Explain gives a member that waits another reason.
func (s *Store) Explain(ctx context.Context, t directory.Tenant, g directory.GroupID, value string, reason directory.WaitingReason) error {
	return s.on(ctx, t, func(in part) error {
		at := spot{g, value}
		w, err := in.waitingAt(at)
		if err != nil || w == nil {
			return err
		}
		w.Reason = reason
		in.waiting[at] = w
		return in.take(1)
	})
}

// Waiting returns members that wait.
func (s *Store) Waiting(ctx context.Context, t directory.Tenant, q directory.WaitingQuery) (found []directory.Waiting, err error) {
	err = s.on(ctx, t, func(in part) error {
		found, err = in.waitingOf(q)
		return err
	})
	return found, err
}

// CountWaiting counts the members that wait.
func (s *Store) CountWaiting(ctx context.Context, t directory.Tenant, most int) (int, error) {
	found, err := s.Waiting(ctx, t, directory.WaitingQuery{Limit: most})
	return len(found), err
}

// Awaited returns the users for whom members may wait.
func (s *Store) Awaited(ctx context.Context) (found []directory.Awaited, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ended(ctx); err != nil {
		return nil, err
	}
	found, err = s.below.Awaited(ctx)
	found = slices.DeleteFunc(found, func(a directory.Awaited) bool {
		_, here := s.tenants[a.Tenant].awaitedHere(a.ID)
		return here
	})
	for t, w := range s.tenants {
		for id, awaited := range w.awaited {
			if awaited {
				found = append(found, directory.Awaited{Tenant: t, ID: id})
			}
		}
	}
	return found, err
}

func (w *written) awaitedHere(id directory.UserID) (awaited, here bool) {
	if w == nil {
		return false, false
	}
	awaited, here = w.awaited[id]
	return awaited, here
}

// Arrived forgets that members may wait for a user.
func (s *Store) Arrived(ctx context.Context, t directory.Tenant, id directory.UserID) error {
	return s.on(ctx, t, func(in part) error {
		in.awaited[id] = false
		return nil
	})
}

// waitingOf returns those that q selects, below and here.
func (in part) waitingOf(q directory.WaitingQuery) ([]directory.Waiting, error) {
	asked := q
	asked.Limit = min(q.Limit+len(in.waiting), math.MaxInt32)
	found, err := in.store.below.Waiting(in.ctx, in.t, asked)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(w directory.Waiting) bool {
		_, here := in.waiting[spot{w.Group, w.Value}]
		return here || in.isDeleted(w.Group)
	})
	for _, w := range in.waiting {
		if w != nil && q.Selects(*w) && !in.isDeleted(w.Group) {
			found = append(found, *w)
		}
	}
	slices.SortFunc(found, directory.CompareWaiting)
	return found[:min(len(found), q.Limit)], nil
}

// waitingAt returns what waits at a spot, nil if nothing does.
func (in part) waitingAt(at spot) (*directory.Waiting, error) {
	w := directory.Waiting{Group: at.group, Value: at.value}
	found, err := in.waitingOf(directory.WaitingQuery{Group: at.group, Keys: []string{w.Key()}, Limit: math.MaxInt32})
	for _, w := range found {
		if w.Value == at.value {
			return &w, nil
		}
	}
	return nil, err
}

// waits reports whether anything waits for the group.
func (in part) waits(g directory.GroupID) (bool, error) {
	found, err := in.waitingOf(directory.WaitingQuery{Group: g, Limit: 1})
	return len(found) > 0, err
}

// waitForReturn has the membership of u, who was deleted, wait.
func (in part) waitForReturn(g directory.GroupID, u directory.User) {
	at := directory.Moment{At: u.Modified, RequestID: u.Cause.RequestID}
	in.waiting[spot{g, string(u.ID)}] = &directory.Waiting{Group: g, Value: string(u.ID), Reason: directory.WaitsDeleted, First: at, Last: at}
}
