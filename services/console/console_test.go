package console_test

import (
	"bytes"
	"context"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/console"
	"github.com/devrev/scim/services/console/session"
	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/apiclient"
	"github.com/devrev/scim/services/local"
	"github.com/devrev/scim/services/local/embedded"
	"github.com/devrev/scim/services/local/issuer"
	"github.com/devrev/scim/services/scim/guard"
	"github.com/devrev/scim/services/scim/scimserver"
	"github.com/devrev/scim/services/token/tokenserver"
)

const credential = "platform-credential-of-the-tests-0123456789"

// world is the product behind one address, with a console whose clock a test can put forward.
type world struct {
	holds   guard.Store
	t       *testing.T
	address string
	ahead   atomic.Int64 // of the console's clock, in nanoseconds
	down    atomic.Bool  // the SCIM service does not answer
	jar     *session.Jar
	work    func(context.Context) // what scimd does in the background
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t}
	front := &local.Front{}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { front.ServeHTTP(rw, r) }))
	t.Cleanup(server.Close)
	w.address = server.URL
	host := strings.TrimPrefix(server.URL, "http://")
	file, err := embedded.Open(filepath.Join(t.TempDir(), "scim.db"))
	assert.NilError(t, err)
	t.Cleanup(func() { _ = file.Close() })
	people, err := local.NewIssuer(local.Options{Orgs: []string{"demo", "other"}}, host)
	assert.NilError(t, err)
	admins, err := access.New(access.Config{Issuer: people.Name(), Audience: issuer.Audience, PlatformCredentials: []string{credential}}, access.Deps{KeySet: people.KeySet()})
	assert.NilError(t, err)
	keyring, err := token.ParseKeyring("k1:c2VjcmV0LXBlcHBlci1vZi10aGUtdGVzdHMtMDEyMzQ1Njc4OQ==")
	assert.NilError(t, err)
	w.holds = file.Directory()
	tokens, err := tokenserver.New(w.address+"/scim/v2", tokenserver.Deps{Tokens: file.Tokens(), Organisations: file.Organisations(), Keyring: keyring, Access: admins})
	assert.NilError(t, err)
	scim, err := scimserver.New(w.address+"/scim/v2", scimserver.Deps{
		Directory: file.Directory(), History: file.Directory(), Holds: file.Directory(), Activity: file.Activity(), Undos: file.Undos(), Audit: file.Organisations(), Departures: file.Departures(), Tenants: file.Tenants(), Tokens: file.Tokens(), Keyring: keyring, Access: admins,
	})
	assert.NilError(t, err)
	w.work = scim.Run
	api, err := apiclient.New(apiclient.Config{BaseURL: w.address + "/api/v1", Timeout: time.Minute, Once: true, UserAgent: "console"})
	assert.NilError(t, err)
	keys := [][]byte{bytes.Repeat([]byte{1}, session.KeySize)}
	c, err := console.New(console.Config{
		URL: w.address + console.Path, Issuer: people.Name(), ClientID: local.ClientID, Audience: issuer.Audience, SessionKeys: keys,
	}, console.Deps{API: api, Access: admins, Now: func() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }})
	assert.NilError(t, err)
	if w.jar, err = session.NewJar(keys, console.Path, false); err != nil {
		t.Fatal(err)
	}
	away := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if w.down.Load() {
			panic(http.ErrAbortHandler)
		}
		scim.API().ServeHTTP(rw, r)
	})
	*front = local.Front{Tokend: tokens.Handler(), API: away, Protocol: scim.Protocol(), Console: c.Handler(), Issuer: people, Host: host}
	for _, org := range []string{"demo", "other"} {
		platform := local.Platform{BaseURL: w.address + "/api/v1", Credential: credential}
		if _, err := platform.Prepare(t.Context(), org, "email", false); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// idp is the identity provider of the organisation demo.
func (w *world) idp() harness.Client {
	w.t.Helper()
	token, err := local.Platform{BaseURL: w.address + "/api/v1", Credential: credential}.Prepare(w.t.Context(), "demo", "email", true)
	assert.NilError(w.t, err)
	return harness.Client{Base: w.address + "/scim/v2", Credential: token, MediaType: harness.SCIM}
}

// browser is one person's browser, with its cookies.
type browser struct {
	*world
	client *http.Client
}

func (w *world) browser() browser {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	assert.NilError(w.t, err)
	return browser{w, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// page is an answer.
type page struct {
	status int
	header http.Header
	text   string
}

func (b browser) send(method, path string, form url.Values, change func(*http.Request)) page {
	b.t.Helper()
	return b.sendBody(method, path, strings.NewReader(form.Encode()), func(r *http.Request) {
		if form != nil {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		if change != nil {
			change(r)
		}
	})
}

func (b browser) sendBody(method, path string, body io.Reader, change func(*http.Request)) page {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.address+path, body)
	assert.NilError(b.t, err)
	req.Header.Set("Accept", "text/html")
	change(req)
	resp, err := b.client.Do(req)
	assert.NilError(b.t, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	assert.NilError(b.t, err)
	return page{resp.StatusCode, resp.Header, string(text)}
}

func (b browser) get(path string) page { return b.send(http.MethodGet, path, nil, nil) }

// follow goes where the answers lead, until one leads nowhere.
func (b browser) follow(p page) page {
	b.t.Helper()
	for range 10 {
		to := p.header.Get("Location")
		if to == "" {
			return p
		}
		p = b.get(strings.TrimPrefix(to, b.address))
	}
	b.t.Fatal("the answers lead in a circle")
	return p
}

var action = regexp.MustCompile(`action="(/issuer/sign-in[^"]*)"`)

// signIn goes through the issuer's page.
func (w *world) signIn(org, role string) browser {
	w.t.Helper()
	b := w.browser()
	b.pick(b.follow(b.get("/console/")), org, role)
	return b
}

// pick picks a person on the issuer's page, and returns where that leads.
func (b browser) pick(shown page, org, role string) page {
	b.t.Helper()
	form := action.FindStringSubmatch(shown.text)
	if form == nil {
		b.t.Fatalf("this is not the issuer's page: %d %s", shown.status, shown.text)
	}
	return b.follow(b.send(http.MethodPost, strings.ReplaceAll(form[1], "&amp;", "&"), url.Values{"role": {role}, "organisation": {org}}, nil))
}

// session returns what the console keeps of the browser.
func (b browser) session() session.Session {
	b.t.Helper()
	at, err := url.Parse(b.address + console.Path + "/")
	assert.NilError(b.t, err)
	r := httptest.NewRequest(http.MethodGet, "/console/", nil)
	for _, c := range b.client.Jar.Cookies(at) {
		r.AddCookie(c)
	}
	var s session.Session
	if !b.jar.Get(r, "scim_session", &s) {
		b.t.Fatal("there is no session")
	}
	return s
}

// post sends a form as a page of the session would.
func (b browser) post(path string, form url.Values) page {
	b.t.Helper()
	if form == nil {
		form = url.Values{}
	}
	form.Set("form_token", b.session().FormToken(path))
	return b.send(http.MethodPost, path, form, nil)
}

// pages are those of an organisation that has nothing but a token.
var pages = []string{"", "security", "security/issue", "security/disable", "users", "groups", "activity", "settings", "settings/audit", "settings/verify"}

// first returns the id of demo's token.
func (b browser) token() string {
	b.t.Helper()
	found := regexp.MustCompile(`/security/tokens/([A-Za-z0-9]+)/rotate`).FindStringSubmatch(b.get("/console/o/demo/security").text)
	if found == nil {
		b.t.Fatal("the page shows no token")
	}
	return found[1]
}

// changes are all forms that change something, and what they are filled in with.
func changes(id string) map[string]url.Values {
	token := "security/tokens/" + id
	return map[string]url.Values{
		"security/enable": {}, "security/disable": {"organisation": {"demo"}}, "security/issue": {"name": {"second"}},
		token + "/rotate": {"overlap": {"1"}}, token + "/revoke": {"token_name": {"Okta"}}, token + "/end": {}, token + "/cancel": {}, token + "/restore": {},
		token + "/rename": {"name": {"another"}}, "settings": {"setting": {"strict"}, "value": {"on"}},
		"undo": {"entry": {"019bd6a1-5d7e-7c2a-9a57-3f0c1d2e4b5a"}}, "undo/019bd6a1-5d7e-7c2a-9a57-3f0c1d2e4b5a": {},
		"groups/019bd6a1-5d7e-7c2a-9a57-3f0c1d2e4b5a/let-in": {"value": {"1"}}, "groups/019bd6a1-5d7e-7c2a-9a57-3f0c1d2e4b5a/end-waiting": {"value": {"1"}},
		"users/019bd6a1-5d7e-7c2a-9a57-3f0c1d2e4b5a/email": {"value": {"a@example.com"}}, "users/019bd6a1-5d7e-7c2a-9a57-3f0c1d2e4b5a/display-name": {"value": {"a"}},
	}
}

func TestAnAuditorSeesEverythingAndChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	admin, auditor := w.signIn("demo", "administrator"), w.signIn("demo", "auditor")
	id := admin.token()
	before := admin.get("/console/o/demo/settings/audit?action=token.revoke").text
	for _, path := range append(pages, "security/tokens/"+id) {
		if p := auditor.get("/console/o/demo/" + path); p.status != http.StatusOK || strings.Contains(p.text, `<form method="post" action="/console/o/`) {
			t.Errorf("%s: status %d, or it offers a change", path, p.status)
		}
	}
	for path, form := range changes(id) {
		if p := auditor.post("/console/o/demo/"+path, form); p.status != http.StatusForbidden {
			t.Errorf("%s: status %d", path, p.status)
		}
	}
	if after := admin.get("/console/o/demo/security").text; !strings.Contains(after, id) || !strings.Contains(after, "live") {
		t.Error("the token is not what it was")
	}
	if after := admin.get("/console/o/demo/settings/audit?action=token.revoke").text; strings.Count(after, "token.revoke") != strings.Count(before, "token.revoke") {
		t.Error("the audit has a revocation")
	}
}

func TestAnotherOrganisationIsNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, other := w.signIn("demo", "administrator").token(), w.signIn("other", "administrator")
	known, unknown := other.get("/console/o/demo/").text, other.get("/console/o/nosuchorg/").text
	requestID := regexp.MustCompile(`<code>[A-Z0-9]+</code>`)
	if requestID.ReplaceAllString(known, "") != requestID.ReplaceAllString(unknown, "") {
		t.Error("an organisation of others looks otherwise than one that does not exist")
	}
	for _, path := range append(pages, "security/tokens/"+id) {
		if p := other.get("/console/o/demo/" + path); p.status != http.StatusNotFound {
			t.Errorf("%s: status %d", path, p.status)
		}
	}
	for path, form := range changes(id) {
		if p := other.post("/console/o/demo/"+path, form); p.status != http.StatusNotFound {
			t.Errorf("%s: status %d", path, p.status)
		}
	}
	if p := other.get("/console/o/other/security/tokens/" + id); p.status != http.StatusNotFound {
		t.Errorf("a token of another organisation under one's own: status %d", p.status)
	}
}

func TestStaffReadsEveryOrganisationAndChangesNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, staff := w.signIn("demo", "administrator").token(), w.signIn("", "staff")
	if p := staff.follow(staff.get("/console/")); p.status != http.StatusOK || !strings.Contains(p.text, "/console/o/other/") {
		t.Errorf("the list of organisations: %d", p.status)
	}
	for _, path := range append(pages, "security/tokens/"+id) {
		if p := staff.get("/console/o/demo/" + path); p.status != http.StatusOK || strings.Contains(p.text, `<form method="post" action="/console/o/`) {
			t.Errorf("%s: status %d, or it offers a change", path, p.status)
		}
	}
	for path, form := range changes(id) {
		if p := staff.post("/console/o/demo/"+path, form); p.status != http.StatusForbidden {
			t.Errorf("%s: status %d", path, p.status)
		}
	}
	if p := w.signIn("demo", "administrator").get("/console/staff"); p.status != http.StatusNotFound {
		t.Errorf("the list of organisations, to an administrator: status %d", p.status)
	}
}

// TestAStolenCookieEndsWithTheAccessToken: whoever has the cookie alone gets no further than the
// token in it, and does not get another one.
func TestAStolenCookieEndsWithTheAccessToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner, thief := w.signIn("demo", "administrator"), w.browser()
	at, err := url.Parse(w.address + console.Path + "/")
	assert.NilError(t, err)
	thief.client.Jar.SetCookies(at, owner.client.Jar.Cookies(at))
	if p := thief.get("/console/o/demo/security"); p.status != http.StatusOK {
		t.Fatalf("the cookie is no session: %d", p.status)
	}
	w.ahead.Store(int64(11 * time.Minute))
	if p := thief.follow(thief.get("/console/o/demo/security")); !strings.Contains(p.text, "Sign in to the local run") {
		t.Errorf("the thief goes on: %d %s", p.status, p.text)
	}
	if p := thief.post("/console/o/demo/security/issue", url.Values{"name": {"stolen"}}); p.status != http.StatusUnauthorized {
		t.Errorf("the thief's form: %d", p.status)
	}
	// The owner's browser is known to the issuer, and sees nothing of it. The fresh token is of
	// now, which the console is ahead of.
	if p := owner.get("/console/o/demo/security"); p.status != http.StatusSeeOther {
		t.Errorf("the owner is not led to the issuer: %d", p.status)
	}
	w.ahead.Store(0)
	if p := owner.follow(owner.get("/console/login?return=/console/o/demo/security")); p.status != http.StatusOK || !strings.Contains(p.text, "<h1>Security</h1>") {
		t.Errorf("the owner does not come back: %d", p.status)
	}
}

func TestFormsAreTakenFromPagesOfTheSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	admin := w.signIn("demo", "administrator")
	path := "/console/o/demo/security/issue"
	other := w.signIn("demo", "administrator").session()
	for _, tt := range []struct {
		rule   string
		token  string
		change func(*http.Request)
		want   int
	}{
		{"no token", "", nil, http.StatusForbidden},
		{"the token of another form", admin.session().FormToken("/console/logout"), nil, http.StatusForbidden},
		{"the token of another session", other.FormToken(path), nil, http.StatusForbidden},
		{"another site", admin.session().FormToken(path), func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, http.StatusForbidden},
		{"another origin, to an old browser", admin.session().FormToken(path), func(r *http.Request) { r.Header.Set("Origin", "https://evil.example.com") }, http.StatusForbidden},
		{"a page of the session", admin.session().FormToken(path), func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin") }, http.StatusOK},
	} {
		form := url.Values{"name": {"second"}, "key": {"one-key"}, "form_token": {tt.token}}
		if p := admin.send(http.MethodPost, path, form, tt.change); p.status != tt.want {
			t.Errorf("%s: status %d, want %d", tt.rule, p.status, tt.want)
		}
	}
	form := url.Values{"name": {"second"}, "key": {"one-key"}}
	if p := admin.post(path, form); p.status != http.StatusConflict || strings.Contains(p.text, "dvscim_") {
		t.Errorf("a token that is asked for again: status %d", p.status)
	}
}

