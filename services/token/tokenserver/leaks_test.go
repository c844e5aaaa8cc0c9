package tokenserver_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/libs/telemetry/telemetrytest"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/internal/access/accesstest"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/token/issuer"
	"github.com/devrev/scim/services/token/leak"
	"github.com/devrev/scim/services/token/leak/leaktest"
	"github.com/devrev/scim/services/token/tokenserver"
)

const found = "https://github.com/example/repository/blob/0123456/deploy.yaml"

// watched is an organisation whose token service GitHub reports to.
type watched struct {
	*rotating
	backend backend
	github  *leaktest.GitHub
	server  *tokenserver.Server
	tel     *telemetry.Telemetry
	log     *log
}

// log is written from several goroutines.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func newWatched(t *testing.T, b backend) *watched {
	t.Helper()
	w := &watched{rotating: newRotating(t, b, time.Now), backend: b, github: leaktest.New(t), log: &log{}}
	w.tel, _ = telemetrytest.Start(t, w.log)
	var err error
	w.server, err = tokenserver.New(baseURL, tokenserver.Deps{
		Tokens: b.tokens, Organisations: b.organisations, Keyring: w.keyring, Access: accesstest.New(t).Verifier(t), Telemetry: w.tel,
		LeakKeys: w.github.Keys(t, time.Now),
	})
	assert.NilError(t, err)
	return w
}

// post sends a report with these headers.
func (w *watched) post(body []byte, keyID, signature string) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, "/leaks/github", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Github-Public-Key-Identifier", keyID)
	r.Header.Set("Github-Public-Key-Signature", signature)
	answer := httptest.NewRecorder()
	w.server.Public().ServeHTTP(answer, r)
	return answer
}

// signed sends a report as GitHub does.
func (w *watched) signed(body []byte) *httptest.ResponseRecorder {
	w.t.Helper()
	key := w.github.Current()
	return w.post(body, key.ID, key.Sign(w.t, body))
}

type verdict struct {
	Hash  string `json:"token_hash"`
	Type  string `json:"token_type"`
	Label string `json:"label"`
}

func verdictOn(text, label string) verdict {
	sum := sha256.Sum256([]byte(text))
	return verdict{hex.EncodeToString(sum[:]), "devrev_scim_token", label}
}

// report sends what was found, in this order, and returns the answer.
func (w *watched) report(texts ...string) (verdicts []verdict) {
	w.t.Helper()
	matches := make([]leaktest.Found, len(texts))
	for i, text := range texts {
		matches[i] = leaktest.Found{Token: text, Type: "devrev_scim_token", URL: found, Source: "content"}
	}
	answer := w.signed(leaktest.Body(w.t, matches...))
	if answer.Code != http.StatusOK {
		w.t.Fatalf("status %d: %s", answer.Code, answer.Body)
	}
	assert.NilError(w.t, json.Unmarshal(answer.Body.Bytes(), &verdicts))
	return verdicts
}

// reports returns the entries of reports in the organisation's audit.
func (w *watched) reports() []audit.Entry {
	w.t.Helper()
	entries, err := w.backend.organisations.ReadAudit(w.t.Context(), org, audit.Query{Limit: 1000})
	assert.NilError(w.t, err)
	return slices.DeleteFunc(entries, func(e audit.Entry) bool { return e.Action != audit.ActionLeaked })
}

func (w *watched) wantReason(t token.Token, want token.Reason) {
	w.t.Helper()
	_, err := token.NewVerifier(w.tokens, w.keyring, nil).Verify(w.t.Context(), "Bearer "+t.Reveal())
	refusal, refused := errors.AsType[*token.Refusal](err)
	if refused && refusal.Reason != want || !refused && (err != nil || want != "") {
		w.t.Errorf("verification gives %v, want %q", err, want)
	}
}

