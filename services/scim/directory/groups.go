package directory

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/patch"
	"github.com/devrev/scim/services/internal/turns"
)

// Groups implements the operations on an organisation's groups. Its errors are *scim.Error, for the
// client; anything else is a fault of ours. Groups come back without members, except from Get and
// List where they are asked for.
type Groups struct {
	store Store
	now   func() time.Time
	turns turns.Turns
}

// NewGroups returns the groups kept in store; now returns the time.
func NewGroups(store Store, now func() time.Time) *Groups {
	return &Groups{store: confirming{store}, now: now}
}

// Get returns the group with the given id, 404 if there is none.
func (s *Groups) Get(ctx context.Context, org Organisation, id GroupID, withMembers bool) (Group, error) {
	g, err := s.store.Group(ctx, org.Tenant, id, withMembers)
	return g, refusal("group", string(id), err)
}

// List returns the groups that q asks for. A filter that cannot be run is 400 invalidFilter, one
// that takes reading too much 400 tooMany, and so is an order.
func (s *Groups) List(ctx context.Context, org Organisation, q Query) (Page[Group], error) {
	var err error
	if q.Filter, err = RelationFilter(q.Filter); err != nil {
		return Page[Group]{}, err
	}
	q.MaxRead = maxRead
	page, err := s.shelf().page(ctx, org.Tenant, q)
	return page, refusal("group", "", err)
}

// NamesOf returns the name of each member: the displayName, else the userName. A member who has
// been deleted meanwhile is absent.
func (s *Groups) NamesOf(ctx context.Context, org Organisation, members []UserID) (map[UserID]string, error) {
	names, err := s.store.NamesOf(ctx, org.Tenant, members)
	return names, refusal("group", "", err)
}

// CountMembers returns how many members each of the groups has.
func (s *Groups) CountMembers(ctx context.Context, org Organisation, ids ...GroupID) (map[GroupID]int, error) {
	counts, err := s.store.CountMembers(ctx, org.Tenant, ids)
	return counts, refusal("group", "", err)
}

// Create is POST (RFC 7644 section 3.3): the group arrives with its members. A name that another
// group has is 409 uniqueness.
func (s *Groups) Create(ctx context.Context, org Organisation, in *scim.Document, c *Change) (Group, error) {
	doc, wanted, err := s.split(org, in, c)
	if err != nil {
		return Group{}, err
	}
	members, err := s.members(ctx, org, Standing{}, wanted, c)
	if err != nil {
		return Group{}, refusal("group", "", err)
	}
	id, err := newID()
	if err != nil {
		return Group{}, err
	}
	key, err := groupKey(doc)
	if err != nil {
		return Group{}, err
	}
	now := Now(s.now())
	g := Group{
		ID: GroupID(id), Version: 1, NameKey: key, Document: doc,
		Members: members.Add, Created: now, Modified: now, Cause: c.cause(org),
	}
	c.Effect, c.After, c.Members = EffectCreated, g.snapshot(), MembershipChange{Added: g.Members}
	err = s.store.CreateGroup(ctx, org.Tenant, g)
	if err == nil {
		err = s.wait(ctx, org, g.ID, c)
	}
	if err == nil && len(c.Attached) > 0 { // there is a later version
		g, err = s.store.Group(ctx, org.Tenant, g.ID, true)
	}
	if err != nil {
		return Group{}, refusal("group", "", err) // no one has the id
	}
	return g, nil
}

// Replace is PUT (RFC 7644 section 3.5.1). No members, or an empty list, empty the group, as Okta
// means it.
func (s *Groups) Replace(ctx context.Context, org Organisation, id GroupID, in *scim.Document, c *Change) (Group, error) {
	doc, wanted, err := s.split(org, in, c)
	if err != nil {
		return Group{}, err
	}
	return s.change(ctx, org, id, c, deltaOf(wanted), func(Group) (*scim.Document, patch.MemberDelta, error) {
		return doc.Clone(), wanted, nil
	})
}

// Patch is PATCH (RFC 7644 section 3.5.2): all operations, or none. Operations on members cost what
// they change, not what the group holds.
func (s *Groups) Patch(ctx context.Context, org Organisation, id GroupID, req patch.Request, c *Change) (Group, error) {
	accepted := c.Tolerance.Accepted
	req.MembersAt = c.UsersAt
	var done []patch.Outcome
	g, err := s.change(ctx, org, id, c, foreseen(org, req, c), func(before Group) (doc *scim.Document, delta patch.MemberDelta, err error) {
		c.Tolerance.Accepted = accepted // a second attempt meets the same coercions again
		current := func() ([]*scim.Document, error) { return s.memberDocuments(ctx, org.Tenant, id, c.UsersAt) }
		doc, delta, done, err = patch.ApplyToGroup(before.Document, org.Schemas.Group, req, current, &c.Tolerance)
		return doc, delta, err
	})
	if err == nil {
		c.Outcomes = groupOutcomes(org, done, c)
	}
	return g, err
}

