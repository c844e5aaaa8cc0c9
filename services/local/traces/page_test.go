package main

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/apiclient"
)

// TestARefusedRequestIsFoundByItsIDs has the real product refuse a request, and finds it by what
// the administrator's screen shows and by the organisation.
func TestARefusedRequestIsFoundByItsIDs(t *testing.T) {
	t.Parallel()
	product := harness.RunAllInOne(t, "-orgs", "acme,other")
	idp := harness.Client{Base: product.Ready.SCIMBaseURL, Credential: product.Ready.Orgs[0].Token, MediaType: harness.SCIM}
	idp.Want(t, http.StatusOK, "GET", "/Users", nil)
	refused := idp.Want(t, http.StatusBadRequest, "POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"no e-mail address"}`)
	traceID, requestID := refused.Header.Get("X-Trace-Id"), refused.Header.Get("X-Request-Id")

	traces := filepath.Join(t.TempDir(), "traces.jsonl")
	h := handler{log: filepath.Join(t.TempDir(), "log"), traces: file(traces)}
	client, err := apiclient.New(apiclient.Config{BaseURL: product.Ready.APIBaseURL, Timeout: time.Minute})
	assert.NilError(t, err)
	h.api = client.As(func() (string, error) { return product.Ready.PlatformCredential, nil })
	var log string
	harness.Eventually(t, "the request is in the log", func() bool {
		log, err = product.Log()
		return err == nil && strings.Contains(log, requestID)
	})
	spans := fmt.Sprintf(`{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"devrev-scim"}}]},"scopeSpans":[{"spans":[`+
		`{"traceId":%[1]q,"spanId":"02","parentSpanId":"01","name":"decode","startTimeUnixNano":"2000","endTimeUnixNano":"3000"},`+
		`{"traceId":%[1]q,"spanId":"01","name":"POST /scim/v2/Users","startTimeUnixNano":"1000","endTimeUnixNano":"5000","attributes":[{"key":"http.response.status_code","value":{"intValue":"400"}}]}]}]}]}`+"\n", traceID)
	for path, content := range map[string]string{h.log: log, traces: spans + `{"resourceSpans":[{"cut off`} {
		assert.NilError(t, os.WriteFile(path, []byte(content), 0o600))
	}

	for what, id := range map[string]string{"trace": traceID, "request": requestID} {
		shown := shown(t, h, id)
		for _, want := range []string{`"request_id": "` + requestID, "<summary>POST /scim/v2/Users</summary>", "<summary>decode</summary>", "margin-left: 25.00%; width: 25.00%", "http.response.status_code = 400", ": 400 invalidValue: "} {
			if !strings.Contains(shown, want) {
				t.Errorf("by the id of the %s the page lacks %q:\n%s", what, want, shown)
			}
		}
	}
	list := shown(t, h, "acme")
	if !strings.Contains(list, traceID) || !strings.Contains(list, "invalidValue") || strings.Count(list, "/scim/v2/Users") != 2 || strings.Contains(shown(t, h, "other"), traceID) {
		t.Errorf("the organisation's list is not of its two requests:\n%s", list)
	}
	if page := shown(t, h, strings.Repeat("0", 32)); !strings.Contains(page, "There is no such request.") {
		t.Errorf("an id that nothing has leads to\n%s", page)
	}
	if page := shown(t, h, `"><script>`); strings.Contains(page, "<script>") {
		t.Errorf("a query is part of the page's code:\n%s", page)
	}
}

// TestWithoutACollectorTheLineIsShown: neither file of the collector is there.
func TestWithoutACollectorTheLineIsShown(t *testing.T) {
	t.Parallel()
	h := handler{log: filepath.Join(t.TempDir(), "log"), traces: file(filepath.Join(t.TempDir(), "none"))}
	assert.NilError(t, os.WriteFile(h.log, []byte(`{"msg":"request","status":401,"request_id":"R","trace_id":"T"}`), 0o600))
	page := shown(t, h, "R")
	for _, want := range []string{"It was not kept", `"trace_id": "T"`, "belongs to no known organisation"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
}

// TestThePageIsForThisMachine: it listens on loopback addresses, and is read by their names.
func TestThePageIsForThisMachine(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{":9091", "0.0.0.0:9091", "192.0.2.1:9091"} {
		if err := run(t.Context(), []string{"-addr", addr}); err == nil || !strings.Contains(err.Error(), "loopback") {
			t.Errorf("-addr %s: %v, want a refusal", addr, err)
		}
	}
	h := local(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for host, want := range map[string]int{"127.0.0.1:9091": 200, "localhost:9091": 200, "[::1]:9091": 200, "rebound.example.com:9091": 421, "rebound.example.com": 421} {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		r.Host = host
		if h.ServeHTTP(w, r); w.Code != want {
			t.Errorf("a request for %s is answered with %d, want %d", host, w.Code, want)
		}
	}
}

// shown returns the page for a query, with its texts as a browser shows them where they are not
// code.
func shown(t *testing.T, h handler, query string) string {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/?q="+url.QueryEscape(query), http.NoBody))
	if w.Code != http.StatusOK {
		t.Fatalf("the page is answered with %d: %s", w.Code, w.Body)
	}
	if strings.Contains(query, "<") {
		return w.Body.String()
	}
	return html.UnescapeString(w.Body.String())
}
