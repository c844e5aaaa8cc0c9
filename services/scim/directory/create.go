package directory

import (
	"context"
	"errors"

	"github.com/devrev/scim/libs/scim"
)

// Create is POST (RFC 7644 section 3.3). A person who was deactivated or deleted before comes back
// as the same record with the same id, as Okta and Entra expect after a re-assignment. The person
// is known by userName, unless the externalIds of the record and of the request differ: an address
// may be given to another client. An enabled user of this name is 409 uniqueness, and so is a
// deactivated one of another externalId; a deleted one gives the name up. Where the organisation
// restores by userName, both come back under the other externalId, and where it restores by
// externalId, a person comes back under another userName.
func (s *Users) Create(ctx context.Context, org Organisation, in *scim.Document, c *Change) (User, error) {
	c.Asked = in.String("userName")
	doc, err := org.Schemas.User.Validate(in, &c.Tolerance)
	if err != nil {
		return User{}, err
	}
	u, err := update(ctx, &s.turns, turnOf(org.Tenant, Fold(doc.String("userName"))), func() (User, error) {
		holder, err := s.store.UserByName(ctx, org.Tenant, Fold(doc.String("userName")))
		switch {
		case errors.Is(err, ErrNotFound):
		case err != nil:
			return User{}, err
		case holder.State.Enabled():
			return User{}, &Duplicate{"userName"}
		case samePerson(holder, doc):
			return s.restore(ctx, org, holder, doc.Clone(), c)
		case org.RestoreByUserName:
			return s.restoreBlank(ctx, org, holder, doc.Clone(), c)
		case !holder.Deleted:
			return User{}, heldByAnother(holder)
		}
		prior, err := s.leaver(ctx, org, doc)
		if errors.Is(err, ErrNotFound) {
			return s.insert(ctx, org, holder, doc.Clone(), c)
		}
		if err != nil {
			return User{}, err
		}
		return s.restoreBlank(ctx, org, prior, doc.Clone(), c)
	})
	if err == nil {
		s.welcome(ctx, org, &u, c)
	}
	return u, refusal("user", "", err)
}

// samePerson reports whether doc, which has the name of u, may be the same person: their
// externalIds are equal, or one has none.
func samePerson(u User, doc *scim.Document) bool {
	is := doc.String("externalId")
	return u.ExternalID() == "" || is == "" || u.ExternalID() == is
}

// heldByAnother refuses a create whose userName a deactivated user of another externalId has.
func heldByAnother(u User) error {
	return scim.Errorf(409, scim.Uniqueness, "userName: the deactivated user with the id %s has it, and another externalId than this request: %s. "+
		"If both are one person, give that user the externalId of this request, or set restoreByUserName in the settings, and try again. "+
		"If not, delete that user or change its userName first.",
		scim.Quote(string(u.ID)), scim.Quote(u.ExternalID()))
}

// leaver returns the deactivated or deleted user whom the organisation knows by the externalId of
// doc: one that can be seen, else the latest. It is ErrNotFound where the organisation does not
// restore by externalId, and where the person is here already.
func (s *Users) leaver(ctx context.Context, org Organisation, doc *scim.Document) (User, error) {
	external := doc.String("externalId")
	if !org.RestoreByExternalID || external == "" {
		return User{}, ErrNotFound
	}
	users, err := s.store.UsersByExternalID(ctx, org.Tenant, external)
	if err != nil {
		return User{}, err
	}
	var found User
	for _, u := range users {
		switch {
		case u.State.Enabled():
			return User{}, ErrNotFound
		case found.ID == "" || found.Deleted || !u.Deleted:
			found = u
		}
	}
	if found.ID == "" {
		return User{}, ErrNotFound
	}
	return found, nil
}

// insert stores a new user. namesake is the deleted record that has its name, zero if there is
// none.
func (s *Users) insert(ctx context.Context, org Organisation, namesake User, doc *scim.Document, c *Change) (User, error) {
	id, err := newID()
	if err != nil {
		return User{}, err
	}
	now := Now(s.now())
	blank := User{ID: UserID(id), Version: 1, State: StateShadow, Created: now, Modified: now, Cause: c.cause(org), Awaited: org.matches()}
	c.believeAll(org, blank, doc)
	u, err := settle(org, blank, doc, c)
	if err != nil {
		return User{}, err
	}
	u.Word = c.heard(org, blank, u)
	if namesake.ID != "" {
		if err := s.releaseName(ctx, org, namesake, c); err != nil {
			return User{}, again(err)
		}
	}
	c.Effect, c.Before, c.After = EffectCreated, Snapshot{}, u.snapshot()
	if err := s.store.CreateUser(ctx, org.Tenant, u); err != nil {
		return User{}, again(err)
	}
	return u, nil
}

// restore brings prior back under the name it had.
func (s *Users) restore(ctx context.Context, org Organisation, prior User, doc *scim.Document, c *Change) (User, error) {
	c.believeAll(org, prior, returning(doc))
	u, err := settle(org, prior, doc, c)
	if err != nil {
		return User{}, err
	}
	if prior.Deleted && org.ForgetGroups { // those from before the organisation said so
		if err := s.forgetLeft(ctx, org.Tenant, prior.ID); err != nil {
			return User{}, err
		}
	}
	u.Awaited, u.Deleted = prior.Deleted || org.matches(), false
	c.Effect, c.Before, c.After = EffectRestored, prior.snapshot(), u.snapshot()
	return s.put(ctx, org, prior, u, c)
}

// restoreBlank brings prior back under another userName or externalId. Only the id is what it was
// and, under the same externalId, the state: the document is that of the request, displayName
// included, and the memberships have ended for good. If they have not, it ends them, and the
// attempt must be made again.
func (s *Users) restoreBlank(ctx context.Context, org Organisation, prior User, doc *scim.Document, c *Change) (User, error) {
	blank := prior
	blank.Document = nil
	if !samePerson(prior, doc) {
		blank.State, blank.SignedIn = StateShadow, false
	}
	c.believeAll(org, blank, returning(doc))
	u, err := settle(org, blank, doc, c)
	if err != nil {
		return User{}, err
	}
	if !prior.Deleted {
		prior.Modified, prior.Cause = Now(s.now()), c.cause(org)
		prior.Cause.Forget = true
		if err := s.store.DeleteUser(ctx, org.Tenant, prior); err != nil {
			return User{}, again(err)
		}
		return User{}, ErrVersionConflict
	}
	if err := s.forgetLeft(ctx, org.Tenant, prior.ID); err != nil {
		return User{}, err
	}
	u.Awaited, u.Deleted = true, false
	c.Effect, c.Before, c.After = EffectRestored, prior.snapshot(), u.snapshot()
	return s.put(ctx, org, blank, u, c)
}

// returning makes doc that of a user who comes back: enabled, unless it says otherwise.
func returning(doc *scim.Document) *scim.Document {
	if _, ok := doc.Get("active"); !ok {
		doc.Set("active", true)
	}
	return doc
}

// again maps a lost race (another request took the name, or gave it up) to ErrVersionConflict, so
// that the caller retries.
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
