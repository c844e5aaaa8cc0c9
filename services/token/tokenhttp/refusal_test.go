package tokenhttp_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/access/accesstest"
	"github.com/devrev/scim/services/internal/audit"
)

func TestRequestsThatCannotBeUnderstood(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.organisation("org-a")
	const org, tokens, enable = "/api/v1/organisations/org-a", "/api/v1/organisations/org-a/scim/tokens", "/api/v1/organisations/org-a/scim/enable"
	for _, tt := range []struct {
		rule, method, path, body string
		status                   int
		name, says               string
	}{
		{"an unknown path", "GET", "/api/v1/organizations/org-a", "", 404, "not-found", ""},
		{"a path below a token", "GET", tokens + "/a/b", "", 404, "not-found", ""},
		{"a method that the path has not", "PATCH", org, "{}", 405, "method-not-allowed", ""},
		{"a body that is not JSON", "PUT", org, `sso=on`, 400, "malformed-body", "is not JSON"},
		{"a body that ends early", "PUT", org, `{"sso":{"enabled":true}`, 400, "malformed-body", "is not JSON"},
		{"no body", "PUT", org, ``, 400, "malformed-body", "is not JSON"},
		{"two objects", "PUT", org, `{"sso":{"enabled":true}}{}`, 400, "malformed-body", "more in the body"},
		{"an array", "PUT", org, `[]`, 400, "malformed-body", "must be a JSON object, not array"},
		{"null", "PUT", org, `null`, 400, "invalid-value", "sso.enabled"},
		{"an unknown member", "PUT", org, `{"sso":{"enabled":true},"scim":true}`, 400, "malformed-body", `no member \"scim\"`},
		{"an unknown member deeper down", "PUT", org, `{"sso":{"enabled":true,"on":true}}`, 400, "malformed-body", `no member \"on\"`},
		{"a long unknown member is cut", "PUT", org, `{"` + strings.Repeat("x", 1000) + `":1}`, 400, "malformed-body", strings.Repeat("x", 63) + `\" in`},
		{"a member in capitals", "PUT", org, `{"SSO":{"enabled":true}}`, 400, "malformed-body", `no member \"SSO\"`},
		{"a member twice", "PUT", org, `{"sso":{"enabled":false},"sso":{"enabled":true}}`, 400, "malformed-body", `\"sso\" is in the body more than once`},
		{"a body that is not UTF-8", "PUT", org, "{\"sso\":{\"enabled\":true,\"connection\":\"\xff\"}}", 400, "malformed-body", "is not UTF-8"},
		{"an organisation's id of dots alone", "PUT", "/api/v1/organisations/%2E%2E", `{"sso":{"enabled":true}}`, 400, "invalid-value", "dots alone"},
		{"an unknown parameter", "GET", org + "?limit=1", ``, 400, "malformed-request", `no query parameter \"limit\"`},
		{"a wrong escape in the query", "GET", org + "?a=%", ``, 400, "malformed-request", "two hexadecimal digits"},
		{"a member of another type", "PUT", org, `{"sso":{"enabled":"yes"}}`, 400, "malformed-body", "sso.enabled must not be a JSON string"},
		{"a member that must be there", "PUT", org, `{"sso":{}}`, 400, "invalid-value", "sso.enabled of the body must be true or false"},
		{"a value that is not known", "PUT", org, `{"sso":{"enabled":true},"userNameFormat":"phone"}`, 400, "invalid-value", "userNameFormat of the body must be"},
		{"a body of 65 KiB", "PUT", org, strings.Repeat(" ", 65<<10), 413, "too-large", "65536 bytes"},
		{"an organisation's id that cannot be", "PUT", "/api/v1/organisations/org%20a", `{"sso":{"enabled":true}}`, 400, "invalid-value", "id in the path"},
		{"an organisation's id with a slash", "GET", "/api/v1/organisations/org%2Fa/scim", "", 400, "invalid-value", "id in the path"},
		{"an organisation's id of 65 characters", "GET", "/api/v1/organisations/" + strings.Repeat("a", 65), "", 400, "invalid-value", "id in the path"},
		{"a wish about the first token", "POST", enable, `{"expiresAt":"2030-01-31T12:00:00Z"}`, 400, "malformed-body", `no member \"expiresAt\"`},
		{"a token without a name", "POST", tokens, `{}`, 400, "invalid-value", "name of the body must have 1 to 100"},
		{"a scope that is not known", "POST", tokens, `{"name":"okta","scopes":["scim:admin"]}`, 400, "invalid-value", "scim:read"},
		{"an expiry that is not a time", "POST", tokens, `{"name":"okta","expiresAt":"tomorrow"}`, 400, "malformed-body", "must be a time such as"},
		{"a rotation of nothing", "POST", tokens + "/rotate", `{"overlapHours":24}`, 400, "invalid-value", "current of the body must be the id"},
		{"an overlap below 0", "POST", tokens + "/rotate", `{"current":"0123456789ab","overlapHours":-1}`, 400, "invalid-value", "overlapHours of the body must be 0 to 168"},
		{"an overlap of more than 7 days", "POST", tokens + "/rotate", `{"current":"0123456789ab","overlapHours":169}`, 400, "invalid-value", "0 to 168"},
		{"an overlap that no clock can count", "POST", tokens + "/rotate", `{"current":"0123456789ab","overlapHours":5124095576030432}`, 400, "invalid-value", "0 to 168"},
		{"an overlap of half an hour", "POST", tokens + "/rotate", `{"current":"0123456789ab","overlapHours":0.5}`, 400, "malformed-body", "overlapHours must not be a JSON number 0.5"},
		{"cancelling nothing", "POST", tokens + "/rotate/cancel", `{}`, 400, "invalid-value", "current of the body must be the id"},
		{"a wish about an end", "POST", tokens + "/0123456789ab/end", `{"at":"tomorrow"}`, 400, "malformed-body", `no member \"at\"`},
		{"an expiry in the past", "POST", tokens, `{"name":"okta","expiresAt":"2020-01-31T12:00:00Z"}`, 400, "invalid-value", "in the future"},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			r := a.platform(tt.method, tt.path, tt.body)
			r.t = t
			r.wantProblem(tt.status, tt.name)
			if !strings.Contains(r.body, tt.says) {
				t.Errorf("%s: got %s, which does not contain %q", tt.rule, r.body, tt.says)
			}
		})
	}
	if got := a.platform("PATCH", org, "").header.Get("Allow"); !strings.Contains(got, "GET") || !strings.Contains(got, "PUT") {
		t.Errorf("405 allows %q", got)
	}
}

