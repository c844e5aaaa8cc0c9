package scimhttp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/ratelimit"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/local/embedded/embeddedtest"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/guard"
	"github.com/devrev/scim/services/scim/limits"
	"github.com/devrev/scim/services/scim/scimhttp"
)

// Tokens of the tests: the scope of reading alone, and that of all.
const (
	reader = "Bearer reader"
	writer = "Bearer writer"
)

// deployment is the protocol over an embedded store, for one organisation whose terms a test may
// change.
type deployment struct {
	*embeddedtest.World
	handler  http.Handler
	activity *store
	mu       sync.Mutex    // of cost, used and away
	wait     time.Duration // until one more request of the organisation passes
	asked    int           // how many slots one may have taken before it has to wait
	cost     int           // of all requests so far
	used     []token.Request
	away     []scimhttp.TurnedAway
	admit    func(guard.Wish) error // nil: the guard holds nothing
}

// store is an activity.Store that a test can break.
type store struct {
	activity.Store
	broken bool
}

func (s *store) Record(ctx context.Context, t directory.Tenant, e activity.Entry, moved []activity.Moved) error {
	if s.broken {
		return directory.ErrUnavailable
	}
	return s.Store.Record(ctx, t, e, moved)
}

func newDeployment(t *testing.T) *deployment {
	t.Helper()
	return newMeasuredDeployment(t, telemetry.Off().Metrics())
}

func newMeasuredDeployment(t *testing.T, metrics *telemetry.Metrics) *deployment {
	t.Helper()
	d := &deployment{World: embeddedtest.NewWorld(t)}
	d.activity = &store{Store: d.Activity}
	d.Log = activity.NewLog(d.activity, []byte(embeddedtest.NameKey))
	engine := web.NewEngine(web.Config{Name: "scim", WriteError: scimhttp.WriteError, Public: true})
	err := scimhttp.Register(engine, scimhttp.Deps{
		Users: d.Users, Groups: d.Groups,
		Activity: d.Log,
		Verify:   verify,
		Allow: func(_ context.Context, _ token.Principal, cost ratelimit.Cost) (time.Duration, bool) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.cost += cost.Slots
			if cost.Paid < d.asked {
				return 0, true
			}
			return d.wait, d.wait == 0
		},
		RecordUsage: func(r token.Request) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.used = append(d.used, r)
		},
		Admit: func(_ context.Context, _ directory.Organisation, _ string, _ activity.Request, w guard.Wish) error {
			if d.admit == nil {
				return nil
			}
			return d.admit(w)
		},
		Changed: func(context.Context, directory.Organisation, string, activity.Request, *directory.Change) error {
			return nil
		},
		TurnedAway: func(t scimhttp.TurnedAway) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.away = append(d.away, t)
		},
		Organisation: func(p token.Principal) (directory.Organisation, error) {
			if p.TokenID == "p" {
				panic("a fault of ours")
			}
			return d.Org, nil
		},
		BaseURL:   "https://scim.example.com/scim/v2",
		Metrics:   metrics,
		CursorKey: make([]byte, 32),
		Capacity:  limits.Default(),
	})
	assert.NilError(t, err)
	d.handler = web.Normalise(engine)
	return d
}

func verify(_ context.Context, _, authorization string) (token.Principal, error) {
	switch authorization {
	case writer:
		return token.Principal{Org: "acme", TokenID: "w", Scopes: []token.Scope{token.ScopeWrite}}, nil
	case reader:
		return token.Principal{Org: "acme", TokenID: "r", Scopes: []token.Scope{token.ScopeRead}}, nil
	case "":
		return token.Principal{}, &token.Refusal{Reason: token.ReasonMissing}
	case "guessed":
		return token.Principal{}, &token.Throttled{TokenID: "g", RetryAfter: 2400 * time.Millisecond}
	case "Bearer panics":
		return token.Principal{Org: "acme", TokenID: "p"}, nil
	case "Bearer revoked", "Bearer expired", "Bearer superseded", "Bearer disabled", "Bearer wrong_secret":
		reason := token.Reason(strings.TrimPrefix(authorization, "Bearer "))
		return token.Principal{}, &token.Refusal{Reason: reason, Tag: "tag", TokenID: "d", Org: "acme"}
	case "hung":
		return token.Principal{}, token.ErrUnavailable
	default:
		return token.Principal{}, &token.Refusal{Reason: token.ReasonUnknown}
	}
}

// answer is an answer with its body as JSON.
type answer struct {
	*httptest.ResponseRecorder
	body map[string]any
}

// send sends a request as the writer; a header line "Name: value" replaces its own.
func (d *deployment) send(method, path, body string, headers ...string) answer {
	d.Helper()
	req := httptest.NewRequestWithContext(d.Context(), method, "/scim/v2"+path, strings.NewReader(body))
	req.Header.Set("Authorization", writer)
	if body != "" {
		req.Header.Set("Content-Type", "application/scim+json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	a := answer{ResponseRecorder: httptest.NewRecorder()}
	d.handler.ServeHTTP(a, req)
	if a.Body.Len() > 0 {
		if err := json.NewDecoder(bytes.NewReader(a.Body.Bytes())).Decode(&a.body); err != nil {
			d.Fatalf("%s %s was answered with %q: %v", method, path, a.Body, err)
		}
	}
	return a
}

// TestOneHeaderAuthorization: of two, a proxy between the client and us could have checked
// the other.
func TestOneHeaderAuthorization(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	req := httptest.NewRequestWithContext(t.Context(), "GET", "/scim/v2/Users", nil)
	req.Header["Authorization"] = []string{writer, writer}
	a := httptest.NewRecorder()
	d.handler.ServeHTTP(a, req)
	if a.Code != http.StatusUnauthorized || !strings.Contains(a.Body.String(), "more than one header Authorization") {
		t.Errorf("got %d %s", a.Code, a.Body)
	}
}

// must is send for what must be answered with a status.
func (d *deployment) must(status int, method, path, body string, headers ...string) answer {
	d.Helper()
	a := d.send(method, path, body, headers...)
	if a.Code != status {
		d.Fatalf("%s %s was answered with %d, want %d: %s", method, path, a.Code, status, a.Body)
	}
	return a
}

// user creates a user and returns its id.
func (d *deployment) user(name string) string {
	d.Helper()
	a := d.must(201, "POST", "/Users", fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":%q}`, name))
	return a.text("id")
}

func (a answer) text(name string) string {
	s, _ := a.body[name].(string)
	return s
}

func (a answer) number(name string) int {
	n, _ := a.body[name].(float64)
	return int(n)
}

// ids returns the ids of the listed resources.
func (a answer) ids() []string {
	list, _ := a.body["Resources"].([]any)
	ids := make([]string, len(list))
	for i, r := range list {
		ids[i], _ = r.(map[string]any)["id"].(string)
	}
	return ids
}
