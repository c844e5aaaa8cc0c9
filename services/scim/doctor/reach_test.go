package doctor_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/ratelimit"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/doctor"
	"github.com/devrev/scim/services/scim/guard"
	"github.com/devrev/scim/services/scim/limits"
	"github.com/devrev/scim/services/scim/scimhttp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// protocol is the protocol before which nobody's token is accepted.
func protocol(t *testing.T) http.Handler {
	t.Helper()
	engine := web.NewEngine(web.Config{Name: "scim", WriteError: scimhttp.WriteError, Public: true})
	err := scimhttp.Register(engine, scimhttp.Deps{
		Users: directory.NewUsers(nil, time.Now), Groups: directory.NewGroups(nil, time.Now), Activity: activity.NewLog(nil, nil),
		Allow: func(context.Context, token.Principal, ratelimit.Cost) (time.Duration, bool) { return 0, true }, RecordUsage: func(token.Request) {},
		Organisation: func(token.Principal) (directory.Organisation, error) { return directory.Organisation{}, nil }, BaseURL: "https://scim.example.com/scim/v2",
		Verify: func(context.Context, string, string) (token.Principal, error) {
			return token.Principal{}, &token.Refusal{Reason: token.ReasonMalformed}
		},
		TurnedAway: func(scimhttp.TurnedAway) {}, Admit: func(context.Context, directory.Organisation, string, activity.Request, guard.Wish) error { return nil },
		Changed: func(context.Context, directory.Organisation, string, activity.Request, *directory.Change) error {
			return nil
		}, Metrics: telemetry.Off().Metrics(), CursorKey: make([]byte, 32), Capacity: limits.Default(),
	})
	assert.NilError(t, err)
	return web.Normalise(engine)
}

// TestReachNamesWhatIsInTheWay puts proxies before the protocol that do what proxies do, and looks
// at it from outside.
func TestReachNamesWhatIsInTheWay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule   string
		proxy  func(w http.ResponseWriter, r *http.Request) bool // reports whether it has answered
		failed string                                            // the first check that fails
		says   string
	}{
		{"nothing is in the way", func(http.ResponseWriter, *http.Request) bool { return false }, "", "nothing on the way"},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "https://www.example.com"+r.URL.Path, http.StatusMovedPermanently)
			return true
		}, "redirect", "redirect (301)"},
		{"error pages of its own", func(w http.ResponseWriter, _ *http.Request) bool {
			http.Error(w, "<html>", http.StatusUnauthorized)
			return true
		}, "answer", "not DevRev"},
		{"Authorization without a scheme is dropped", func(_ http.ResponseWriter, r *http.Request) bool {
			if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
				r.Header.Del("Authorization")
			}
			return false
		}, "authorization", "Authorization does not arrive"},
		{"the query is dropped", func(_ http.ResponseWriter, r *http.Request) bool {
			r.URL.RawQuery = ""
			return false
		}, "query", "query does not arrive"},
		{"a plus in the query is escaped", func(_ http.ResponseWriter, r *http.Request) bool {
			r.URL.RawQuery = strings.ReplaceAll(r.URL.RawQuery, "+", "%2B")
			return false
		}, "query", "query does not arrive"},
		{"PATCH is blocked", func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPatch {
				http.Error(w, "", http.StatusMethodNotAllowed)
			}
			return r.Method == http.MethodPatch
		}, "patch", "no user can be deactivated"},
		{"bodies are limited", func(w http.ResponseWriter, r *http.Request) bool {
			large := r.ContentLength > 512<<10
			if large {
				_, _ = io.Copy(io.Discard, r.Body)
				http.Error(w, "", http.StatusRequestEntityTooLarge)
			}
			return large
		}, "body", "1 MiB is not let through"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			handler := protocol(t)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !c.proxy(w, r) {
					handler.ServeHTTP(w, r)
				}
			}))
			t.Cleanup(server.Close)
			got := reach(t, server.URL+scimhttp.Prefix)
			if got.Reached != (c.failed == "") || !strings.Contains(got.Sentence, c.says) {
				t.Errorf("it came to %+v", got)
			}
			for _, check := range got.Checks {
				if check.State == doctor.Failed {
					if check.ID != c.failed || check.Remedy == "" {
						t.Errorf("the first to fail is %+v, want %s", check, c.failed)
					}
					break
				}
			}
		})
	}
}

// TestReachLooksAtTheCertificate: one that nobody vouches for is named.
func TestReachLooksAtTheCertificate(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(protocol(t))
	server.Config.ErrorLog = nil
	server.StartTLS()
	t.Cleanup(server.Close)
	got := reach(t, server.URL+scimhttp.Prefix)
	last := got.Checks[len(got.Checks)-1]
	if got.Reached || last.ID != "tls" || last.State != doctor.Failed || !strings.Contains(last.Sentence, "certificate is not valid") {
		t.Errorf("it came to %+v", got)
	}
}

// TestReachNamesAHostThatIsNotThere: without an address, and without a listener.
func TestReachNamesAHostThatIsNotThere(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	for url, check := range map[string]string{"http://nowhere.invalid/scim/v2": "dns", closed.URL + "/scim/v2": "connection"} {
		got := reach(t, url)
		if last := got.Checks[len(got.Checks)-1]; got.Reached || last.ID != check || last.State != doctor.Failed {
			t.Errorf("%s came to %+v, want %s to fail", url, got, check)
		}
	}
}

// TestReachIsOnceAMinute for each organisation.
func TestReachIsOnceAMinute(t *testing.T) {
	t.Parallel()
	now := time.Now()
	d := newDoctor(t, func(d *doctor.Deps) { d.Now = func() time.Time { return now } })
	for _, c := range []struct {
		org   directory.Tenant
		later time.Duration
		early bool
	}{{"acme", 0, false}, {"acme", 59 * time.Second, true}, {"other", 0, false}, {"acme", 2 * time.Second, false}} {
		now = now.Add(c.later)
		_, err := d.Reach(t.Context(), directory.Organisation{Tenant: c.org})
		if early, ok := errors.AsType[*doctor.Early](err); ok != c.early || ok && early.Wait != time.Second {
			t.Errorf("%s %s later: %v", c.org, c.later, err)
		}
	}
}

func reach(t *testing.T, baseURL string) doctor.Reach {
	t.Helper()
	got, err := newDoctor(t, func(d *doctor.Deps) { d.BaseURL = baseURL }).Reach(t.Context(), directory.Organisation{Tenant: "acme"})
	assert.NilError(t, err)
	return got
}
