package everycall

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/access/accesstest"
)

const baseURL = "https://scim.example.com/scim/v2"

// product is both services on one pair of stores, whose calls may fail.
type product struct {
	*faults
	http.Handler
	tend func(context.Context) error // finishes what is half done, and stores what waits
}

// newProduct returns the product in a wiring.
func newProduct(t *testing.T, wiring string) *product {
	t.Helper()
	tokend, scimd := harness.Wirings[wiring](t)
	p := &product{faults: new(faults)}
	scimd.Directory, scimd.Activity = users{scimd.Directory, p.faults}, lines{scimd.Activity, p.faults}
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
	assert.NilError(tb, err)
}
