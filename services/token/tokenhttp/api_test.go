package tokenhttp_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/tokentest"
	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/access/accesstest"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/local/embedded"
	"github.com/devrev/scim/services/token/issuer"
	"github.com/devrev/scim/services/token/issuer/issuertest"
	"github.com/devrev/scim/services/token/tokenhttp"
)

const baseURL = "https://scim.example.com/scim/v2"

// api is a running token service on an embedded file, seen from outside, and a SCIM service's
// verification of its tokens.
type api struct {
	t        *testing.T
	idp      *accesstest.Provider
	path     string // of the file
	file     *embedded.File
	log      *buffer
	issuer   *issuer.Issuer
	engine   *gin.Engine
	server   *httptest.Server
	verifier *token.Verifier
}

func newAPI(t *testing.T) *api {
	t.Helper()
	a := &api{t: t, idp: accesstest.New(t), path: filepath.Join(t.TempDir(), "scim.db"), log: &buffer{}}
	keyring, err := token.NewKeyring("k1", map[string][]byte{"k1": bytes.Repeat([]byte{7}, token.MinPepper)})
	assert.NilError(t, err)
	if a.file, err = embedded.Open(a.path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.file.Close() })
	a.verifier = token.NewVerifier(a.file.Tokens(), keyring, nil)
	a.engine = web.NewEngine(web.Config{Name: "tokens", Logger: slog.New(slog.NewJSONHandler(a.log, nil)), WriteError: tokenhttp.WriteError})
	a.issuer = issuertest.New(t, issuer.Deps{Store: a.file.Organisations(), Tokens: a.file.Tokens(), Keyring: keyring, Now: time.Now})
	err = tokenhttp.Register(a.engine, tokenhttp.Deps{
		Issuer: a.issuer,
		Verify: a.idp.Verifier(t).Verify, SCIMBaseURL: baseURL, Metrics: telemetry.Off().Metrics(),
	})
	assert.NilError(t, err)
	a.server = httptest.NewServer(web.Normalise(a.engine))
	t.Cleanup(a.server.Close)
	return a
}

// buffer is a log that is written from several goroutines.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// answer is a response.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   string
}

// as sends a request with this Authorization header. A body is sent as JSON.
func (a *api) as(authorization, method, path, body string) answer {
	a.t.Helper()
	return a.send(method, path, body, map[string]string{"Authorization": authorization, "Content-Type": "application/json"})
}

// platform sends a request of DevRev's platform.
func (a *api) platform(method, path, body string) answer {
	a.t.Helper()
	return a.as(accesstest.Platform(), method, path, body)
}

// admin sends a request of an administrator of the organisation.
func (a *api) admin(org, method, path, body string) answer {
	a.t.Helper()
	return a.as(a.idp.Person(a.t, org, access.ScimAdmin), method, path, body)
}

func (a *api) send(method, path, body string, header map[string]string) answer {
	a.t.Helper()
	req, err := http.NewRequestWithContext(a.t.Context(), method, a.server.URL+path, strings.NewReader(body))
	assert.NilError(a.t, err)
	for name, value := range header {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	resp, err := a.server.Client().Do(req)
	assert.NilError(a.t, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	assert.NilError(a.t, err)
	return answer{a.t, resp.StatusCode, resp.Header, string(text)}
}

// want fails the test unless the answer has this status.
func (r answer) want(status int) answer {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("status %d, want %d: %s", r.status, status, r.body)
	}
	return r
}

// wantProblem fails the test unless the answer is this problem, whole.
func (r answer) wantProblem(status int, name string) answer {
	r.t.Helper()
	r.want(status)
	var p struct {
		Type, Title, Detail, RequestID, TraceID string
		Status                                  int
	}
	r.into(&p)
	if got := r.header.Get("Content-Type"); got != "application/problem+json" {
		r.t.Errorf("content type %q", got)
	}
	if p.Type != "urn:devrev:scim:problem:"+name || p.Status != status || p.RequestID == "" || p.RequestID != r.header.Get("X-Request-Id") || p.TraceID != r.header.Get("X-Trace-Id") {
		r.t.Errorf("got %s; want the problem %s", r.body, name)
	}
	if p.Title == "" || !strings.HasSuffix(p.Detail, ".") {
		r.t.Errorf("the problem %s has no title or no sentence: %s", name, r.body)
	}
	return r
}

// same returns the body without the ids of the request and its trace, which is all that two answers
// may differ in.
func (r answer) same() string {
	r.t.Helper()
	body := strings.ReplaceAll(r.body, r.header.Get("X-Request-Id"), "")
	if trace := r.header.Get("X-Trace-Id"); trace != "" {
		body = strings.ReplaceAll(body, trace, "")
	}
	return body
}

func (r answer) into(v any) {
	r.t.Helper()
	if err := json.Unmarshal([]byte(r.body), v); err != nil {
		r.t.Fatalf("%v: %s", err, r.body)
	}
}

// tokenView is a token in an answer.
type tokenView struct {
	ID, Name, State, IssuedBy, Token string
	Scopes                           []string
	IssuedAt                         time.Time
	ExpiresAt, RevokedAt, LastUsedAt *time.Time
	Replaces                         string
	Verdict                          *verdictView

	FirstUsedAt *time.Time
	Use         *usageView
	Refused     *refusedView
}

type usageView struct {
	Requests24h, Failures24h int64
	Clients, Addresses       []seenView
	Hours                    []hourView
}

type seenView struct {
	Name   string
	LastAt time.Time
}

type hourView struct {
	Hour               time.Time
	Requests, Failures int64
}

type refusedView struct {
	Count  int64
	LastAt time.Time
	Reason string
}

type verdictView struct {
	Safe      bool
	Successor string
	Reasons   []string
}

// organisation announces an organisation with single sign-on.
func (a *api) organisation(org string) {
	a.t.Helper()
	a.platform("PUT", "/api/v1/organisations/"+org, `{"sso":{"enabled":true}}`).want(http.StatusCreated)
}

// enable enables SCIM for the organisation and returns its token.
func (a *api) enable(org string) tokenView {
	a.t.Helper()
	var enabled struct{ Token tokenView }
	a.admin(org, "POST", "/api/v1/organisations/"+org+"/scim/enable", "").want(http.StatusCreated).into(&enabled)
	return enabled.Token
}

// use records that the token was used, as SCIM services do.
func (a *api) use(t tokenView) {
	a.t.Helper()
	if _, err := a.verifier.Verify(a.t.Context(), "Bearer "+t.Token); err != nil {
		a.t.Fatalf("use token %s: %v", t.ID, err)
	}
	a.recordUsage(t, tokentest.Used(time.Now()))
}

// recordUsage records the use of a token.
func (a *api) recordUsage(t tokenView, use token.Usage) {
	a.t.Helper()
	parsed, err := token.Parse(t.Token)
	if err == nil {
		err = a.file.Tokens().RecordUsage(a.t.Context(), parsed.Tag(), map[string]token.Usage{t.ID: use})
	}
	if err != nil {
		a.t.Fatalf("record the usage of token %s: %v", t.ID, err)
	}
}

// accepts reports whether a SCIM service accepts the token now.
func (a *api) accepts(t tokenView) bool {
	a.t.Helper()
	_, err := a.verifier.Verify(a.t.Context(), "Bearer "+t.Token)
	return err == nil
}
