package directory_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/local/embedded/embeddedtest"
	"github.com/devrev/scim/services/scim/directory"
)

// forgetful is a Store that carries changes of users and groups out, or not, and never says so.
type forgetful struct {
	directory.Store
	done bool
}

func (s forgetful) outcome(do func() error) error {
	if s.done {
		if err := do(); err != nil {
			return err
		}
	}
	return directory.ErrUnavailable
}

func (s forgetful) CreateUser(ctx context.Context, t directory.Tenant, u directory.User) error {
	return s.outcome(func() error { return s.Store.CreateUser(ctx, t, u) })
}

func (s forgetful) ReplaceUser(ctx context.Context, t directory.Tenant, u directory.User) (directory.User, error) {
	return directory.User{}, s.outcome(func() error { _, err := s.Store.ReplaceUser(ctx, t, u); return err })
}

func (s forgetful) DeleteUser(ctx context.Context, t directory.Tenant, u directory.User) error {
	return s.outcome(func() error { return s.Store.DeleteUser(ctx, t, u) })
}

func (s forgetful) CreateGroup(ctx context.Context, t directory.Tenant, g directory.Group) error {
	return s.outcome(func() error { return s.Store.CreateGroup(ctx, t, g) })
}

func (s forgetful) UpdateGroup(ctx context.Context, t directory.Tenant, g directory.Group, d directory.MemberDelta) (directory.Group, directory.MembershipChange, error) {
	return directory.Group{}, directory.MembershipChange{}, s.outcome(func() error { _, _, err := s.Store.UpdateGroup(ctx, t, g, d); return err })
}

func (s forgetful) DeleteGroup(ctx context.Context, t directory.Tenant, g directory.Group) error {
	return s.outcome(func() error { return s.Store.DeleteGroup(ctx, t, g) })
}

// TestAChangeThatTookPlaceIsAcknowledged: also where the store could not say so, since the same
// request again would change nothing and tell of nothing. One that did not take place is 503.
func TestAChangeThatTookPlaceIsAcknowledged(t *testing.T) {
	t.Parallel()
	for _, done := range []bool{true, false} {
		w := embeddedtest.NewWorld(t)
		decode := func(text string) *scim.Document {
			doc, err := scim.Decode([]byte(text), scim.MaxDepth)
			w.Must(err)
			return doc
		}
		user := func(name string) *scim.Document {
			return decode(`{"schemas":["` + scim.UserSchema + `"],"userName":"` + name + `","title":"` + name + `"}`)
		}
		group := func(name, member string) *scim.Document {
			return decode(`{"schemas":["` + scim.GroupSchema + `"],"displayName":"` + name + `","members":[{"value":"` + member + `"}]}`)
		}
		u, err := w.Users.Create(t.Context(), w.Org, user("ann"), &directory.Change{})
		w.Must(err)
		g, err := w.Groups.Create(t.Context(), w.Org, group("Guides", string(u.ID)), &directory.Change{})
		w.Must(err)
		store := forgetful{w.Directory, done}
		users, groups := directory.NewUsers(store, time.Now), directory.NewGroups(store, time.Now)
		for _, change := range []struct {
			rule   string
			effect directory.Effect
			make   func(*directory.Change) error
		}{
			{"a user is created", directory.EffectCreated, func(c *directory.Change) error {
				_, err := users.Create(t.Context(), w.Org, user("ben"), c)
				return err
			}},
			{"a user is replaced", directory.EffectUpdated, func(c *directory.Change) error {
				replaced, err := users.Replace(t.Context(), w.Org, u.ID, user("anna"), c)
				if err == nil && (replaced.Version != 2 || replaced.UserName() != "anna") {
					t.Errorf("the user is %+v", replaced)
				}
				return err
			}},
			{"a group is created", directory.EffectCreated, func(c *directory.Change) error {
				_, err := groups.Create(t.Context(), w.Org, group("Pilots", string(u.ID)), c)
				return err
			}},
			{"a group is replaced", directory.EffectUpdated, func(c *directory.Change) error {
				replaced, err := groups.Replace(t.Context(), w.Org, g.ID, group("Leaders", string(u.ID)), c)
				if err == nil && (replaced.Version != 2 || replaced.DisplayName() != "Leaders") {
					t.Errorf("the group is %+v", replaced)
				}
				return err
			}},
			{"a user is deleted", directory.EffectDeleted, func(c *directory.Change) error { return users.Delete(t.Context(), w.Org, u.ID, c) }},
			{"a group is deleted", directory.EffectDeleted, func(c *directory.Change) error { return groups.Delete(t.Context(), w.Org, g.ID, c) }},
		} {
			var c directory.Change
			err := change.make(&c)
			if done && (err != nil || c.Effect != change.effect) {
				t.Errorf("%s: %q, %v", change.rule, c.Effect, err)
			}
			if refused, ok := errors.AsType[*scim.Error](err); !done && (!ok || refused.Status != 503) {
				t.Errorf("%s, and not done: %v", change.rule, err)
			}
		}
	}
}
