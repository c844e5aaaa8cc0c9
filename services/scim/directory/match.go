package directory

import (
	"context"
	"errors"
	"slices"
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
// whom the organisation has it mean.
func meant(ctx context.Context, store Store, org Organisation, value string) ([]UserID, error) {
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
	here := func() []UserID {
		var ids []UserID
		for _, u := range found {
			if !u.Deleted && !slices.Contains(ids, u.ID) {
				ids = append(ids, u.ID)
			}
		}
		return ids
	}
	if UserID(value).wellFormed() {
		err := one(store.User(ctx, org.Tenant, UserID(value)))
		if ids := here(); err != nil || len(ids) > 0 {
			return ids, err
		}
	}
	if org.MatchByExternalID {
		users, err := store.UsersByExternalID(ctx, org.Tenant, value)
		if err != nil {
			return nil, err
		}
		found = append(found, users...)
	}
	if org.MatchByUserName {
		if err := one(store.UserByName(ctx, org.Tenant, Fold(value))); err != nil {
			return nil, err
		}
	}
	return here(), nil
}

// arrive does for u what w waits for. Who comes back under the id is a member at once: the group
// was theirs, or the client has asked for it since.
func arrive(ctx context.Context, store Store, org Organisation, w Waiting, g Group, u User, c *Change) error {
	if w.Reason == WaitsDeleted && w.Value == string(u.ID) {
		return attach(ctx, store, org, g, w.Value, u.ID, c)
	}
	return match(ctx, store, org, w, g, c)
}

// match makes the one whom w means a member, unless the group is privileged: what identity
// providers and their users choose leads into no privileges by itself. Where it does not, w says
// why it goes on waiting.
func match(ctx context.Context, store Store, org Organisation, w Waiting, g Group, c *Change) error {
	who, err := meant(ctx, store, org, w.Value)
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
		return store.Explain(ctx, org.Tenant, w.Group, w.Value, WaitsApproval)
	}
	return attach(ctx, store, org, g, w.Value, who[0], c)
}

// mostMatched bounds of how many values in one request it is looked up whom they mean. What is
// beyond means ids alone.
const mostMatched = 1000

// translate puts the id of the one whom a value means in its place. What is removed keeps the value
// too, which may wait. Into a privileged group no value leads that way, unless the person is in it.
func (s *Groups) translate(ctx context.Context, org Organisation, into Group, d *MemberDelta) error {
	looked := 0
	one := func(value UserID) (UserID, error) {
		if looked++; looked > mostMatched {
			return value, nil
		}
		who, err := meant(ctx, s.store, org, string(value))
		if err != nil || len(who) != 1 {
			return value, err
		}
		return who[0], nil
	}
	known, err := s.store.KnownUsers(ctx, org.Tenant, slices.Concat(d.Add, d.Remove))
	if err != nil {
		return err
	}
	for i, value := range d.Add {
		if slices.Contains(known, value) {
			continue
		}
		user, err := one(value)
		if err == nil && into.Privileged && user != value {
			var groups map[UserID][]GroupRef
			groups, err = s.store.GroupsOf(ctx, org.Tenant, []UserID{user})
			if !slices.ContainsFunc(groups[user], func(g GroupRef) bool { return g.ID == into.ID }) {
				user = value
			}
		}
		if err != nil {
			return err
		}
		d.Add[i] = user
	}
	for _, value := range slices.Clone(d.Remove) {
		if slices.Contains(known, value) {
			continue
		}
		user, err := one(value)
		if err != nil {
			return err
		}
		if user != value {
			d.Remove = append(d.Remove, user)
		}
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
