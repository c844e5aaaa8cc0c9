package tokenserver_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/telemetry/telemetrytest"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/access/accesstest"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/mongodb/mongotest"
	"github.com/devrev/scim/services/local/embedded"
	"github.com/devrev/scim/services/token/issuer"
	"github.com/devrev/scim/services/token/orgstore"
	"github.com/devrev/scim/services/token/tokenserver"
)

const baseURL = "https://scim.example.com/scim/v2"

// backend is a pair of stores; lose empties the token store.
type backend struct {
	tokens        token.Store
	organisations issuer.Store
	prepare       func(context.Context) error
	lose          func()
}

var backends = map[string]func(t *testing.T) backend{
	"Redis and MongoDB": func(t *testing.T) backend {
		client := harness.Redis(t, redistest.Start(t).URL())
		organisations := orgstore.New(mongotest.Database(t))
		return backend{redisstore.NewAnnouncing(client, 0), organisations, organisations.Prepare, func() {
			assert.NilError(t, client.FlushAll(t.Context()).Err())
		}}
	},
	"one file": func(t *testing.T) backend {
		b := backend{organisations: open(t).Organisations()}
		other := &replaceable{open(t).Tokens()}
		b.tokens, b.lose = other, func() { other.Store = open(t).Tokens() }
		return b
	},
}

// replaceable is a token store that can be replaced by another one while it is not in use.
type replaceable struct{ token.Store }

func open(t *testing.T) *embedded.File {
	t.Helper()
	file, err := embedded.Open(filepath.Join(t.TempDir(), "scim.db"))
	assert.NilError(t, err)
	t.Cleanup(func() { _ = file.Close() })
	return file
}

func newKeyring(tb testing.TB) token.Keyring {
	tb.Helper()
	keyring, err := token.NewKeyring("k1", map[string][]byte{"k1": bytes.Repeat([]byte{7}, token.MinPepper)})
	assert.NilError(tb, err)
	return keyring
}

// platformAlone lets in the platform and no person. It opens no listener, which a bubble of
// synctest could not wait for.
func platformAlone(t *testing.T) *access.Verifier {
	t.Helper()
	v, err := access.New(access.Config{PlatformCredentials: []string{accesstest.PlatformCredential}}, access.Deps{})
	assert.NilError(t, err)
	return v
}

// platform sends a request of the platform to h and decodes the answer, which must have this
// status. A 503 is repeated where another status is wanted, since a replica may be late on a busy
// machine; an organisation may then be there already.
func platform(t *testing.T, h http.Handler, method, path, body string, status int, answer any) {
	t.Helper()
	send := func() *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, "/api/v1/organisations/org-a"+path, strings.NewReader(body))
		r.Header.Set("Authorization", accesstest.Platform())
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Forwarded-For", "198.51.100.9")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	w := send()
	for range 300 {
		if w.Code == status || w.Code != http.StatusServiceUnavailable {
			break
		}
		time.Sleep(100 * time.Millisecond)
		w = send()
		if method == http.MethodPut && status == http.StatusCreated && w.Code == http.StatusOK {
			w.Code = http.StatusCreated
		}
	}
	if w.Code != status {
		t.Fatalf("%s %s: status %d, want %d: %s", method, path, w.Code, status, w.Body)
	}
	if answer != nil {
		assert.NilError(t, json.Unmarshal(w.Body.Bytes(), answer))
	}
}

type issued struct{ ID, Token string }

