package issuer_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/local/issuer"
)

const (
	address  = "http://127.0.0.1:8080"
	redirect = address + "/console/callback"
)

type world struct {
	t      *testing.T
	issuer *issuer.Issuer
}

func newWorld(t *testing.T) world {
	t.Helper()
	i, err := issuer.New(issuer.Config{
		Address: address, Organisations: []string{"demo"}, Client: issuer.Client{ID: "console", RedirectURI: redirect, SignedOut: address + "/console/signed-out"},
	})
	assert.NilError(t, err)
	return world{t, i}
}

// ask returns the address of an authorization request, and the verifier that redeems its code.
func ask(change map[string]string) (path, verifier string) {
	verifier = oauth2.GenerateVerifier()
	q := url.Values{
		"client_id": {"console"}, "redirect_uri": {redirect}, "response_type": {"code"}, "scope": {"openid"}, "state": {"state"}, "nonce": {"nonce"},
		"code_challenge": {oauth2.S256ChallengeFromVerifier(verifier)}, "code_challenge_method": {"S256"},
	}
	for name, value := range change {
		q.Set(name, value)
	}
	return "/issuer/authorize?" + q.Encode(), verifier
}

func (w world) do(r *http.Request, change func(*http.Request)) *httptest.ResponseRecorder {
	w.t.Helper()
	r.RemoteAddr, r.Host = "127.0.0.1:50000", "127.0.0.1:8080"
	if change != nil {
		change(r)
	}
	answer := httptest.NewRecorder()
	w.issuer.ServeHTTP(answer, r)
	return answer
}

func form(path string, values url.Values) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// code signs in and returns the code.
func (w world) code(path string, person url.Values) string {
	w.t.Helper()
	answer := w.do(form(strings.Replace(path, "authorize", "sign-in", 1), person), nil)
	to, err := url.Parse(answer.Header().Get("Location"))
	if err != nil || to.Query().Get("code") == "" || to.Query().Get("state") != "state" {
		w.t.Fatalf("status %d, location %q", answer.Code, answer.Header().Get("Location"))
	}
	return to.Query().Get("code")
}

func (w world) redeem(code, verifier string) (int, map[string]any) {
	w.t.Helper()
	answer := w.do(form("/issuer/token", url.Values{
		"grant_type": {"authorization_code"}, "client_id": {"console"}, "redirect_uri": {redirect}, "code": {code}, "code_verifier": {verifier},
	}), nil)
	var said map[string]any
	assert.NilError(w.t, json.Unmarshal(answer.Body.Bytes(), &said))
	return answer.Code, said
}

var administrator = url.Values{"role": {"administrator"}, "organisation": {"demo"}}

func TestACodeIsRedeemedOnceByWhoAskedForIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path, verifier := ask(nil)
	code := w.code(path, administrator)
	if status, _ := w.redeem(code, "another verifier"); status != http.StatusBadRequest {
		t.Errorf("another verifier: status %d", status)
	}
	if status, _ := w.redeem(code, verifier); status != http.StatusBadRequest {
		t.Errorf("a code that somebody tried already: status %d", status)
	}
	code = w.code(path, administrator)
	status, said := w.redeem(code, verifier)
	if status != http.StatusOK {
		t.Fatalf("status %d: %v", status, said)
	}
	admins, err := access.New(access.Config{Issuer: w.issuer.Name(), Audience: issuer.Audience}, access.Deps{KeySet: w.issuer.KeySet()})
	assert.NilError(t, err)
	actor, err := admins.Verify(t.Context(), "Bearer "+said["access_token"].(string))
	if err != nil || !actor.MayManage("demo") || actor.MayRead("another") {
		t.Errorf("the access token is of %+v, %v", actor, err)
	}
	id, err := oidc.NewVerifier(w.issuer.Name(), w.issuer.KeySet(), &oidc.Config{ClientID: "console", SupportedSigningAlgs: []string{oidc.ES256}}).
		Verify(t.Context(), said["id_token"].(string))
	if err != nil || id.Nonce != "nonce" {
		t.Errorf("the id token: %v", err)
	}
	if _, err := admins.Verify(t.Context(), "Bearer "+said["id_token"].(string)); err == nil {
		t.Error("an id token passes for an access token")
	}
}

func TestAuthorizationRequestsAreHeldToTheirClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for rule, change := range map[string]map[string]string{
		"another client":          {"client_id": "another"},
		"another address":         {"redirect_uri": "http://evil.example.com/"},
		"an address below":        {"redirect_uri": redirect + "/more"},
		"no challenge":            {"code_challenge": ""},
		"a challenge in clear":    {"code_challenge_method": "plain"},
		"a token instead of code": {"response_type": "token"},
	} {
		path, _ := ask(change)
		if answer := w.do(httptest.NewRequest(http.MethodGet, path, nil), nil); answer.Code != http.StatusBadRequest || answer.Header().Get("Location") != "" {
			t.Errorf("%s: status %d, location %q", rule, answer.Code, answer.Header().Get("Location"))
		}
	}
}

func TestThePageIsForThisMachine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path, _ := ask(nil)
	for _, tt := range []struct {
		rule   string
		change func(*http.Request)
		want   int
	}{
		{"a browser here", nil, http.StatusOK},
		{"another machine", func(r *http.Request) { r.RemoteAddr = "192.0.2.1:50000" }, http.StatusForbidden},
		{"a tunnel that keeps the name", func(r *http.Request) { r.Host = "tunnel.example.com" }, http.StatusForbidden},
		{"a tunnel that tells for whom it asks", func(r *http.Request) { r.Header.Set("X-Forwarded-For", "192.0.2.1") }, http.StatusForbidden},
		{"a page whose name leads here", func(r *http.Request) { r.Host = "evil.example.com:8080" }, http.StatusForbidden},
	} {
		if answer := w.do(httptest.NewRequest(http.MethodGet, path, nil), tt.change); answer.Code != tt.want {
			t.Errorf("%s: status %d, want %d", tt.rule, answer.Code, tt.want)
		}
	}
	crossSite := func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }
	if answer := w.do(form(strings.Replace(path, "authorize", "sign-in", 1), administrator), crossSite); answer.Code != http.StatusForbidden {
		t.Errorf("a form of another site: status %d", answer.Code)
	}
}

func TestWhoIsSignedInIsNotAskedAgainUnlessTheClientWantsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path, _ := ask(nil)
	answer := w.do(form(strings.Replace(path, "authorize", "sign-in", 1), administrator), nil)
	cookie := answer.Result().Cookies()[0]
	signedIn := func(r *http.Request) { r.AddCookie(cookie) }
	for _, tt := range []struct {
		rule   string
		change map[string]string
		want   int
	}{
		{"signed in", nil, http.StatusSeeOther},
		{"signed in, and recent enough", map[string]string{"max_age": "60"}, http.StatusSeeOther},
		{"signed in, and wanted again", map[string]string{"prompt": "login"}, http.StatusOK},
	} {
		path, _ := ask(tt.change)
		if answer := w.do(httptest.NewRequest(http.MethodGet, path, nil), signedIn); answer.Code != tt.want {
			t.Errorf("%s: status %d, want %d", tt.rule, answer.Code, tt.want)
		}
	}
	w.do(httptest.NewRequest(http.MethodGet, "/issuer/end-session", nil), signedIn)
	if answer := w.do(httptest.NewRequest(http.MethodGet, path, nil), signedIn); answer.Code != http.StatusOK {
		t.Errorf("signed out: status %d", answer.Code)
	}
}
