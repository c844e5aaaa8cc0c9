package directory

import (
	"context"
	"slices"

	"github.com/devrev/scim/libs/scim"
)

// wait is the end of a change of a group's members, which is stored: those who are unknown wait.
//
// A user may have come since the look at KnownUsers, whom no one has attached because nothing
// waited yet. So the last step looks again.
func (s *Groups) wait(ctx context.Context, org Organisation, id GroupID, c *Change) error {
	c.Waits = 0
	if len(c.Skipped) == 0 {
		return nil
	}
	var err error
	if c.Waits, err = s.store.Wait(ctx, org.Tenant, id, texts(c.Skipped), Moment{Now(s.now()), c.Cause.RequestID}); err != nil {
		return err
	}
	known, err := s.store.KnownUsers(ctx, org.Tenant, c.Skipped)
	for _, user := range known {
		if err == nil {
			err = attach(ctx, s.store, org, Group{ID: id, Modified: Now(s.now()), Cause: c.cause(org)}, user, c)
		}
	}
	return err
}

// unwait ends what delta ends, or makes a member, of what waits for the group before. It comes
// before the change: who is attached meanwhile makes a version, so that the change starts over, and
// no one is attached afterwards. back has what ended wait again, for a change that is refused.
func (s *Groups) unwait(ctx context.Context, t Tenant, before Group, delta MemberDelta, c *Change) (back func() error, err error) {
	var ended []string
	if before.Waits && delta.Reset {
		ended, err = s.store.Unwait(ctx, t, before.ID, texts(c.Skipped), true)
	} else if before.Waits && !delta.Empty() {
		ended, err = s.store.Unwait(ctx, t, before.ID, texts(slices.Concat(delta.Remove, delta.Add)), false)
	}
	return func() error {
		if len(ended) == 0 {
			return nil
		}
		_, err := s.store.Wait(ctx, t, before.ID, ended, Moment{Now(s.now()), c.Cause.RequestID})
		return err
	}, err
}

// Waiting returns the members that wait which q selects; 404 for a group that is not there.
func (s *Groups) Waiting(ctx context.Context, org Organisation, q WaitingQuery) ([]Waiting, error) {
	if q.Group != "" {
		if _, err := s.store.Group(ctx, org.Tenant, q.Group, false); err != nil {
			return nil, refusal("group", string(q.Group), err)
		}
	}
	found, err := s.store.Waiting(ctx, org.Tenant, q)
	return found, refusal("group", "", err)
}

// EndWaiting has value wait in the group no longer, as an administrator wants it. announce is
// called before that, and an error of it ends the act. It is 404 if the group is not there, or
// value does not wait in it.
func (s *Groups) EndWaiting(ctx context.Context, org Organisation, id GroupID, value string, announce func(context.Context, Waiting) error) error {
	found, err := s.Waiting(ctx, org, WaitingQuery{Group: id, Keys: []string{Fold(value)}, Limit: MaxWaitingOfGroup})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(found, func(w Waiting) bool { return w.Value == value })
	if i < 0 {
		return notWaiting(value)
	}
	if err := announce(ctx, found[i]); err != nil {
		return err
	}
	ended, err := s.store.Unwait(ctx, org.Tenant, id, []string{value}, false)
	if err == nil && len(ended) == 0 { // the person came meanwhile
		return notWaiting(value)
	}
	return refusal("group", string(id), err)
}

func notWaiting(value string) error {
	return scim.Errorf(404, "", "No member with the value %s waits in the group.", scim.Quote(value))
}

func texts(ids []UserID) []string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = string(id)
	}
	return list
}
