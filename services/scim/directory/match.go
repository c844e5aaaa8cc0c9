package directory

import (
	"context"
	"errors"
	"slices"

	"github.com/devrev/scim/services/internal/sets"
)

// matches reports whether a member that waits may mean a person who has its value as something else
// than the id.
func (o Organisation) matches() bool { return o.MatchByExternalID || o.MatchByUserName }

// meaning returns the Keys by which what waits may mean u.
func (o Organisation) meaning(u User) []string {
	keys := []string{Fold(string(u.ID))}
	if o.MatchByExternalID && u.ExternalID() != "" {
		keys = append(keys, Fold(u.ExternalID()))
	}
	if o.MatchByUserName {
		keys = append(keys, Fold(u.UserName()))
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// meant returns the users whom a value may mean: the one of this id or, if there is none, those
// whom the organisation has it mean. Of the latter, gone are those who have been deleted.
func meant(ctx context.Context, store Store, org Organisation, value string) (who, gone []UserID, err error) {
	var found []User
	one := func(u User, err error) error {
		if err == nil {
			found = append(found, u)
		}
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		return err
	}
	if UserID(value).wellFormed() {
		if err := one(store.User(ctx, org.Tenant, UserID(value))); err != nil {
			return nil, nil, err
		}
		if len(found) > 0 && !found[0].Deleted {
			return []UserID{found[0].ID}, nil, nil
		}
		found = nil
	}
	if org.MatchByExternalID {
		users, err := store.UsersByExternalID(ctx, org.Tenant, value)
		if err != nil {
			return nil, nil, err
		}
		found = append(found, users...)
	}
	if org.MatchByUserName {
		if err := one(store.UserByName(ctx, org.Tenant, Fold(value))); err != nil {
			return nil, nil, err
		}
	}
	for _, u := range found {
		if u.Deleted {
			gone = append(gone, u.ID)
		} else {
			who = append(who, u.ID)
		}
	}
	return distinct(who), distinct(gone), nil
}

// isMember reports whether the user is a member of the group.
func isMember(ctx context.Context, store Store, t Tenant, g GroupID, user UserID) (bool, error) {
	groups, err := store.GroupsOf(ctx, t, []UserID{user})
	return slices.ContainsFunc(groups[user], func(r GroupRef) bool { return r.ID == g }), err
}

// arrive does for u what w waits for. Who comes back under the id is a member at once: the group
// was theirs, or the client has asked for it since.
func arrive(ctx context.Context, store Store, org Organisation, w Waiting, g Group, u User, c *Change) error {
	if w.Reason == WaitsDeleted && w.Value == string(u.ID) {
		return attach(ctx, store, org, g, w.Value, u.ID, c)
	}
	return match(ctx, store, org, w, g, c)
}

// match makes the one whom w means a member, unless the group is privileged and the one is not in
// it: what identity providers and their users choose leads into no privileges by itself. Where it
// does not, w says why it goes on waiting.
func match(ctx context.Context, store Store, org Organisation, w Waiting, g Group, c *Change) error {
	who, _, err := meant(ctx, store, org, w.Value)
	if err != nil || len(who) == 0 {
		return err
	}
	if len(who) > 1 {
		return store.Explain(ctx, org.Tenant, w.Group, w.Value, WaitsAmbiguous)
	}
	into, err := store.Group(ctx, org.Tenant, w.Group, false)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return err
	case into.Privileged:
		in, err := isMember(ctx, store, org.Tenant, w.Group, who[0])
		if err != nil {
			return err
		}
		if !in {
			return store.Explain(ctx, org.Tenant, w.Group, w.Value, WaitsApproval)
		}
	}
	return attach(ctx, store, org, g, w.Value, who[0], c)
}

// mostMatched bounds of how many values in one request it is looked up whom they mean. What is
// beyond means ids alone.
const mostMatched = 1000

// translate puts the id of the one whom a value means in its place. What is removed keeps the value
// too, which may wait, as may the ids of those who had it when they were deleted. Into a privileged
// group no value leads that way, unless the person is in it.
func (s *Groups) translate(ctx context.Context, org Organisation, into Group, d *MemberDelta) error {
	looked := 0
	one := func(value UserID) (user UserID, gone []UserID, err error) {
		if looked++; looked > mostMatched {
			return value, nil, nil
		}
		who, gone, err := meant(ctx, s.store, org, string(value))
		if err != nil || len(who) != 1 {
			return value, gone, err
		}
		return who[0], gone, nil
	}
	found, err := s.store.KnownUsers(ctx, org.Tenant, slices.Concat(d.Add, d.Remove))
	if err != nil {
		return err
	}
	known := sets.Of(found)
	for i, value := range d.Add {
		if known[value] {
			continue
		}
		user, _, err := one(value)
		if err == nil && into.Privileged && user != value {
			var in bool
			if in, err = isMember(ctx, s.store, org.Tenant, into.ID, user); !in {
				user = value
			}
		}
		if err != nil {
			return err
		}
		d.Add[i] = user
	}
	for _, value := range slices.Clone(d.Remove) {
		if known[value] {
			continue
		}
		user, gone, err := one(value)
		if err != nil {
			return err
		}
		d.Remove = append(append(d.Remove, user), gone...)
	}
	d.Add, d.Remove = distinct(d.Add), distinct(d.Remove)
	return nil
}

// distinct returns ids without those that are there before, in their order.
func distinct(ids []UserID) []UserID {
	seen := make(map[UserID]bool, len(ids))
	return slices.DeleteFunc(ids, func(id UserID) bool {
		again := seen[id]
		seen[id] = true
		return again
	})
}