func TestTheBodyMustBeJSONByName(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.organisation("org-a")
	const path, body = "/api/v1/organisations/org-a", `{"sso":{"enabled":true}}`
	for contentType, status := range map[string]int{
		"":                                  415,
		"text/plain":                        415,
		"application/x-www-form-urlencoded": 415,
		"application/jsonp":                 415,
		"application/json; charset=utf-8":   200,
		"Application/JSON":                  200,
	} {
		r := a.send("PUT", path, body, map[string]string{"Authorization": accesstest.Platform(), "Content-Type": contentType})
		if r.status != status {
			t.Errorf("Content-Type %q: status %d, want %d", contentType, r.status, status)
		}
		if status == 415 {
			r.wantProblem(415, "unsupported-media-type")
		}
	}
}

// TestWhoMayDoWhat calls every route in every role. A route without a line here fails it.
func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.organisation("org-a")
	a.organisation("org-b")
	type who int
	const (
		reads    who = iota // an auditor too
		manages             // an admin
		platform            // the platform alone
	)
	routes := map[string]who{
		"GET /api/v1/notices":                                        platform,
		"GET /api/v1/organisations":                                  platform,
		"PATCH /api/v1/organisations/:org/scim/settings":             manages,
		"PATCH /api/v1/organisations/:org/scim/tokens/:token":        manages,
		"GET /api/v1/organisations/:org":                             reads,
		"PUT /api/v1/organisations/:org":                             platform,
		"DELETE /api/v1/organisations/:org":                          platform,
		"GET /api/v1/organisations/:org/scim":                        reads,
		"GET /api/v1/organisations/:org/scim/settings":               reads,
		"PUT /api/v1/organisations/:org/scim/settings":               manages,
		"POST /api/v1/organisations/:org/scim/enable":                manages,
		"POST /api/v1/organisations/:org/scim/disable":               manages,
		"GET /api/v1/organisations/:org/scim/audit":                  reads,
		"GET /api/v1/organisations/:org/scim/audit/verify":           reads,
		"GET /api/v1/organisations/:org/scim/tokens":                 reads,
		"POST /api/v1/organisations/:org/scim/tokens":                manages,
		"GET /api/v1/organisations/:org/scim/tokens/:token":          reads,
		"DELETE /api/v1/organisations/:org/scim/tokens/:token":       manages,
		"POST /api/v1/organisations/:org/scim/tokens/rotate":         manages,
		"POST /api/v1/organisations/:org/scim/tokens/rotate/cancel":  manages,
		"POST /api/v1/organisations/:org/scim/tokens/:token/end":     manages,
		"POST /api/v1/organisations/:org/scim/tokens/:token/restore": manages,
	}
	for _, route := range a.engine.Routes() {
		needed, known := routes[route.Method+" "+route.Path]
		if !known {
			t.Errorf("%s %s has no line in this test", route.Method, route.Path)
			continue
		}
		at := func(org, authorization string) answer {
			path := strings.NewReplacer(":org", org, ":token", "0123456789ab").Replace(route.Path)
			return a.as(authorization, route.Method, path, "")
		}
		t.Run(route.Method+" "+route.Path, func(t *testing.T) {
			for _, tt := range []struct {
				rule, authorization string
				may                 bool
			}{
				{"an auditor", a.idp.Person(t, "org-a", access.Auditor), needed == reads},
				{"an admin", a.idp.Person(t, "org-a", access.ScimAdmin), needed != platform},
				{"the platform", accesstest.Platform(), true},
				{"a person without a role", a.idp.Person(t, "org-a"), false},
				{"a person with other roles", a.idp.Person(t, "org-a", "admin", "SCIM-ADMIN"), false},
			} {
				r := at("org-a", tt.authorization)
				r.t = t
				switch {
				case tt.may && (r.status == 401 || r.status == 403):
					t.Errorf("%s may, but got %d: %s", tt.rule, r.status, r.body)
				case !tt.may:
					r.wantProblem(403, "forbidden")
				}
			}
			for _, authorization := range []string{"", "Basic YTpi", "Bearer wrong", a.idp.Person(t, "") /* of no organisation */} {
				r := at("org-a", authorization)
				r.t = t
				r.wantProblem(401, "unauthenticated")
				if r.header.Get("WWW-Authenticate") == "" {
					t.Error("401 without WWW-Authenticate")
				}
			}

			stranger := a.idp.Person(t, "org-a", access.ScimAdmin, access.Auditor)
			if !strings.Contains(route.Path, ":org") {
				return
			}
			foreign, unknown := at("org-b", stranger), at("no-such-organisation", stranger)
			foreign.t = t
			foreign.wantProblem(403, "forbidden")
			if foreign.same() != unknown.same() || foreign.status != unknown.status {
				t.Errorf("another organisation differs from one that does not exist:\n%s\n%s", foreign.body, unknown.body)
			}
		})
	}
}

