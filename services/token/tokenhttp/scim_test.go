package tokenhttp_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
)

func TestAnOrganisationIsAnnounced(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	const path = "/api/v1/organisations/org-a"
	a.platform("GET", path, "").wantProblem(http.StatusNotFound, "organisation-unknown")

	type organisation struct {
		ID  string
		SSO struct {
			Enabled    bool
			Connection string
		}
		UserNameFormat string
		SCIM           struct{ Enabled bool }
		CreatedAt      time.Time
		ModifiedAt     time.Time
	}
	var first, read, second organisation
	a.platform("PUT", path, `{"sso":{"enabled":true,"connection":"dev-1-saml"}}`).want(http.StatusCreated).into(&first)
	want := organisation{ID: "org-a", UserNameFormat: "email", CreatedAt: first.CreatedAt, ModifiedAt: first.CreatedAt}
	want.SSO.Enabled, want.SSO.Connection = true, "dev-1-saml"
	if first != want || time.Since(first.CreatedAt).Abs() > time.Minute {
		t.Errorf("got %+v, want %+v", first, want)
	}
	a.admin("org-a", "GET", path, "").want(http.StatusOK).into(&read)
	if read != first {
		t.Errorf("GET gives %+v, want %+v", read, first)
	}
	a.platform("PUT", path, `{"sso":{"enabled":false},"userNameFormat":"any"}`).want(http.StatusOK).into(&second)
	if second.SSO.Enabled || second.SSO.Connection != "" || second.UserNameFormat != "any" || !second.CreatedAt.Equal(first.CreatedAt) {
		t.Errorf("PUT replaces: got %+v", second)
	}
}

func TestSCIMIsEnabledAndDisabled(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	const org, scim = "/api/v1/organisations/org-a", "/api/v1/organisations/org-a/scim"
	wantStatus := func(enabled bool, live int) {
		t.Helper()
		var got, want map[string]any
		a.admin("org-a", "GET", scim, "").want(http.StatusOK).into(&got)
		want = map[string]any{"enabled": enabled, "scimBaseUrl": baseURL, "liveTokens": float64(live)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("status (-want +got):\n%s", diff)
		}
	}
	a.platform("PUT", org, `{"sso":{"enabled":false}}`).want(http.StatusCreated)
	wantStatus(false, 0)
	refused := a.admin("org-a", "POST", scim+"/enable", "").wantProblem(http.StatusConflict, "sso-off")
	if !strings.Contains(refused.body, "Turn on single sign-on for this organisation first") {
		t.Errorf("the answer does not name the remedy: %s", refused.body)
	}
	wantStatus(false, 0)

	a.platform("PUT", org, `{"sso":{"enabled":true}}`).want(http.StatusOK)
	enabled := a.admin("org-a", "POST", scim+"/enable", "{}").want(http.StatusCreated)
	var e struct {
		SCIMBaseURL string
		Token       tokenView
	}
	enabled.into(&e)
	if e.SCIMBaseURL != baseURL || !a.accepts(e.Token) || e.Token.State != "live" || e.Token.IssuedBy != "user-of-org-a" {
		t.Errorf("got %s; want the base URL and a token that works", enabled.body)
	}
	if got := enabled.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("an answer with a secret has Cache-Control %q", got)
	}
	if got, want := enabled.header.Get("Location"), scim+"/tokens/"+e.Token.ID; got != want {
		t.Errorf("Location %q, want %q", got, want)
	}
	wantStatus(true, 1)
	a.admin("org-a", "POST", scim+"/enable", "").wantProblem(http.StatusConflict, "already-enabled")

	for range 2 { // the second one finds nothing to do
		a.admin("org-a", "POST", scim+"/disable", "").want(http.StatusOK)
		if a.accepts(e.Token) {
			t.Error("a token of a disabled organisation is accepted")
		}
		wantStatus(false, 0)
	}
	a.admin("org-a", "POST", scim+"/tokens", `{"name":"okta"}`).wantProblem(http.StatusConflict, "disabled")

	again := a.enable("org-a")
	if a.accepts(e.Token) || !a.accepts(again) {
		t.Error("enabling again gives a new token, and the old one stays dead")
	}
	wantStatus(true, 1)
}

// withoutVerdict leaves out what rotation_test.go looks at.
var withoutVerdict = cmpopts.IgnoreFields(tokenView{}, "Verdict")