// TestWhatIsDangerousNeedsAFreshSignIn: after 15 minutes the person proves again who they are, and
// finds the form.
func TestWhatIsDangerousNeedsAFreshSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	admin := w.signIn("demo", "administrator")
	s := admin.session()
	s.AuthTime = time.Now().Add(-time.Hour)
	admin.keep(s)
	path, form := "/console/o/demo/security/disable", url.Values{"organisation": {"demo"}}
	asked := admin.post(path, form)
	if asked.status != http.StatusUnauthorized || !strings.Contains(asked.text, "Sign in again") {
		t.Fatalf("status %d", asked.status)
	}
	if p := admin.get("/console/o/demo/security"); !strings.Contains(p.text, "SCIM base URL") {
		t.Fatal("SCIM is off")
	}
	login := regexp.MustCompile(`href="(/console/login[^"]*)"`).FindStringSubmatch(asked.text)[1]
	resumed := admin.pick(admin.follow(admin.get(strings.ReplaceAll(login, "&amp;", "&"))), "demo", "administrator")
	if !strings.Contains(resumed.text, "Disable SCIM") || !strings.Contains(resumed.text, `name="organisation" value="demo"`) {
		t.Fatalf("the form is not there again: %s", resumed.text)
	}
	if p := admin.post(path, form); p.status != http.StatusSeeOther {
		t.Errorf("after the sign-in: status %d", p.status)
	}
	if p := admin.get("/console/o/demo/security"); !strings.Contains(p.text, "Enable SCIM") {
		t.Error("SCIM is still on")
	}
}