func TestATokenOfAnotherOrganisationIsUnknown(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.organisation("org-a")
	a.organisation("org-b")
	a.enable("org-a")
	theirs := a.enable("org-b")
	const tokens = "/api/v1/organisations/org-a/scim/tokens"
	for _, tt := range []struct {
		method, path, body string
		status             int
		name               string
	}{
		{"GET", tokens + "/ID", "", 404, "token-unknown"},
		{"DELETE", tokens + "/ID", "", 404, "token-unknown"},
		{"POST", tokens + "/ID/end", "", 404, "token-unknown"},
		{"POST", tokens + "/ID/restore", "", 404, "token-unknown"},
		{"POST", tokens + "/rotate/cancel", `{"current":"ID"}`, 404, "token-unknown"},
		{"POST", tokens + "/rotate", `{"current":"ID","force":true}`, 409, "not-current"},
	} {
		ask := func(id string) answer {
			r := a.admin("org-a", tt.method, strings.ReplaceAll(tt.path, "ID", id), strings.ReplaceAll(tt.body, "ID", id))
			return r.wantProblem(tt.status, tt.name)
		}
		if foreign, unknown := ask(theirs.ID), ask("000000000000"); foreign.same() != unknown.same() {
			t.Errorf("%s %s: a token of another organisation differs from one that does not exist:\n%s\n%s", tt.method, tt.path, foreign.body, unknown.body)
		}
	}
	if !a.accepts(theirs) {
		t.Error("the other organisation's token was revoked")
	}
}

// TestARefusalIsRecordedInTheActorsOwnAudit: a refused actor cannot write into another audit,
// cannot begin one, and cannot even fill their own.
func TestARefusalIsRecordedInTheActorsOwnAudit(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.organisation("org-a")
	a.organisation("org-b")
	denied := func(org string) (entries []audit.Entry) {
		all, err := a.file.Organisations().ReadAudit(t.Context(), org, audit.Query{Limit: 1000})
		assert.NilError(t, err)
		for _, e := range all {
			if e.Result == audit.ResultDenied {
				entries = append(entries, e)
			}
		}
		return entries
	}
	a.admin("org-a", "GET", "/api/v1/organisations/org-b/scim", "").wantProblem(403, "forbidden") // changes nothing
	if got := denied("org-a"); len(got) != 0 {
		t.Errorf("a refused read is recorded: %+v", got)
	}
	began := time.Now().Truncate(time.Minute)
	for _, target := range []string{"org-b", "org-a-never-announced", "org-b", "org-b"} {
		for _, act := range []string{"disable", "enable", "tokens/0123456789ab/end"} {
			a.admin("org-a", "POST", "/api/v1/organisations/"+target+"/scim/"+act, "").wantProblem(403, "forbidden")
			a.admin("org-never-announced", "POST", "/api/v1/organisations/"+target+"/scim/"+act, "").wantProblem(403, "forbidden")
		}
	}
	minutes := int(time.Now().Truncate(time.Minute).Sub(began)/time.Minute) + 1
	got := denied("org-a")
	if len(got) < 1 || len(got) > minutes {
		t.Fatalf("12 refusals within %d minutes are recorded in %d entries: %+v", minutes, len(got), got)
	}
	e := got[len(got)-1]
	if e.Action != audit.ActionDisable || e.Source != "organisation org-b" || e.Caller.Subject != "user-of-org-a" || e.Caller.Address != "127.0.0.1" {
		t.Errorf("got %+v", e)
	}
	for _, other := range []string{"org-b", "org-a-never-announced", "org-never-announced"} {
		if got := denied(other); len(got) != 0 {
			t.Errorf("the audit of %s records it: %+v", other, got)
		}
	}
}

