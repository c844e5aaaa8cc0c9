package directory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/patch"
	"github.com/devrev/scim/services/internal/turns"
)

// Users implements the operations on an organisation's users. Its errors are *scim.Error, for the
// client; anything else is a fault of ours.
type Users struct {
	store Store
	now   func() time.Time
	turns turns.Turns
}

// NewUsers returns the users kept in store; now returns the time.
func NewUsers(store Store, now func() time.Time) *Users {
	return &Users{store: confirming{store}, now: now}
}

// Get returns the user with the given id, enabled or not; 404 if there is none or it was deleted.
func (s *Users) Get(ctx context.Context, org Organisation, id UserID) (User, error) {
	u, err := s.load(ctx, org.Tenant, id)
	return u, refusal("user", string(id), err)
}

// GetDeleted returns the user as Get does, even if it is deleted.
func (s *Users) GetDeleted(ctx context.Context, org Organisation, id UserID) (User, error) {
	u, err := s.store.User(ctx, org.Tenant, id)
	return u, refusal("user", string(id), err)
}

// maxRead bounds what one list may read where no index leads to the answer. It takes a store below
// a second or two.
const maxRead = 100_000

// List returns the users that q asks for, disabled ones too. A filter that cannot be run is 400
// invalidFilter, one that takes reading too much 400 tooMany, and so is an order.
func (s *Users) List(ctx context.Context, org Organisation, q Query) (Page[User], error) {
	var err error
	if q.Filter, err = RelationFilter(q.Filter); err != nil {
		return Page[User]{}, err
	}
	q.MaxRead = maxRead
	page, err := s.shelf().page(ctx, org.Tenant, q)
	return page, refusal("user", "", err)
}

// GroupsOf returns the groups of each of the users, which is what their attribute groups holds.
func (s *Users) GroupsOf(ctx context.Context, org Organisation, ids ...UserID) (map[UserID][]GroupRef, error) {
	groups, err := s.store.GroupsOf(ctx, org.Tenant, ids)
	return groups, refusal("user", "", err)
}

// Replace is PUT (RFC 7644 section 3.5.1): attributes that in leaves out are removed, except for
// active, which Okta leaves out of profile updates, and for what is the person's own.
func (s *Users) Replace(ctx context.Context, org Organisation, id UserID, in *scim.Document, c *Change) (User, error) {
	doc, err := org.Schemas.User.Validate(in, &c.Tolerance)
	if err != nil {
		return User{}, err
	}
	active, _ := doc.Get("active")
	c.SaysActive, _ = active.(bool)
	return s.change(ctx, org, id, c, func(before User) (User, error) {
		c.believeAll(org, before, doc)
		return settle(org, before, doc.Clone(), c)
	})
}

// maxWork bounds what the attempts at one PATCH of a user cost together, in elements of lists that
// its operations may have to look at: a tenth of a second. One attempt is always made.
const maxWork = 100_000

// Patch is PATCH (RFC 7644 section 3.5.2): all operations, or none.
func (s *Users) Patch(ctx context.Context, org Organisation, id UserID, req patch.Request, c *Change) (User, error) {
	accepted, work := c.Tolerance.Accepted, 0
	return s.change(ctx, org, id, c, func(before User) (User, error) {
		if work > maxWork {
			return User{}, busy("user", nil)
		}
		work += req.Work(before.Document)
		c.Tolerance.Accepted = accepted // a second attempt meets the same coercions again
		doc := before.Document.Clone()
		doc.Set("active", before.State.Enabled())
		doc, done, err := patch.Apply(doc, org.Schemas.User, req, &c.Tolerance)
		if err != nil {
			return User{}, err
		}
		c.believeParts(org, before, req, doc)
		after, err := settle(org, before, doc, c)
		if err == nil {
			c.Outcomes = userOutcomes(org, before, after, done, c.Kept)
			c.SaysActive = after.State.Enabled() && slices.ContainsFunc(done, func(o patch.Outcome) bool { return o.Path == "active" })
		}
		return after, err
	})
}

// Delete disables the user and hides the record; memberships end. DevRev keeps the history, and a
// create for the same person brings the record back.
func (s *Users) Delete(ctx context.Context, org Organisation, id UserID, c *Change) error {
	_, err := update(ctx, &s.turns, turnOf(org.Tenant, id), func() (User, error) {
		u, err := s.load(ctx, org.Tenant, id)
		if err != nil {
			return User{}, err
		}
		if err := checkVersion(c.Condition, u.Version); err != nil {
			return User{}, err
		}
		c.Before = u.snapshot()
		u.Was, u.Deleted, u.State, u.Modified, u.Cause, u.Word = u.State, true, StateDeactivated, Now(s.now()), c.cause(org), Word{}
		u.Cause.Forget = org.ForgetGroups
		c.Effect, c.After = EffectDeleted, u.snapshot()
		groups, err := s.store.GroupsOf(ctx, org.Tenant, []UserID{id})
		if err != nil {
			return User{}, err
		}
		if err := c.announce(ctx); err != nil {
			return User{}, err
		}
		c.Left = nil
		for _, g := range groups[id] {
			c.Left = append(c.Left, Left{g, id})
		}
		return u, s.store.DeleteUser(ctx, org.Tenant, u)
	})
	return refusal("user", string(id), err)
}