// keep gives the browser another session.
func (b browser) keep(s session.Session) {
	b.t.Helper()
	answer := httptest.NewRecorder()
	assert.NilError(b.t, b.jar.Set(answer, "scim_session", s, 0))
	at, err := url.Parse(b.address + console.Path + "/")
	assert.NilError(b.t, err)
	b.client.Jar.SetCookies(at, answer.Result().Cookies())
}

func TestAPageWhoseOneSourceIsAwayShowsTheRest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	admin := w.signIn("demo", "administrator")
	w.down.Store(true)
	if p := admin.get("/console/o/demo/"); p.status != http.StatusOK || !strings.Contains(p.text, "does not answer") {
		t.Errorf("the overview: status %d", p.status)
	}
	if p := admin.get("/console/o/demo/security"); p.status != http.StatusOK || !strings.Contains(p.text, "SCIM base URL") {
		t.Errorf("a page that does without it: status %d", p.status)
	}
	if p := admin.get("/console/o/demo/users"); p.status != http.StatusServiceUnavailable || p.header.Get("Retry-After") == "" {
		t.Errorf("a page that does not: status %d, Retry-After %q", p.status, p.header.Get("Retry-After"))
	}
	path := "/console/o/demo/users/019bd6a1-5d7e-7c2a-9a57-3f0c1d2e4b5a/email"
	if p := admin.post(path, url.Values{"value": {"typed@example.com"}}); p.status != http.StatusServiceUnavailable || !strings.Contains(p.text, `name="value" value="typed@example.com"`) {
		t.Errorf("a form, which is not kept: status %d", p.status)
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	admin := w.signIn("demo", "administrator")
	for _, path := range []string{"/console/o/demo/", "/console/o/demo/nothing", "/console/signed-out", "/console/callback", "/console/login", "/console/o/other/"} {
		p := admin.get(path)
		for name, part := range map[string]string{
			"Content-Security-Policy": "require-trusted-types-for 'script'", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
			"X-Content-Type-Options": "nosniff", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			if !strings.Contains(p.header.Get(name), part) {
				t.Errorf("%s: %s is %q", path, name, p.header.Get(name))
			}
		}
	}
}

func TestASignInLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, to := range []string{"https://evil.example.com/", "//evil.example.com/", "/console//evil.example.com", "/console/\\evil.example.com", "/api/v1/", "javascript:alert(1)", ""} {
		b := w.browser()
		p := b.pick(b.follow(b.get("/console/login?return="+url.QueryEscape(to))), "demo", "auditor")
		if p.status != http.StatusOK || !strings.Contains(p.text, "<h1>Overview</h1>") {
			t.Errorf("%q leads to %d %.200s", to, p.status, p.text)
		}
	}
	b := w.browser()
	b.follow(b.get("/console/"))
	if p := b.get("/console/callback?code=stolen&state=another"); p.status != http.StatusBadRequest {
		t.Errorf("a state that is not the browser's: %d", p.status)
	}
	if p := b.get("/console/callback?error=%3Cscript%3E&state=x"); strings.Contains(p.text, "<script>") {
		t.Error("the page shows what the address says")
	}
}

// TestEachSettingIsSwitchedAlone: what a form does not name stays as it is.
func TestEachSettingIsSwitchedAlone(t *testing.T) {
	t.Parallel()
	admin := newWorld(t).signIn("demo", "administrator")
	on := 0
	for _, setting := range []string{"strict", "hideValues", "restoreByUserName", "restoreByExternalId", "forgetGroups", "matchByUserName", "matchByExternalId"} {
		if p := admin.post("/console/o/demo/settings", url.Values{"setting": {setting}, "value": {"on"}}); p.status != http.StatusSeeOther {
			t.Fatalf("%s: status %d: %s", setting, p.status, p.text)
		}
		on++
		if shown := strings.Count(admin.get("/console/o/demo/settings").text, `<span class="tag good">on</span>`); shown != on {
			t.Errorf("after %s, %d settings are on, want %d", setting, shown, on)
		}
	}
}