func TestTokensAreIssuedAndRevoked(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	const tokens = "/api/v1/organisations/org-a/scim/tokens"
	a.organisation("org-a")
	first := a.enable("org-a")

	expiry := time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)
	body, _ := json.Marshal(map[string]any{"name": "Okta, read only", "scopes": []string{"scim:read"}, "expiresAt": expiry})
	issued := a.admin("org-a", "POST", tokens, string(body)).want(http.StatusCreated)
	var second tokenView
	issued.into(&second)
	want := tokenView{
		ID: second.ID, Name: "Okta, read only", State: "live", IssuedBy: "user-of-org-a", Token: second.Token,
		Scopes: []string{"scim:read"}, IssuedAt: second.IssuedAt, ExpiresAt: &expiry,
	}
	if diff := cmp.Diff(want, second); diff != "" {
		t.Errorf("the answer to issuing (-want +got):\n%s", diff)
	}
	if parsed, err := token.Parse(second.Token); err != nil || parsed.ID() != second.ID {
		t.Errorf("the token and its id do not belong together: %v", err)
	}
	if !a.accepts(second) || issued.header.Get("Location") != tokens+"/"+second.ID || issued.header.Get("Cache-Control") != "no-store" {
		t.Errorf("got %v, %s", issued.header, issued.body)
	}
	a.admin("org-a", "POST", tokens, `{"name":"third"}`).wantProblem(http.StatusConflict, "too-many-tokens")

	first.Token, want.Token = "", ""
	var list struct{ Tokens []tokenView }
	a.admin("org-a", "GET", tokens, "").want(http.StatusOK).into(&list)
	if diff := cmp.Diff([]tokenView{want, first}, list.Tokens, withoutVerdict); diff != "" {
		t.Errorf("the list, latest first and without secrets (-want +got):\n%s", diff)
	}
	var one tokenView
	a.admin("org-a", "GET", tokens+"/"+second.ID, "").want(http.StatusOK).into(&one)
	if diff := cmp.Diff(want, one, withoutVerdict); diff != "" {
		t.Errorf("one token, without its secret (-want +got):\n%s", diff)
	}

	for range 2 { // the second one finds nothing to do
		if r := a.admin("org-a", "DELETE", tokens+"/"+second.ID, "").want(http.StatusNoContent); r.body != "" {
			t.Errorf("204 with a body: %s", r.body)
		}
		if a.accepts(second) {
			t.Error("a revoked token is accepted")
		}
	}
	a.admin("org-a", "GET", tokens+"/"+second.ID, "").want(http.StatusOK).into(&one)
	if one.State != "revoked" || one.RevokedAt == nil {
		t.Errorf("a revoked token has its time: got %+v", one)
	}
	a.platform("POST", tokens, `{"name":"in its place"}`).want(http.StatusCreated)
}

// TestASecretIsShownOnce goes through the life of tokens and looks for their secrets everywhere but
// in the two answers that show them: in every other answer, in the log and in the file.
func TestASecretIsShownOnce(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	const scim = "/api/v1/organisations/org-a/scim"
	a.organisation("org-a")
	secrets := []string{a.enable("org-a").Token}
	var issued tokenView
	a.admin("org-a", "POST", scim+"/tokens", `{"name":"okta"}`).want(http.StatusCreated).into(&issued)
	secrets = append(secrets, issued.Token)
	a.admin("org-a", "POST", scim+"/tokens/rotate", `{"current":"`+issued.ID+`"}`).want(http.StatusCreated).into(&issued)
	secrets = append(secrets, issued.Token)

	var shown strings.Builder
	for _, r := range []answer{
		a.admin("org-a", "GET", "/api/v1/organisations/org-a", ""),
		a.admin("org-a", "GET", scim, ""),
		a.admin("org-a", "GET", scim+"/tokens", ""),
		a.admin("org-a", "GET", scim+"/tokens/"+issued.ID, ""),
		a.admin("org-a", "POST", scim+"/enable", ""),
		a.admin("org-a", "POST", scim+"/tokens/rotate", `{"current":"unknown"}`),
		a.admin("org-a", "POST", scim+"/tokens/rotate/cancel", `{"current":"`+issued.ID+`"}`),
		a.admin("org-a", "POST", scim+"/tokens/"+issued.ID+"/end", ""),
		a.admin("org-a", "POST", scim+"/tokens", `{"name":"third"}`),
		a.admin("org-a", "DELETE", scim+"/tokens/"+issued.ID, ""),
		a.admin("org-a", "POST", scim+"/disable", ""),
		a.as("Bearer "+secrets[0], "GET", scim, ""), // pasted into the wrong place
		a.admin("org-a", "POST", scim+"/tokens", `{"name":"`+secrets[0]+`","more":1}`),
	} {
		shown.WriteString(r.body)
		for _, values := range r.header {
			shown.WriteString(strings.Join(values, "\n"))
		}
	}
	kept, err := os.ReadFile(a.path)
	assert.NilError(t, err)
	for name, text := range map[string]string{"an answer": shown.String(), "the log": a.log.String(), "the file": string(kept)} {
		if text == "" {
			t.Errorf("%s is empty", name)
		}
		for _, secret := range secrets {
			_, hidden, _ := strings.Cut(secret[len("dvscim_"):], "_")
			for at := range len(hidden) - 12 {
				if strings.Contains(text, hidden[at:at+12]) {
					t.Fatalf("%s shows part of a secret", name)
				}
			}
		}
	}
	if !strings.Contains(a.log.String(), `"token_id":"`+issued.ID+`"`) {
		t.Error("the log does not name the token by its id")
	}
}