// change loads the user, lets edit make the next one and stores that, unless nothing changed.
func (s *Users) change(ctx context.Context, org Organisation, id UserID, c *Change, edit func(before User) (User, error)) (User, error) {
	u, err := update(ctx, &s.turns, turnOf(org.Tenant, id), func() (User, error) {
		before, err := s.load(ctx, org.Tenant, id)
		if err != nil {
			return User{}, err
		}
		if err := checkVersion(c.Condition, before.Version); err != nil {
			return User{}, err
		}
		c.Kept, c.Before = nil, before.snapshot()
		after, err := edit(before)
		if err != nil {
			return User{}, err
		}
		c.Effect, c.After = effectOn(before, after), after.snapshot()
		if c.Effect == EffectUnchanged {
			return s.hear(ctx, org, before, c)
		}
		if err := c.announce(ctx); err != nil {
			return User{}, err
		}
		return s.put(ctx, org, before, after, c)
	})
	return u, refusal("user", string(id), err)
}

func effectOn(before, after User) Effect {
	switch {
	case before.Deleted || before.State == StateDeactivated && after.State.Enabled():
		return EffectReactivated
	case before.State.Enabled() && !after.State.Enabled():
		return EffectDeactivated
	case before.State != after.State || before.SignedIn != after.SignedIn || !before.Document.Equal(after.Document):
		return EffectUpdated
	default:
		return EffectUnchanged
	}
}

// put stores u in place of c.Before; the change makes it of before. If only a deleted record holds
// its name, that record gives it up and the caller's attempt is to be made again.
func (s *Users) put(ctx context.Context, org Organisation, before, u User, c *Change) (User, error) {
	u.Was, u.Modified, u.Cause = c.Before.State, Now(s.now()), c.cause(org)
	u.Word = c.heard(org, before, u)
	stored, err := s.store.ReplaceUser(ctx, org.Tenant, u)
	if !isDuplicate(err) {
		stored.Awaited = u.Awaited
		return stored, err
	}
	holder, lookup := s.store.UserByName(ctx, org.Tenant, u.NameKey)
	if lookup != nil {
		return User{}, again(lookup)
	}
	if !holder.Deleted {
		return User{}, err
	}
	if err := s.releaseName(ctx, org, holder, c); err != nil {
		return User{}, err
	}
	return User{}, ErrVersionConflict
}

// Drifting returns the users with this kind of drift, in ascending order of id behind after, at
// most limit.
func (s *Users) Drifting(ctx context.Context, org Organisation, kind Drift, after UserID, limit int) ([]User, error) {
	users, err := s.store.Drifting(ctx, org.Tenant, kind, after, limit)
	return users, refusal("user", "", err)
}

// CountDrifting returns how many users have this kind of drift, and counts no more than most.
func (s *Users) CountDrifting(ctx context.Context, org Organisation, kind Drift, most int) (int, error) {
	n, err := s.store.CountDrifting(ctx, org.Tenant, kind, most)
	return n, refusal("user", "", err)
}

// UsersByAddress returns users who have one of the addresses, see Store.
func (s *Users) UsersByAddress(ctx context.Context, org Organisation, addresses []string, limit int) ([]User, error) {
	users, err := s.store.UsersByAddress(ctx, org.Tenant, addresses, limit)
	return users, refusal("user", "", err)
}

// hear stores what was said of u, which the request left as it was, where that is new.
func (s *Users) hear(ctx context.Context, org Organisation, u User, c *Change) (User, error) {
	now := u
	now.Modified = Now(s.now())
	word := c.heard(org, u, now)
	if word.Document().Equal(u.Word.Document()) {
		return u, nil
	}
	u.Word = word
	return u, s.store.HearUser(ctx, org.Tenant, u)
}

// Refuse notes that the identity provider was refused a request about the user: r is what it
// received. A user that is not there, or was deleted, has nothing to note.
func (s *Users) Refuse(ctx context.Context, org Organisation, id UserID, r Refused) error {
	if !id.wellFormed() {
		return nil
	}
	_, err := update(ctx, &s.turns, turnOf(org.Tenant, id), func() (User, error) {
		u, err := s.load(ctx, org.Tenant, id)
		if err != nil {
			return u, err
		}
		if u.Word.Refused.same(r) {
			return u, nil
		}
		r.Since = Now(s.now())
		u.Word.Refused = &r
		return u, s.store.HearUser(ctx, org.Tenant, u)
	})
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return refusal("user", string(id), err)
}

// releaseName makes a deleted record give its name up; the record stays.
func (s *Users) releaseName(ctx context.Context, org Organisation, gone User, c *Change) error {
	gone.NameKey = "\x00" + string(gone.ID) // NUL is in no userName, so this key meets no other
	gone.Cause = c.cause(org)
	_, err := s.store.ReplaceUser(ctx, org.Tenant, gone)
	return err
}

func (s *Users) load(ctx context.Context, t Tenant, id UserID) (User, error) {
	u, err := s.store.User(ctx, t, id)
	if err == nil && u.Deleted {
		return User{}, ErrNotFound
	}
	return u, err
}

// newID returns a UUIDv7, so that ids sort by creation.
func newID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("make an id: %w", err)
	}
	return id.String(), nil
}