// TestTheDoctorIsForThoseWhoOnlyLookToo: neither the rehearsal nor the look from outside changes
// anything, so an auditor and staff may ask for both; those of another organisation for neither.
func TestTheDoctorIsForThoseWhoOnlyLookToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		org, role, act string
		status         int
		shown          string
	}{
		{"demo", "auditor", "rehearse", http.StatusOK, "Nothing of them was kept"},
		{"demo", "auditor", "reach", http.StatusOK, "What was looked at"},
		{"", "staff", "reach", http.StatusTooManyRequests, "once a minute is enough"},
		{"other", "administrator", "reach", http.StatusNotFound, ""},
	} {
		p := w.signIn(c.org, c.role).post("/console/o/demo/doctor/"+c.act, url.Values{"client": {"entra"}})
		if p.status != c.status || !strings.Contains(p.text, c.shown) {
			t.Errorf("%s %s: %d %s", c.role, c.act, p.status, p.text)
		}
	}
}

// provider is an identity provider of demo, as Okta.
type provider struct {
	*world
	token string
}

func (w *world) provider() provider {
	w.t.Helper()
	platform := local.Platform{BaseURL: w.address + "/api/v1", Credential: credential}
	token, err := platform.Prepare(w.t.Context(), "demo", "email", true)
	assert.NilError(w.t, err)
	return provider{w, token}
}

// send sends a request that has to be answered with this status, and returns the id in the answer.
func (p provider) send(status int, method, path, body string) string {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.address+"/scim/v2"+path, strings.NewReader(body))
	assert.NilError(p.t, err)
	req.Header.Set("Authorization", "Bearer "+p.token)
	req.Header.Set("Content-Type", "application/scim+json")
	req.Header.Set("User-Agent", "Okta SCIM Client 1.0.0")
	resp, err := http.DefaultClient.Do(req)
	assert.NilError(p.t, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status {
		p.t.Fatalf("%s %s: %d %s, %v", method, path, resp.StatusCode, text, err)
	}
	_, rest, _ := strings.Cut(string(text), `"id":"`)
	id, _, _ := strings.Cut(rest, `"`)
	return id
}

// TestAnEntryIsReplayedAsADryRun: with a body that is made of what the request changed, as the page
// says, and without one where the entry does not have all of it.
func TestAnEntryIsReplayedAsADryRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	idp, auditor := w.provider(), w.signIn("demo", "auditor")
	const user = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]`
	patch := func(operation string) string {
		return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + operation + `]}`
	}
	created := `{` + user + `,"userName":"ann@example.com","title":"Guide"}`
	ann := idp.send(201, "POST", "/Users", created)
	group := idp.send(201, "POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Guides"}`)
	for _, c := range []struct {
		rule, method, path, body string
		status                   int
		form, made, tried        string
	}{
		{"an attribute", "PATCH", "/Users/" + ann, patch(`{"op":"replace","path":"title","value":"Host"}`), 200, `&#34;path&#34;: &#34;title&#34;,`, "made of what the request changed", "Okta sent what the user was already."},
		{"a state", "PATCH", "/Users/" + ann, patch(`{"op":"replace","value":{"active":false}}`), 200, `&#34;path&#34;: &#34;active&#34;,`, "made of what the request changed", "Okta sent what the user was already."},
		{"a PUT is a PATCH of what it changed", "PUT", "/Users/" + ann, `{` + user + `,"userName":"ann@example.com","active":true}`, 200, `&#34;path&#34;: &#34;title&#34;`, "made of what the request changed", "Okta sent what the user was already."},
		{"members", "PATCH", "/Groups/" + group, patch(`{"op":"add","path":"members","value":[{"value":"` + ann + `"}]}`), 204, `&#34;value&#34;: &#34;` + ann, "made of what the request changed", "Okta sent what the group was already."},
		{"a refusal", "PATCH", "/Users/" + ann, patch(`{"op":"replace","path":"userName","value":"ann"}`), 400, `value="/Users/` + ann + `"`, "Write the body that was sent", "Okta sent PATCH and was refused"},
		{"a create", "POST", "/Users", `{` + user + `,"userName":"ben@example.com"}`, 201, `&#34;userName&#34;: &#34;ben@example.com&#34;`, "made of what the request changed", "already has this userName"},
		{"a removal", "DELETE", "/Groups/" + group, "", 204, `<option selected>DELETE`, "which had no body", "There is no group with the id"},
	} {
		idp.send(c.status, c.method, c.path, c.body)
		list := auditor.get("/console/o/demo/activity").text
		_, rest, _ := strings.Cut(list, `href="/console/o/demo/activity/`)
		id, _, _ := strings.Cut(rest, `"`)
		if entry := auditor.get("/console/o/demo/activity/" + id); !strings.Contains(entry.text, `href="/console/o/demo/try?entry=`+id+`"`) {
			t.Fatalf("%s: the entry leads to no dry run: %s", c.rule, entry.text)
		}
		form := auditor.get("/console/o/demo/try?entry=" + id)
		if !strings.Contains(form.text, c.form) || !strings.Contains(form.text, c.made) || !strings.Contains(form.text, `value="okta" selected`) {
			t.Errorf("%s: the form is %s", c.rule, form.text)
		}
		tried := auditor.post("/console/o/demo/try", form.fields())
		if tried.status != 200 || !strings.Contains(tried.text, c.tried) {
			t.Errorf("%s: tried it is %d %s", c.rule, tried.status, tried.text)
		}
	}
}

