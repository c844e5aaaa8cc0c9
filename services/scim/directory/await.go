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
	g := Group{ID: id, Modified: Now(s.now()), Cause: c.cause(org)}
	for _, user := range known {
		if err == nil {
			err = attach(ctx, s.store, org, g, string(user), user, c)
		}
	}
	if !org.matches() {
		return err
	}
	for _, user := range c.Skipped[:min(len(c.Skipped), mostMatched)] {
		if err == nil && !slices.Contains(known, user) {
			err = match(ctx, s.store, org, Waiting{Group: id, Value: string(user), Reason: WaitsUnknown}, g, c)
		}
	}
	return err
}

// unwait ends what delta ends, or makes a member, of what waits for the group before: by id, and by
// the value in added that meant the one who becomes a member. It comes before the change: who is
// attached meanwhile makes a version, so that the change starts over, and no one is attached
// afterwards. back has what ended wait again, for a change that is refused.
func (s *Groups) unwait(ctx context.Context, t Tenant, before Group, added []UserID, delta MemberDelta, c *Change) (back func() error, err error) {
	var ended []string
	if before.Waits && delta.Reset {
		ended, err = s.store.Unwait(ctx, t, before.ID, texts(c.Skipped), true)
	} else if before.Waits && !delta.Empty() {
		_, settled := partition(added, c.Skipped)
		ended, err = s.store.Unwait(ctx, t, before.ID, texts(distinct(slices.Concat(delta.Remove, delta.Add, settled))), false)
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

// CountWaiting returns how many members wait in all groups, and counts no more than most.
func (s *Groups) CountWaiting(ctx context.Context, org Organisation, most int) (int, error) {
	n, err := s.store.CountWaiting(ctx, org.Tenant, most)
	return n, refusal("group", "", err)
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

// LetIn makes the person whom value means a member of the group, as an administrator wants it, also
// where the group is privileged. announce is called before that with the person, and an error of it
// ends the act. It is 404 if value does not wait in the group, and 409 if nobody or more than one
// may be meant. c gets what it changed.
func (s *Groups) LetIn(ctx context.Context, org Organisation, id GroupID, value string, c *Change, announce func(context.Context, Waiting, UserID) error) error {
	found, err := s.Waiting(ctx, org, WaitingQuery{Group: id, Keys: []string{Fold(value)}, Limit: MaxWaitingOfGroup})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(found, func(w Waiting) bool { return w.Value == value })
	if i < 0 {
		return notWaiting(value)
	}
	who, _, err := meant(ctx, s.store, org, value)
	switch {
	case err != nil:
		return refusal("group", string(id), err)
	case len(who) == 0:
		return scim.Errorf(409, "", "No user is meant by the value %s. It goes on waiting.", scim.Quote(value))
	case len(who) > 1:
		return scim.Errorf(409, "", "The value %s may mean %d users. Add the right one in the identity provider, or end the waiting.", scim.Quote(value), len(who))
	}
	if err := announce(ctx, found[i], who[0]); err != nil {
		return err
	}
	g := Group{ID: id, Modified: Now(s.now()), Cause: c.cause(org)}
	return refusal("group", string(id), attach(ctx, s.store, org, g, value, who[0], c))
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