// TestALeakedTokenIsRevoked goes from the report to the refusal of the token, on the stores of
// production and of one machine.
func TestALeakedTokenIsRevoked(t *testing.T) {
	for name, newBackend := range backends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWatched(t, newBackend(t))
			other, err := w.Issue(t.Context(), admin, org, issuer.TokenRequest{Name: "not leaked"})
			assert.NilError(t, err)
			text, unknown := w.first.Reveal(), token.New(token.NewTag()).Reveal()
			mistyped := text[:len(text)-1] + string(text[len(text)-1]^1)
			want := []verdict{
				verdictOn(unknown, "false_positive"), verdictOn(text, "true_positive"), verdictOn(mistyped, "false_positive"), verdictOn(text, "true_positive"),
			}
			for range 2 { // the second report finds nothing to do
				if diff := cmp.Diff(want, w.report(unknown, text, mistyped, text)); diff != "" {
					t.Errorf("the answer (-want +got):\n%s", diff)
				}
			}
			w.wantReason(w.first, token.ReasonRevoked)
			w.wantReason(other.Token, "")
			reports := w.reports()
			if len(reports) != 1 {
				t.Fatalf("the audit has %+v, want one report", reports)
			}
			if e := reports[0]; e.TokenID != w.first.ID() || e.Source != "content "+found || e.Caller.Subject != "github" || e.Caller.Address != "192.0.2.1" {
				t.Errorf("the audit has %+v", e)
			}
			platform(t, w.server.Handler(), "POST", "/scim/tokens/"+w.first.ID()+"/restore", "", http.StatusConflict, nil)
			w.wantReason(w.first, token.ReasonRevoked)

			if page := telemetrytest.Scrape(t, w.tel); !strings.Contains(page, `scim_token_events_total{kind="leaked"} 1`) {
				t.Error("it was not counted, or not once")
			}
			logged := w.log.String()
			if n := strings.Count(logged, `"level":"WARN"`); n != 1 || !strings.Contains(logged, `"organisation":"org-a","token_id":"`+w.first.ID()+`"`) {
				t.Errorf("%d warnings, want one with the organisation and the token's id:\n%s", n, logged)
			}
			for _, secret := range []string{text, mistyped, unknown, "github.com", "deploy.yaml"} {
				if strings.Contains(logged, secret) {
					t.Errorf("the log has %q:\n%s", secret, logged)
				}
			}
		})
	}
}

// TestWhoIsNotGitHubLearnsNothing: the answers to a live token and to none differ only in the
// request's id.
func TestWhoIsNotGitHubLearnsNothing(t *testing.T) {
	t.Parallel()
	w := newWatched(t, backends["one file"](t))
	key := w.github.Current()
	live := leaktest.Body(t, leaktest.Found{Token: w.first.Reveal(), Type: "devrev_scim_token", URL: found, Source: "content"})
	bodies := [][]byte{live, leaktest.Body(t, leaktest.Found{Token: token.New(token.NewTag()).Reveal()}), []byte(`[]`), []byte(`no report`), nil}
	var first string
	for _, body := range bodies {
		for _, headers := range [][2]string{
			{"", ""},
			{key.ID, ""},
			{key.ID, "no signature"},
			{key.ID, key.Sign(t, []byte("another body"))},
			{"invented", key.Sign(t, body)},
			{"", key.Sign(t, body)},
		} {
			answer := w.post(body, headers[0], headers[1])
			text := strings.ReplaceAll(answer.Body.String(), answer.Header().Get("X-Request-Id"), "")
			text = strings.ReplaceAll(text, answer.Header().Get("X-Trace-Id"), "")
			if first == "" {
				first = text
			}
			if answer.Code != http.StatusForbidden || text != first || !strings.Contains(text, "problem:not-signed") {
				t.Errorf("%q: %d %s", headers, answer.Code, answer.Body)
			}
		}
	}
	twice := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/leaks/github", bytes.NewReader(live))
	twice.Header["Github-Public-Key-Identifier"] = []string{key.ID}
	twice.Header["Github-Public-Key-Signature"] = []string{key.Sign(t, live), key.Sign(t, live)}
	answer := httptest.NewRecorder()
	w.server.Public().ServeHTTP(answer, twice)
	if answer.Code != http.StatusForbidden {
		t.Errorf("two signatures: %d %s", answer.Code, answer.Body)
	}
	w.wantReason(w.first, "")
	if len(w.reports()) != 0 {
		t.Error("the audit has a report")
	}
}

