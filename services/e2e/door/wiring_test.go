package door

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/access/accesstest"
)

const baseURL = "https://scim.example.com/scim/v2"

// wiring is both services behind one handler, on one pair of stores, and an organisation in it.
type wiring struct {
	name  string
	serve http.Handler
	ids   map[string]string // what the placeholders of a request stand for here
}

// wirings returns both; they admit the persons of idp.
func wirings(tb testing.TB, idp *accesstest.Provider) (both []*wiring) {
	tb.Helper()
	for _, name := range slices.Sorted(maps.Keys(harness.Wirings)) {
		tokend, scimd := harness.Wirings[name](tb)
		handler, _ := harness.Assemble(tb, baseURL, idp, tokend, scimd)
		both = append(both, &wiring{name: name, serve: handler})
	}
	return both
}

// furnish makes an organisation of this name with a token, a user and a group, of which all
// placeholders tell.
func (w *wiring) furnish(tb testing.TB, idp *accesstest.Provider, org string, settings string) {
	tb.Helper()
	platform := accesstest.Platform()
	api := "/api/v1/organisations/" + org
	w.ask(tb, platform, "PUT", api, `{"sso":{"enabled":true}}`)
	w.ask(tb, platform, "PUT", api+"/scim/settings", settings)
	enabled := w.ask(tb, platform, "POST", api+"/scim/enable", "")
	issued, _ := enabled["token"].(map[string]any)
	bearer := "Bearer " + text(issued["token"])
	user := w.ask(tb, bearer, "POST", "/scim/v2/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"bjensen@example.com","externalId":"00u1","displayName":"Babs"}`)
	group := w.ask(tb, bearer, "POST", "/scim/v2/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Guides","members":[{"value":"`+text(user["id"])+`"}]}`)
	w.ids = map[string]string{
		"{org}": org, "{token}": text(issued["token"]), "{tokenId}": text(issued["id"]), "{user}": text(user["id"]), "{group}": text(group["id"]),
		"{platform}": accesstest.PlatformCredential, "{admin}": strings.TrimPrefix(idp.Person(tb, org, "scim-admin"), "Bearer "),
	}
}

// ask sends what must succeed, and returns the answer.
func (w *wiring) ask(tb testing.TB, authorization, method, path, body string) map[string]any {
	tb.Helper()
	r := httptest.NewRequestWithContext(tb.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Authorization", authorization)
	r.Header.Set("Content-Type", "application/json")
	answer := httptest.NewRecorder()
	w.serve.ServeHTTP(answer, r)
	var got map[string]any
	if err := json.Unmarshal(answer.Body.Bytes(), &got); err != nil || answer.Code >= http.StatusMultipleChoices {
		tb.Fatalf("%s: %s %s: %d %s %v", w.name, method, path, answer.Code, answer.Body, err)
	}
	return got
}

func text(v any) string { return fmt.Sprint(v) }

func must(tb testing.TB, err error) {
	tb.Helper()
	assert.NilError(tb, err)
}