// TestTheWholeLife goes from announcing to disabling on the stores of production and of one
// machine.
func TestTheWholeLife(t *testing.T) {
	for name, newBackend := range backends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, idp, keyring := newBackend(t), accesstest.New(t), newKeyring(t)
			if b.prepare != nil {
				assert.NilError(t, b.prepare(t.Context()))
			}
			server, err := tokenserver.New(baseURL, tokenserver.Deps{Tokens: b.tokens, Organisations: b.organisations, Keyring: keyring, Access: idp.Verifier(t)})
			assert.NilError(t, err)
			h := server.Handler()
			wantReason := func(i issued, want token.Reason) {
				t.Helper()
				_, err := token.NewVerifier(b.tokens, keyring, nil).Verify(t.Context(), "Bearer "+i.Token)
				refusal, refused := errors.AsType[*token.Refusal](err)
				if refused && refusal.Reason != want || !refused && (err != nil || want != "") {
					t.Errorf("verification gives %v, want %q", err, want)
				}
			}

			platform(t, h, "PUT", "", `{"sso":{"enabled":false}}`, 201, nil)
			platform(t, h, "POST", "/scim/enable", "", 409, nil)
			platform(t, h, "PUT", "", `{"sso":{"enabled":true},"userNameFormat":"any"}`, 200, nil)
			var enabled struct{ Token issued }
			platform(t, h, "POST", "/scim/enable", "", 201, &enabled)
			first, second := enabled.Token, issued{}
			platform(t, h, "POST", "/scim/tokens", `{"name":"second"}`, 201, &second)
			platform(t, h, "POST", "/scim/tokens", `{"name":"third"}`, 409, nil)
			wantReason(first, "")
			wantReason(second, "")

			platform(t, h, "DELETE", "/scim/tokens/"+first.ID, "", 204, nil)
			wantReason(first, token.ReasonRevoked)
			wantReason(second, "")

			platform(t, h, "POST", "/scim/disable", "", 200, nil)
			wantReason(second, token.ReasonSuperseded)
			platform(t, h, "POST", "/scim/enable", "", 201, &enabled)
			wantReason(second, token.ReasonSuperseded)
			wantReason(enabled.Token, "")

			var list struct{ Tokens []struct{ ID, State string } }
			platform(t, h, "GET", "/scim/tokens", "", 200, &list)
			states := map[string]string{}
			for _, each := range list.Tokens {
				states[each.ID] = each.State
			}
			if len(states) != 3 || states[first.ID] != "revoked" || states[second.ID] != "superseded" || states[enabled.Token.ID] != "live" {
				t.Errorf("the list is %v", states)
			}

			b.lose()
			ctx, stop := context.WithCancel(t.Context())
			stop()
			server.Run(ctx) // comes back at once
			wantReason(enabled.Token, token.ReasonUnknown)
			run(t, server)
			for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(5 * time.Millisecond) {
				copied, err := b.tokens.Organisation(t.Context(), "org-a")
				if err == nil && copied.Enabled && copied.Generation == 3 && copied.Settings["userNameFormat"] == "any" {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("the organisation is not back: %+v, %v", copied, err)
				}
			}
		})
	}
}

// run runs the server until the test ends.
func run(t *testing.T, s *tokenserver.Server) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { s.Run(ctx); close(done) }()
	t.Cleanup(func() { stop(); <-done })
}

func TestRunPreparesAndGoesOnUntilItSucceeds(t *testing.T) {
	keyring := newKeyring(t)
	admins := platformAlone(t)
	file := open(t)
	synctest.Test(t, func(t *testing.T) {
		counted := &counting{Store: file.Organisations()}
		var prepared atomic.Int32
		server, err := tokenserver.New(baseURL, tokenserver.Deps{
			Tokens: file.Tokens(), Organisations: counted, Keyring: keyring, Access: admins,
			Prepare: func(context.Context) error {
				if prepared.Add(1) < 3 {
					return errors.New("not there yet")
				}
				return nil
			},
		})
		assert.NilError(t, err)
		run(t, server)
		for _, tt := range []struct {
			after                 time.Duration
			prepared, revocations int32
		}{
			{0, 1, 0},
			{2 * time.Second, 2, 0},
			{2 * time.Second, 3, 1},
			{time.Minute, 3, 2},
			{time.Minute, 3, 3},
		} {
			time.Sleep(tt.after)
			synctest.Wait()
			if ready := server.Prepared().Probe(t.Context()) == nil; ready != (tt.prepared >= 3) {
				t.Errorf("after another %v: ready %v", tt.after, ready)
			}
			platform(t, server.Handler(), "GET", "", "", map[bool]int{false: 503, true: 404}[tt.prepared >= 3], nil)
			if p, r := prepared.Load(), counted.revocations.Load(); p != tt.prepared || r != tt.revocations {
				t.Errorf("after another %v: prepared %d times and reconciled %d times, want %d and %d", tt.after, p, r, tt.prepared, tt.revocations)
			}
		}
	})
}