// Delete removes the group for good; its name is free at once and its members lose nothing else.
func (s *Groups) Delete(ctx context.Context, org Organisation, id GroupID, c *Change) error {
	c.Effect = EffectDeleted
	_, err := update(ctx, &s.turns, turnOf(org.Tenant, id), func() (struct{}, error) {
		g, err := s.store.Group(ctx, org.Tenant, id, true)
		if err == nil {
			err = checkVersion(c.Condition, g.Version)
		}
		if err == nil {
			c.Before, c.Members, c.Privileged = g.snapshot(), MembershipChange{Removed: g.Members}, g.Privileged
			c.Leaving = func(context.Context) (Leaving, error) { return Leaving{Leave: g.Members}, nil }
			err = c.announce(ctx)
		}
		if err == nil {
			g.Modified, g.Cause = Now(s.now()), c.cause(org)
			err = s.store.DeleteGroup(ctx, org.Tenant, g)
		}
		return struct{}{}, err
	})
	return refusal("group", string(id), err)
}

// Remove takes users out of the group. One who is no member is no error.
func (s *Groups) Remove(ctx context.Context, org Organisation, id GroupID, members []UserID, c *Change) (Group, error) {
	return s.change(ctx, org, id, c, MemberDelta{Remove: members}, func(before Group) (*scim.Document, patch.MemberDelta, error) {
		return before.Document, patch.MemberDelta{Remove: texts(members)}, nil
	})
}

// change loads the group, lets edit say what it becomes and stores that. named is what edit will
// ask of the members, as far as that is known before.
func (s *Groups) change(
	ctx context.Context, org Organisation, id GroupID, c *Change, named MemberDelta, edit func(before Group) (*scim.Document, patch.MemberDelta, error),
) (Group, error) {
	t := org.Tenant
	g, err := update(ctx, &s.turns, turnOf(t, id), func() (Group, error) {
		st, err := s.store.Standing(ctx, t, id, named)
		if err != nil {
			return Group{}, err
		}
		before := st.Group
		if err := checkVersion(c.Condition, before.Version); err != nil {
			return Group{}, err
		}
		c.Before, c.Privileged = before.snapshot(), before.Privileged
		doc, wanted, err := edit(before)
		if err != nil {
			return Group{}, err
		}
		key, err := groupKey(doc)
		if err != nil {
			return Group{}, err
		}
		delta, err := s.members(ctx, org, st, wanted, c)
		if err != nil {
			return Group{}, err
		}
		c.SaysMembers = delta.Add
		if err := s.announce(ctx, t, before, delta, c); err != nil {
			return Group{}, err
		}
		after := before
		after.Document, after.NameKey, after.Modified, after.Cause, after.Word = doc, key, Now(s.now()), c.cause(org), Word{} // it was not refused
		back, err := s.unwait(ctx, t, before, userIDs(wanted.Add), delta, c)
		if err != nil {
			return Group{}, err
		}
		stored, changed, err := s.store.UpdateGroup(ctx, t, after, delta)
		if isDuplicate(err) {
			err = errors.Join(err, back())
		}
		c.Members, c.Effect, c.After = changed, EffectUpdated, after.snapshot()
		if stored.Version == before.Version {
			c.Effect = EffectUnchanged
			if err == nil && !before.Word.IsZero() {
				err = s.store.HearGroup(ctx, t, after)
			}
		}
		return stored, err
	})
	if err == nil {
		err = s.wait(ctx, org, id, c)
	}
	if err == nil && len(c.Attached) > 0 { // there is a later version than that of the change
		g, err = s.store.Group(ctx, t, id, false)
	}
	return g, refusal("group", string(id), err)
}

// Refuse notes that the identity provider was refused a request about the group: r is what it
// received. A group that is not there has nothing to note.
func (s *Groups) Refuse(ctx context.Context, org Organisation, id GroupID, r Refused) error {
	if !UserID(id).wellFormed() {
		return nil
	}
	_, err := update(ctx, &s.turns, turnOf(org.Tenant, id), func() (Group, error) {
		g, err := s.store.Group(ctx, org.Tenant, id, false)
		if err != nil || g.Word.Refused.same(r) {
			return g, err
		}
		r.Since = Now(s.now())
		g.Word.Refused = &r
		return g, s.store.HearGroup(ctx, org.Tenant, g)
	})
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return refusal("group", string(id), err)
}

// Drifting is that of Users for groups.
func (s *Groups) Drifting(ctx context.Context, org Organisation, kind Drift, after GroupID, limit int) ([]Group, error) {
	groups, err := s.store.DriftingGroups(ctx, org.Tenant, kind, after, limit)
	return groups, refusal("group", "", err)
}

// CountDrifting is that of Users for groups.
func (s *Groups) CountDrifting(ctx context.Context, org Organisation, kind Drift, most int) (int, error) {
	n, err := s.store.CountDriftingGroups(ctx, org.Tenant, kind, most)
	return n, refusal("group", "", err)
}

// groupKey returns the NameKey of a group, whose name must not be blank.
func groupKey(doc *scim.Document) (string, error) {
	name := doc.String("displayName")
	if strings.TrimSpace(name) == "" {
		return "", invalidValue("displayName", "a group's name must not be blank.")
	}
	return Fold(name), nil
}

func (s *Groups) split(org Organisation, in *scim.Document, c *Change) (*scim.Document, patch.MemberDelta, error) {
	doc, err := org.Schemas.Group.Validate(in, &c.Tolerance)
	if err != nil {
		return nil, patch.MemberDelta{}, err
	}
	return patch.MembersOf(doc)
}