// TestAPersonHasARate: a person who sends too many requests is stopped before anything is read, and
// others go on.
func TestAPersonHasARate(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.organisation("org-a")
	a.organisation("org-b")
	const path = "/api/v1/organisations/org-b/scim"
	var last answer
	for range 2000 {
		if last = a.admin("org-a", "GET", path, ""); last.status == http.StatusTooManyRequests {
			break
		}
	}
	if last.wantProblem(429, "too-many-requests"); last.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After is %q", last.header.Get("Retry-After"))
	}
	a.admin("org-b", "GET", path, "").want(200)
	a.platform("GET", path, "").want(200)
}

func TestAPanicIsAProblem(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.engine.GET("/panic", func(*gin.Context) { panic("with a private text") })
	if r := a.platform("GET", "/panic", "").wantProblem(500, "internal"); strings.Contains(r.body, "business") {
		t.Errorf("the answer shows the panic: %s", r.body)
	}
}

func TestMoreThanOneAuthorizationIsNone(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.organisation("org-a")
	for _, second := range []string{accesstest.Platform(), a.idp.Person(t, "org-b", "scim-admin"), ""} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/api/v1/organisations/org-a", nil)
		r.Header["Authorization"] = []string{accesstest.Platform(), second}
		w := httptest.NewRecorder()
		a.engine.ServeHTTP(w, r)
		if w.Code != 401 || w.Header().Get("WWW-Authenticate") == "" || !strings.Contains(w.Body.String(), "unauthenticated") {
			t.Errorf("got %d %v %s, want 401", w.Code, w.Header(), w.Body)
		}
	}
}

func TestAClientThatWentAwayIsNotAFaultOfTheService(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(ctx, "GET", "/api/v1/organisations/org-a", nil)
	r.Header.Set("Authorization", accesstest.Platform())
	w := httptest.NewRecorder()
	a.engine.ServeHTTP(w, r)
	if w.Code != 499 {
		t.Errorf("status %d, want 499", w.Code)
	}
}

func TestAMissingThingIsNotARefusal(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.organisation("org-a")
	a.idp.Break(true)
	r := a.admin("org-a", http.MethodGet, "/api/v1/organisations/org-a", "").wantProblem(503, "unavailable")
	if r.header.Get("Retry-After") == "" || !strings.Contains(r.body, "You need not sign in again") {
		t.Errorf("without the issuer's keys: got %v %s", r.header, r.body)
	}
	assert.NilError(t, a.file.Close())
	for _, route := range a.engine.Routes() {
		path := strings.NewReplacer(":org", "org-a", ":token", "0123456789ab").Replace(route.Path)
		body := map[string]string{
			"PUT /api/v1/organisations/org-a":                            `{"sso":{"enabled":true}}`,
			"PUT /api/v1/organisations/org-a/scim/settings":              `{"strict":true}`,
			"PATCH /api/v1/organisations/org-a/scim/settings":            `{"strict":true}`,
			"PATCH /api/v1/organisations/org-a/scim/tokens/0123456789ab": `{"name":"okta"}`,
			"POST /api/v1/organisations/org-a/scim/tokens":               `{"name":"okta"}`,
			"POST /api/v1/organisations/org-a/scim/tokens/rotate":        `{"current":"0123456789ab"}`,
			"POST /api/v1/organisations/org-a/scim/tokens/rotate/cancel": `{"current":"0123456789ab"}`,
		}[route.Method+" "+path]
		r := a.platform(route.Method, path, body).wantProblem(503, "unavailable")
		if r.header.Get("Retry-After") == "" || strings.Contains(r.body, "database") {
			t.Errorf("without a store: got %v %s", r.header, r.body)
		}
	}
	if !strings.Contains(a.log.String(), "database not open") {
		t.Error("the log does not hold the cause")
	}
}
