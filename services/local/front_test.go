package local_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/ratelimit"
	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/local"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/doctor"
	"github.com/devrev/scim/services/scim/drift"
	"github.com/devrev/scim/services/scim/erasure"
	"github.com/devrev/scim/services/scim/guard"
	"github.com/devrev/scim/services/scim/history"
	"github.com/devrev/scim/services/scim/limits"
	"github.com/devrev/scim/services/scim/orghttp"
	"github.com/devrev/scim/services/scim/scimhttp"
	"github.com/devrev/scim/services/scim/undo"
	"github.com/devrev/scim/services/token/issuer"
	"github.com/devrev/scim/services/token/tokenhttp"
)

// TestEachRouteReachesItsService: the routing by path covers every route of the services.
func TestEachRouteReachesItsService(t *testing.T) {
	t.Parallel()
	reached := ""
	service := func(name string) http.Handler {
		return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = name })
	}
	front := local.Front{Tokend: service("tokens"), API: service("api"), Protocol: service("protocol")}
	parameter := regexp.MustCompile(`:\w+`)
	verify := func(context.Context, string) (access.Actor, error) { return access.Actor{}, nil }
	metrics := telemetry.Off().Metrics()
	for name, register := range map[string]func(*gin.Engine) error{
		"tokens": func(r *gin.Engine) error {
			return tokenhttp.Register(r, tokenhttp.Deps{Issuer: &issuer.Issuer{}, Verify: verify, SCIMBaseURL: "https://scim.example.com", Metrics: metrics})
		},
		"api": func(r *gin.Engine) error {
			return orghttp.Register(r, orghttp.Deps{
				Doctor: &doctor.Doctor{}, Guard: &guard.Watch{}, Undo: &undo.Undo{}, Drift: drift.NewReport(&directory.Users{}, &directory.Groups{}, struct{ drift.Holds }{}),
				Users: &directory.Users{}, Groups: &directory.Groups{}, Activity: &activity.Log{}, Events: &history.Feed{}, Verify: verify, Audit: struct{ audit.Book }{}, People: erasure.People{Users: &directory.Users{}},
				Organisation: func(context.Context, string) (directory.Organisation, error) { return directory.Organisation{}, nil },
			})
		},
		"protocol": func(r *gin.Engine) error {
			return scimhttp.Register(r, scimhttp.Deps{
				Users: &directory.Users{}, Groups: &directory.Groups{}, Activity: &activity.Log{}, Metrics: metrics,
				Verify:      func(context.Context, string, string) (token.Principal, error) { return token.Principal{}, nil },
				Allow:       func(context.Context, token.Principal, ratelimit.Cost) (time.Duration, bool) { return 0, true },
				RecordUsage: func(token.Request) {},
				TurnedAway:  func(scimhttp.TurnedAway) {},
				Admit:       func(context.Context, directory.Organisation, string, activity.Request, guard.Wish) error { return nil },
				Changed: func(context.Context, directory.Organisation, string, activity.Request, *directory.Change) error {
					return nil
				},
				Organisation: func(token.Principal) (directory.Organisation, error) { return directory.Organisation{}, nil },
				BaseURL:      "https://scim.example.com", CursorKey: make([]byte, 32), Capacity: limits.Default(),
			})
		},
	} {
		engine := gin.New()
		assert.NilError(t, register(engine))
		for _, route := range engine.Routes() {
			path := parameter.ReplaceAllString(route.Path, "scim")
			front.ServeHTTP(nil, httptest.NewRequest(route.Method, path, nil))
			if reached != name {
				t.Errorf("%s %s reaches %s, want %s", route.Method, path, reached, name)
			}
		}
	}
}

// TestBrowsersAreLedToTheConsole: browsers are redirected to the console, and no other client is
// redirected.
func TestBrowsersAreLedToTheConsole(t *testing.T) {
	t.Parallel()
	service := func(name string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Reached", name) })
	}
	front := local.Front{
		Tokend: service("tokens"), API: service("api"), Protocol: service("protocol"), Console: service("console"), Issuer: service("issuer"),
		Host: "127.0.0.1:8080",
	}
	for _, tt := range []struct {
		rule, method, address, accept string
		reached, location             string
	}{
		{"a browser at the root", "GET", "http://127.0.0.1:8080/", "text/html,*/*", "", "/console/"},
		{"a program at the root", "GET", "http://127.0.0.1:8080/", "*/*", "protocol", ""},
		{"the console", "GET", "http://127.0.0.1:8080/console/", "text/html", "console", ""},
		{"another name of this machine", "GET", "http://localhost:8080/console/o/demo/users?q=a", "text/html", "", "http://127.0.0.1:8080/console/o/demo/users?q=a"},
		{"a form under another name of this machine", "POST", "http://localhost:8080/console/logout", "text/html", "console", ""},
		{"a tunnel", "GET", "http://tunnel.example.com/console/", "text/html", "console", ""},
		{"the issuer", "GET", "http://127.0.0.1:8080/issuer/jwks", "*/*", "issuer", ""},
		{"a path that only begins as the console's", "GET", "http://127.0.0.1:8080/consoles", "text/html", "protocol", ""},
		{"a browser at the API", "GET", "http://127.0.0.1:8080/api/v1/organisations/demo/users", "text/html", "api", ""},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(tt.method, tt.address, nil)
			r.Header.Set("Accept", tt.accept)
			w := httptest.NewRecorder()
			front.ServeHTTP(w, r)
			if got := w.Header().Get("Reached"); got != tt.reached {
				t.Errorf("reaches %q, want %q", got, tt.reached)
			}
			if got := w.Header().Get("Location"); got != tt.location {
				t.Errorf("is led to %q, want %q", got, tt.location)
			}
		})
	}
}

func TestABrowserReachesWhatListensOnThisMachine(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		"127.0.0.1:8080": "127.0.0.1:8080", "[::1]:8080": "[::1]:8080", "0.0.0.0:8080": "127.0.0.1:8080", "[::]:8080": "127.0.0.1:8080",
		"192.0.2.1:8080": "", "nowhere": "",
	} {
		if got := local.BrowserHost(addr); got != want {
			t.Errorf("%s is reached at %q, want %q", addr, got, want)
		}
	}
}
