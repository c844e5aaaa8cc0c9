package directory

import (
	"context"
	"strconv"
)

// Tag tells g, as the organisation sees it, from what it is after any change: it changes with the
// version and with Privileged.
func (g Group) Tag() string {
	tag := strconv.FormatInt(g.Version, 10)
	if g.Privileged {
		tag += "-privileged"
	}
	return tag
}

// SetPrivileged marks the group as one whose members may do more than others, or as one of the
// rest. edit says which, of the group as it is, and is asked again if the group changes meanwhile;
// an error of it is returned. If the group is so already, nothing is stored.
func (s *Groups) SetPrivileged(ctx context.Context, org Organisation, id GroupID, edit func(now Group) (bool, error)) (Group, error) {
	g, err := update(ctx, &s.turns, turnOf(org.Tenant, id), func() (Group, error) {
		g, err := s.store.Group(ctx, org.Tenant, id, false)
		if err != nil {
			return Group{}, err
		}
		privileged, err := edit(g)
		if err != nil || privileged == g.Privileged {
			return g, err
		}
		g.Privileged = privileged
		return g, s.store.SetPrivileged(ctx, org.Tenant, g)
	})
	return g, refusal("group", string(id), err)
}