func TestReportsThatCannotBeTaken(t *testing.T) {
	t.Parallel()
	w := newWatched(t, backends["one file"](t))
	for _, tt := range []struct {
		rule   string
		body   string
		status int
		says   string
	}{
		{"no report", `{"token":"t"}`, http.StatusBadRequest, "malformed-body"},
		{"too many matches", "[{}" + strings.Repeat(",{}", leak.MaxMatches) + "]", http.StatusRequestEntityTooLarge, "more than 5000 matches"},
		{"too many bytes", "[" + strings.Repeat(" ", leak.MaxBody) + "]", http.StatusRequestEntityTooLarge, "larger than 2097152 bytes"},
	} {
		if answer := w.signed([]byte(tt.body)); answer.Code != tt.status || !strings.Contains(answer.Body.String(), tt.says) {
			t.Errorf("%s: %d %s", tt.rule, answer.Code, answer.Body)
		}
	}
}

func TestWithoutGitHubsKeysAReportIsToBeSentAgain(t *testing.T) {
	t.Parallel()
	w := newWatched(t, backends["one file"](t))
	w.github.Break(http.StatusBadGateway)
	body := leaktest.Body(t, leaktest.Found{Token: w.first.Reveal()})
	answer := w.signed(body)
	if answer.Code != http.StatusServiceUnavailable || answer.Header().Get("Retry-After") != "30" {
		t.Errorf("%d %v %s", answer.Code, answer.Header(), answer.Body)
	}
	w.wantReason(w.first, "")
}

// failing is a token store that cannot look the tokens of one tag up.
type failing struct {
	token.Store
	tag string
}

func (s *failing) Lookup(ctx context.Context, tag, id string) (token.Record, token.Organisation, error) {
	if tag == s.tag {
		return token.Record{}, token.Organisation{}, token.ErrUnavailable
	}
	return s.Store.Lookup(ctx, tag, id)
}

