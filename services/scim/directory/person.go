package directory

import (
	"context"
	"errors"

	"github.com/devrev/scim/libs/scim"
)

// SignIn notes that the person of this userName has signed in: a shadow user becomes active. It is
// 403 for a deactivated user, whom only the identity provider reactivates, and 404 for a person who
// was never provisioned.
func (s *Users) SignIn(ctx context.Context, org Organisation, userName string, c *Change) (User, error) {
	u, err := s.store.UserByName(ctx, org.Tenant, Fold(userName))
	if err == nil && u.Deleted {
		err = ErrNotFound
	}
	if errors.Is(err, ErrNotFound) {
		return User{}, scim.Errorf(404, "", "No user with this userName has been provisioned. Assign the person to the application in the identity provider.")
	}
	if err != nil {
		return User{}, refusal("user", "", err)
	}
	return s.change(ctx, org, u.ID, c, func(before User) (User, error) {
		if !before.State.Enabled() {
			return User{}, scim.Errorf(403, "", "The user is deactivated. Assign the person to the application in the identity provider to bring the user back.")
		}
		before.State, before.SignedIn = before.State.AfterSignIn(), true
		return before, nil
	})
}

// SetEmail is a change of e-mail on DevRev's side: userName and primary e-mail change in one write,
// so that the identity provider reads the new userName. 400 for what is not an e-mail address, 409
// for one that another user has.
func (s *Users) SetEmail(ctx context.Context, org Organisation, id UserID, address string, c *Change) (User, error) {
	if !isEmail(address) {
		return User{}, invalidValue("email", "it must be an e-mail address.")
	}
	return s.change(ctx, org, id, c, func(before User) (User, error) {
		doc := before.Document.Clone()
		setEmail(doc, address)
		return settle(org, before, doc, c)
	})
}

// SetDisplayName is the person's own choice of a name, which no identity provider changes
// afterwards.
func (s *Users) SetDisplayName(ctx context.Context, org Organisation, id UserID, name string, c *Change) (User, error) {
	if name == "" {
		return User{}, invalidValue("displayName", "it must not be empty.")
	}
	return s.change(ctx, org, id, c, func(before User) (User, error) {
		before.Document = before.Document.Clone()
		before.Document.Set("displayName", name)
		return before, nil
	})
}
