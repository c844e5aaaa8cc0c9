package console

import (
	"net/http"

	"github.com/devrev/scim/services/internal/apiclient"
)

// rehearse plays an identity provider's dialogue and shows it. It changes nothing, so auditors may
// ask for it.
func (s *Console) rehearse(v *visit) error {
	play := apiclient.Play{UserName: v.PostForm("user_name")}
	switch v.PostForm("client") {
	case "wizard":
		play.Client, play.App = "okta", "wizard"
	case "entra":
		play.Client = "entra"
	default:
		play.Client = "okta"
	}
	found, err := v.api.Rehearse(v.Request.Context(), play)
	if err != nil {
		return v.again(err, s.overview)
	}
	return v.show(http.StatusOK, "rehearsal", "A rehearsal of "+client(found.Client), found, crumb{"Overview", v.path() + "/"})
}

// reach has the base URL fetched and shows what was found. It changes nothing.
func (s *Console) reach(v *visit) error {
	found, err := v.api.Reach(v.Request.Context())
	if err != nil {
		return v.again(err, s.overview)
	}
	return v.show(http.StatusOK, "reach", "The base URL from outside", found, crumb{"Overview", v.path() + "/"})
}

// stepPages are the pages on which the steps of a connection are mended.
var stepPages = map[string]string{
	"scim": "security", "token": "security", "contact": "security", "credentials": "security", "baseUrl": "security", "tokenEnd": "security",
	"strict": "settings", "person": "users", "signIn": "users", "group": "groups", "refusals": "activity",
}

// StepPage returns the path of the page on which a step is mended, "" if there is none.
func (f frame) StepPage(id string) string {
	if page := stepPages[id]; page != "" {
		return f.To(page)
	}
	return ""
}