// TestATokenThatCannotBeLookedUpKeepsNoOtherAlive: the answer is that the report has to come again,
// and the others are dead by then.
func TestATokenThatCannotBeLookedUpKeepsNoOtherAlive(t *testing.T) {
	t.Parallel()
	b := backends["one file"](t)
	lost := token.New(token.NewTag())
	b.tokens = &failing{b.tokens, lost.Tag()}
	w := newWatched(t, b)
	body := leaktest.Body(t, leaktest.Found{Token: lost.Reveal()}, leaktest.Found{Token: w.first.Reveal()})
	if answer := w.signed(body); answer.Code != http.StatusServiceUnavailable || answer.Header().Get("Retry-After") == "" {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
	w.wantReason(w.first, token.ReasonRevoked)
	if n := strings.Count(w.log.String(), `"level":"WARN"`); n != 1 {
		t.Errorf("%d warnings, want one", n)
	}
}

func TestAThousandMatchesInOnePost(t *testing.T) {
	b := backends["Redis and MongoDB"](t)
	w := newWatched(t, b)
	const matches = 1000
	unknown, genuine := make([]string, matches), make([]string, matches)
	for i := range matches {
		unknown[i] = token.New(token.NewTag()).Reveal()
	}
	for i := 0; i < matches; i += token.MaxLive {
		o := token.Organisation{Tag: token.NewTag(), Enabled: true}
		o.ID = "org-" + o.Tag
		assert.NilError(t, b.tokens.PutOrganisation(t.Context(), o))
		for n := range token.MaxLive {
			each := token.New(o.Tag)
			r := token.Record{Org: o.ID, Tag: o.Tag, ID: each.ID(), Scopes: []token.Scope{token.ScopeWrite}, IssuedAt: time.Now()}
			r.Kid, r.MAC = w.keyring.Sign(o.ID, each)
			assert.NilError(t, b.tokens.Insert(t.Context(), r))
			genuine[i+n] = each.Reveal()
		}
	}
	for _, tt := range []struct {
		rule, label string
		texts       []string
	}{
		{"of unknown tokens", "false_positive", unknown},
		{"of live tokens", "true_positive", genuine},
		{"of tokens reported before", "true_positive", genuine},
	} {
		start := time.Now()
		verdicts := w.report(tt.texts...)
		redistest.Bound(t, fmt.Sprint(matches, " matches ", tt.rule), time.Since(start), 2*time.Second)
		if n := len(slices.DeleteFunc(verdicts, func(v verdict) bool { return v.Label != tt.label })); n != matches {
			t.Errorf("%s: %d of %d are %s", tt.rule, n, matches, tt.label)
		}
	}
	for _, text := range genuine {
		parsed, err := token.Parse(text)
		assert.NilError(t, err)
		w.wantReason(parsed, token.ReasonRevoked)
	}
}

// TestTheInternetReachesReportsOnly: neither listener serves the other's routes.
func TestTheInternetReachesReportsOnly(t *testing.T) {
	t.Parallel()
	b := backends["one file"](t)
	w := newWatched(t, b)
	platform(t, w.server.Handler(), "GET", "", "", http.StatusOK, nil)
	platform(t, w.server.Public(), "GET", "", "", http.StatusNotFound, nil)
	platform(t, w.server.Public(), "POST", "/scim/disable", "", http.StatusNotFound, nil)
	answer := httptest.NewRecorder()
	w.server.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/leaks/github", nil))
	if answer.Code != http.StatusNotFound {
		t.Errorf("the API takes reports: %d %s", answer.Code, answer.Body)
	}
	without, err := tokenserver.New(baseURL, tokenserver.Deps{
		Tokens: b.tokens, Organisations: b.organisations, Keyring: w.keyring, Access: accesstest.New(t).Verifier(t),
	})
	assert.NilError(t, err)
	if without.Public() != nil {
		t.Error("without keys there is a handler")
	}
}

func TestReportsWaitUntilTheStoreIsPrepared(t *testing.T) {
	t.Parallel()
	b := backends["one file"](t)
	w := newWatched(t, b)
	server, err := tokenserver.New(baseURL, tokenserver.Deps{
		Tokens: b.tokens, Organisations: b.organisations, Keyring: w.keyring, Access: accesstest.New(t).Verifier(t), LeakKeys: w.github.Keys(t, time.Now),
		Prepare: func(context.Context) error { return nil },
	})
	assert.NilError(t, err)
	w.server = server
	if answer := w.signed(leaktest.Body(t, leaktest.Found{Token: w.first.Reveal()})); answer.Code != http.StatusServiceUnavailable {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
	w.wantReason(w.first, "")
}

// TestWhoHoldsAConnectionKeepsNobodyOut: uploads that never end take no slot from GitHub's reports,
// and a request without one of GitHub's keys is refused before any of its body arrives.
func TestWhoHoldsAConnectionKeepsNobodyOut(t *testing.T) {
	t.Parallel()
	w := newWatched(t, backends["one file"](t))
	w.report() // so that the keys are known
	server := httptest.NewServer(w.server.Public())
	t.Cleanup(server.Close) // once those that hold have gone: cleanups run from the last to the first
	hold := func(keyID string) net.Conn {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
		assert.NilError(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		signature := w.github.Current().Sign(t, nil)
		_, err = fmt.Fprintf(conn, "POST /leaks/github HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n"+
			"Github-Public-Key-Identifier: %s\r\nGithub-Public-Key-Signature: %s\r\n\r\n[", keyID, signature)
		assert.NilError(t, err)
		return conn
	}
	for range 100 {
		hold(w.github.Current().ID)
	}
	for _, keyID := range []string{"", "invented"} {
		answer, err := http.ReadResponse(bufio.NewReader(hold(keyID)), nil)
		assert.NilError(t, err)
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusForbidden {
			t.Errorf("key %q: status %d, want 403 before the body came", keyID, answer.StatusCode)
		}
	}
	if got := w.report(w.first.Reveal()); len(got) != 1 || got[0].Label != "true_positive" {
		t.Errorf("GitHub's report among them: %+v", got)
	}
}
