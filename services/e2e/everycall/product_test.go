package everycall

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/access/accesstest"
	"github.com/devrev/scim/services/internal/auditstore"
	"github.com/devrev/scim/services/internal/mongodb/mongotest"
	"github.com/devrev/scim/services/local/embedded"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/generation"
	"github.com/devrev/scim/services/scim/history/historytest"
	"github.com/devrev/scim/services/scim/mongostore"
	"github.com/devrev/scim/services/scim/scimserver"
	"github.com/devrev/scim/services/token/orgstore"
	"github.com/devrev/scim/services/token/tokenserver"
)

const baseURL = "https://scim.example.com/scim/v2"

// product is both services on one pair of stores, whose calls may fail.
type product struct {
	*faults
	http.Handler
	tend func(context.Context) error // finishes what is half done, and stores what waits
}

// products are the two wirings, by name.
var products = map[string]func(*testing.T) *product{
	"embedded": func(t *testing.T) *product {
		t.Helper()
		file, err := embedded.Open(filepath.Join(t.TempDir(), "scim.db"))
		must(t, err)
		t.Cleanup(func() { must(t, file.Close()) })
		return assemble(t, file.Directory(), file.Activity(),
			tokenserver.Deps{Tokens: file.Tokens(), Organisations: file.Organisations()},
			scimserver.Deps{Audit: file.Organisations(), Departures: file.Departures(), Tenants: file.Tenants()})
	},
	"production": func(t *testing.T) *product {
		t.Helper()
		options, err := redisstore.Options(redistest.Start(t).URL())
		must(t, err)
		client := redis.NewClient(options)
		t.Cleanup(func() { must(t, client.Close()) })
		db := mongotest.Database(t)
		organisations, users, lines := orgstore.New(db), mongostore.New(db), mongostore.NewActivity(db)
		for _, prepare := range []func(context.Context) error{organisations.Prepare, users.Prepare, lines.Prepare} {
			must(t, prepare(t.Context()))
		}
		return assemble(t, users, lines,
			tokenserver.Deps{Tokens: redisstore.NewAnnouncing(client, 0), Organisations: organisations},
			scimserver.Deps{Audit: auditstore.New(db), Departures: generation.NewDepartures(db), Tenants: mongostore.NewTenants(db)})
	},
}

func assemble(t *testing.T, store historytest.Store, told activity.Store, tokend tokenserver.Deps, scimd scimserver.Deps) *product {
	t.Helper()
	p := &product{faults: new(faults)}
	scimd.Directory, scimd.History, scimd.Activity = users{store, p.faults}, store, lines{told, p.faults}
	scimd.Audit, scimd.Tokens = appender{scimd.Audit, p.faults}, tokens{tokend.Tokens, p.faults}
	tokend.Tokens, tokend.Organisations = tokens{tokend.Tokens, p.faults}, organisations{tokend.Organisations, p.faults}
	handler, serves := harness.Assemble(t, baseURL, accesstest.New(t), tokend, scimd)
	p.Handler, p.tend = handler, serves.Tend
	return p
}

// answer is what a request was answered with.
type answer struct {
	status int
	header http.Header
	body   string
}

// object returns the body as a JSON object, nil if it is none.
func (a answer) object() map[string]any {
	var o map[string]any
	_ = json.Unmarshal([]byte(a.body), &o) // then it stays nil
	return o
}

func (a answer) text(member string) string {
	s, _ := a.object()[member].(string)
	return s
}

func (p *product) send(t *testing.T, authorization, method, path, body string) answer {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Authorization", authorization)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.String()}
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