// fields are those of the form that has a method, a path and a body.
func (p page) fields() url.Values {
	first := func(pattern string) string {
		found := regexp.MustCompile(pattern).FindStringSubmatch(p.text)
		if found == nil {
			return ""
		}
		return html.UnescapeString(found[1])
	}
	return url.Values{
		"method": {first(`<option selected>([A-Z]+)<`)}, "path": {first(`name="path"[^>]* value="([^"]*)"`)},
		"body": {first(`(?s)<textarea[^>]*name="body"[^>]*>(.*?)</textarea>`)}, "client": {first(`<option value="([a-z]+)" selected>`)},
	}
}

// TestWhatCannotBeTriedIsShownAgain: with the sentence, and with what was typed.
func TestWhatCannotBeTriedIsShownAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.provider()
	staff := w.signIn("", "staff")
	p := staff.post("/console/o/demo/try", url.Values{"method": {"POST"}, "path": {"Users"}, "body": {"{}"}})
	if p.status != 400 || !strings.Contains(p.text, "path must be what follows") || !strings.Contains(p.text, `value="Users"`) {
		t.Errorf("it is %d %s", p.status, p.text)
	}
	if p := w.signIn("other", "administrator").post("/console/o/demo/try", url.Values{"method": {"GET"}, "path": {"/Users"}}); p.status != 404 {
		t.Errorf("another organisation's administrator: %d", p.status)
	}
}

// TestActivityShowsWhatWasLeftOut: in the list, and on the page of the entry with what to do.
func TestActivityShowsWhatWasLeftOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:example:acme:1.0:User"],"userName":"ann@example.com","urn:example:acme:1.0:User":{"badge":"7"}}`
	w.idp().Want(t, http.StatusCreated, "POST", "/Users", body)
	admin := w.signIn("demo", "administrator")
	list := admin.get("/console/o/demo/activity")
	if !strings.Contains(list.text, "Left out: <code>urn:example:acme:1.0:User</code>, its schema is not known") {
		t.Errorf("the list: %s", list.text)
	}
	_, rest, _ := strings.Cut(list.text, `href="/console/o/demo/activity/`)
	id, _, _ := strings.Cut(rest, `"`)
	if entry := admin.get("/console/o/demo/activity/" + id); !strings.Contains(entry.text, "Add an extension schema") {
		t.Errorf("the entry: %s", entry.text)
	}
	if overview := admin.get("/console/o/demo/"); !strings.Contains(overview.text, "Working, with a problem.") {
		t.Errorf("the overview: %s", overview.text)
	}
}
