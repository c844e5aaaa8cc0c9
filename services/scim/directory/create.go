package directory

import (
	"context"
	"errors"

	"github.com/devrev/scim/libs/scim"
)

// Create is POST (RFC 7644 section 3.3). A person who was deactivated or deleted before, known by userName or else by externalId, comes back as
// the same record with the same id, as Okta and Entra expect after a re-assignment; an enabled one is 409 uniqueness.
func (s *Users) Create(ctx context.Context, org Organisation, in *scim.Document, c *Change) (User, error) {
	doc, err := org.Schemas.User.Validate(in, &c.Tolerance)
	if err != nil {
		return User{}, err
	}
	u, err := update(ctx, func() (User, error) {
		prior, err := s.prior(ctx, org.Tenant, doc)
		switch {
		case errors.Is(err, ErrNotFound):
			return s.insert(ctx, org, doc.Clone(), c)
		case err != nil:
			return User{}, err
		case prior.State.Enabled():
			return User{}, &Duplicate{"userName"}
		default:
			return s.restore(ctx, org, prior, doc.Clone(), c)
		}
	})
	return u, refusal("user", "", err)
}

// prior returns the user that a create would stand beside: of the same name, else of the same externalId, an enabled one first.
func (s *Users) prior(ctx context.Context, t Tenant, doc *scim.Document) (User, error) {
	u, err := s.store.UserByName(ctx, t, Fold(doc.String("userName")))
	external := doc.String("externalId")
	if err == nil || !errors.Is(err, ErrNotFound) || external == "" {
		return u, err
	}
	users, err := s.store.UsersByExternalID(ctx, t, external)
	if err != nil {
		return User{}, err
	}
	if len(users) == 0 {
		return User{}, ErrNotFound
	}
	latest := users[len(users)-1]
	for _, u := range users {
		if u.State.Enabled() {
			return u, nil
		}
	}
	return latest, nil
}

func (s *Users) insert(ctx context.Context, org Organisation, doc *scim.Document, c *Change) (User, error) {
	id, err := newID()
	if err != nil {
		return User{}, err
	}
	now := Now(s.now())
	u, err := settle(org, User{ID: UserID(id), Version: 1, State: Shadow, Created: now, Modified: now}, doc, c)
	if err != nil {
		return User{}, err
	}
	c.Effect, c.Before, c.After = Created, Snapshot{}, u.snapshot()
	if err := s.store.CreateUser(ctx, org.Tenant, u); err != nil {
		return User{}, again(err)
	}
	return u, nil
}

func (s *Users) restore(ctx context.Context, org Organisation, prior User, doc *scim.Document, c *Change) (User, error) {
	if _, ok := doc.Get("active"); !ok {
		doc.Set("active", true)
	}
	u, err := settle(org, prior, doc, c)
	if err != nil {
		return User{}, err
	}
	u.Deleted = false
	c.Effect, c.Before, c.After = Restored, prior.snapshot(), u.snapshot()
	return s.put(ctx, org.Tenant, u)
}

// again turns what another request did in between (took the name, gave it up) into a reason to look anew.
func again(err error) error {
	if isDuplicate(err) || errors.Is(err, ErrNotFound) {
		return ErrVersionConflict
	}
	return err
}

func isDuplicate(err error) bool {
	_, ok := errors.AsType[*Duplicate](err)
	return ok
}
