package console

import (
	"net/http"

	"github.com/google/uuid"

	"github.com/devrev/scim/services/internal/apiclient"
)

// issuedPage shows a token, this once.
type issuedPage struct {
	Token       apiclient.Issued
	SCIMBaseURL string
	Secret      string
	Replaces    bool // there is one in use that it takes the place of
}

// showIssued answers the very request that made the token with the page that holds it: no redirect,
// no address and no cookie ever does.
func (v *visit) showIssued(t apiclient.Issued, base string) error {
	return v.show(http.StatusOK, "issued", "Copy the token now", issuedPage{t, base, string(t.Secret), t.Replaces != ""}, crumb{"Security", v.path("security")})
}

func (s *Console) enable(v *visit) error {
	enabled, err := v.api.Enable(v.Request.Context())
	if err != nil {
		return v.again(err, s.security)
	}
	return v.showIssued(enabled.Token, enabled.SCIMBaseURL)
}

func (s *Console) askDisable(v *visit) error {
	status, err := v.api.Status(v.Request.Context())
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "disable", "Disable SCIM", status, crumb{"Security", v.path("security")})
}

func (s *Console) disable(v *visit) error {
	if v.PostForm("organisation") != v.org {
		return v.wrong("Type the name of the organisation as it is written above, so that nothing is switched off by mistake.", s.askDisable)
	}
	if ok, err := v.proved("Disable SCIM"); !ok {
		return err
	}
	if _, err := v.api.Disable(v.Request.Context()); err != nil {
		return v.again(err, s.askDisable)
	}
	return v.done("disable", v.path("security"))
}

// issueForm is a form that makes a token. Key names the request, so that sending it again makes no
// second one.
type issueForm struct{ Key string }

func (s *Console) askIssue(v *visit) error {
	return v.show(http.StatusOK, "issue", "Issue a token", issueForm{v.key()}, crumb{"Security", v.path("security")})
}

func (s *Console) issue(v *visit) error {
	expires, ok := expiry(v.PostForm("expires"), s.deps.Now())
	if !ok {
		return v.wrong("Choose how long the token lives from the list.", s.askIssue)
	}
	q := apiclient.TokenRequest{Name: v.PostForm("name"), ExpiresAt: expires}
	if v.PostForm("scope") == "read" {
		q.Scopes = []string{"scim:read"}
	}
	t, err := v.api.Issue(v.Request.Context(), v.PostForm("key"), q)
	if err != nil {
		return v.again(err, s.askIssue)
	}
	return s.issued(v, t)
}

// issued shows a new token beside the base URL.
func (s *Console) issued(v *visit, t apiclient.Issued) error {
	base := ""
	if status, err := v.api.Status(v.Request.Context()); err == nil {
		base = status.SCIMBaseURL
	} // the token is shown whatever happens: it is there once
	return v.showIssued(t, base)
}

// key returns the name of a form's request: what was sent, if the form is shown again, else a new
// one.
func (v *visit) key() string {
	if v.failed != nil && v.failed.Value("key") != "" {
		return v.failed.Value("key")
	}
	return uuid.NewString()
}