// TestOnlyAWholeRoundIsReported: the gauge is what an operator is called by.
func TestOnlyAWholeRoundIsReported(t *testing.T) {
	admins := platformAlone(t)
	tel, _ := telemetrytest.Start(t, new(bytes.Buffer))
	file, keyring := open(t), newKeyring(t)
	synctest.Test(t, func(t *testing.T) {
		server, err := tokenserver.New(baseURL, tokenserver.Deps{
			Tokens: file.Tokens(), Organisations: file.Organisations(), Keyring: keyring, Access: admins, Telemetry: tel,
		})
		assert.NilError(t, err)
		run(t, server)
		want := func(rule string, after time.Duration, age string) {
			t.Helper()
			time.Sleep(after)
			synctest.Wait()
			if page := telemetrytest.Scrape(t, tel); !strings.Contains(page, "scim_reconcile_age_seconds "+age+"\n") {
				t.Errorf("%s: the page lacks the age %s:\n%s", rule, age, page)
			}
		}
		want("nothing is wrong", 90*time.Second, "30")
		created := file.Organisations().CreateOrganisation(t.Context(), issuer.Organisation{ID: "org-0", Version: 1, Tag: token.NewTag()})
		assert.NilError(t, errors.Join(created, file.Tokens().PutOrganisation(t.Context(), token.Organisation{ID: "org-0", Tag: token.NewTag()})))
		want("one organisation cannot be corrected", 4*time.Minute, "270")
	})
}

// counting counts how often the end of a reconciliation was reached.
type counting struct {
	issuer.Store
	revocations atomic.Int32
}

func (s *counting) Revocations(ctx context.Context, since time.Time) ([]audit.Entry, error) {
	s.revocations.Add(1)
	return s.Store.Revocations(ctx, since)
}

func TestForwardedAddressesAreBelievedOfTrustedProxiesOnly(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule, want string
		proxies    []string
	}{
		{"of no proxy by default", "192.0.2.1", nil},
		{"not of others", "192.0.2.1", []string{"10.0.0.0/8"}},
		{"of a trusted proxy", "198.51.100.9", []string{"192.0.2.0/24"}},
	} {
		file := open(t)
		server, err := tokenserver.New(baseURL, tokenserver.Deps{
			Tokens: file.Tokens(), Organisations: file.Organisations(), Keyring: newKeyring(t), Access: accesstest.New(t).Verifier(t),
			TrustedProxies: tt.proxies,
		})
		assert.NilError(t, err)
		platform(t, server.Handler(), "PUT", "", `{"sso":{"enabled":true}}`, 201, nil) // httptest's client is 192.0.2.1
		entries, err := file.Organisations().ReadAudit(t.Context(), "org-a", audit.Query{Limit: 1})
		if err != nil || len(entries) != 1 || entries[0].Caller.Address != tt.want {
			t.Errorf("%s: the audit has %+v, %v; want the address %s", tt.rule, entries, err, tt.want)
		}
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	file, admins := open(t), accesstest.New(t).Verifier(t)
	good := tokenserver.Deps{Tokens: file.Tokens(), Organisations: file.Organisations(), Keyring: newKeyring(t), Access: admins}
	for rule, spoil := range map[string]func(*tokenserver.Deps) string{
		"no tokens":               func(d *tokenserver.Deps) string { d.Tokens = nil; return baseURL },
		"no organisations":        func(d *tokenserver.Deps) string { d.Organisations = nil; return baseURL },
		"no keyring":              func(d *tokenserver.Deps) string { d.Keyring = token.Keyring{}; return baseURL },
		"no access":               func(d *tokenserver.Deps) string { d.Access = nil; return baseURL },
		"a proxy that is a name":  func(d *tokenserver.Deps) string { d.TrustedProxies = []string{"proxy"}; return baseURL },
		"a relative base URL":     func(*tokenserver.Deps) string { return "/scim/v2" },
		"a base URL with a query": func(*tokenserver.Deps) string { return baseURL + "?org=a" },
	} {
		d := good
		if _, err := tokenserver.New(spoil(&d), d); err == nil {
			t.Errorf("%s: no error", rule)
		}
	}
}

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}
