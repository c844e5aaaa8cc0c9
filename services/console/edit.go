package console

import (
	"context"
	"net/http"

	"github.com/devrev/scim/services/internal/apiclient"
)

// personEdit is what an administrator can change of a person.
type personEdit struct {
	name, title, field string // name is the last element of the path, and of the notice
	hint               string
	value              func(apiclient.User) string
	do                 func(ctx context.Context, api *apiclient.Organisation, id, value string) (apiclient.User, error)
}

var edits = []personEdit{
	{
		"email", "Change the e-mail address", "E-mail address",
		"The user name changes with it. Change it in your identity provider as well: what it pushes next is what counts.",
		func(u apiclient.User) string { return u.Email },
		func(ctx context.Context, api *apiclient.Organisation, id, value string) (apiclient.User, error) {
			return api.SetEmail(ctx, id, value)
		},
	},
	{
		"display-name", "Change the display name", "Display name",
		"How the person is called in DevRev. No identity provider changes it afterwards.",
		func(u apiclient.User) string { return u.DisplayName },
		func(ctx context.Context, api *apiclient.Organisation, id, value string) (apiclient.User, error) {
			return api.SetDisplayName(ctx, id, value)
		},
	},
}

// editPage is the form of an edit.
type editPage struct {
	User               apiclient.User
	Name, Field, Hint  string
	Value, Title, Back string
}

func (s *Console) askEdit(e personEdit) page {
	return func(v *visit) error {
		u, err := v.api.User(v.Request.Context(), v.Param("id"))
		if err != nil {
			return err
		}
		p := editPage{User: u, Name: e.name, Field: e.field, Hint: e.hint, Value: e.value(u), Title: e.title, Back: v.path("users", u.ID)}
		return v.show(http.StatusOK, "edit", e.title, p, crumb{"Users", v.path("users")}, crumb{nameOf(u), p.Back})
	}
}

func (s *Console) edit(e personEdit) page {
	return func(v *visit) error {
		u, err := e.do(v.Request.Context(), v.api, v.Param("id"), v.PostForm("value"))
		if err != nil {
			return v.again(err, s.askEdit(e))
		}
		return v.done(e.name, v.path("users", u.ID))
	}
}
