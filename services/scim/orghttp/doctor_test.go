package orghttp_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestADryRunIsAskedInExactJSON: what cannot be read is refused with a sentence, and a body may be
// larger than other routes take.
func TestADryRunIsAskedInExactJSON(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	long := func(n int) string { return `{"method":"?","path":"/","body":"` + strings.Repeat("x", n) + `"}` }
	for rule, c := range map[string]struct {
		body   string
		status int
		says   string
	}{
		"no body":                     {"", 400, "must be a JSON object"},
		"a list":                      {"[]", 400, "must be a JSON object"},
		"a member that is not known":  {`{"method":"GET","path":"/","dry":true}`, 400, "must be a JSON object"},
		"a header that is no string":  {`{"method":"GET","path":"/","headers":{"If-Match":1}}`, 400, "must be a JSON object"},
		"a member twice in the body":  {`{"method":"GET","path":"/","body":{"a":1,"a":2}}`, 400, "goes into body as a string"},
		"a body of half a mebibyte":   {long(1 << 19), 400, "method must be"},
		"a body of more than a MiB":   {long(1 << 20), 413, "larger than 1048576 bytes"},
		"what is wrong with a member": {`{"method":"GET","path":"Users"}`, 400, "path must be"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/organisations/acme/dry-run", strings.NewReader(c.body))
		w := httptest.NewRecorder()
		d.engine.ServeHTTP(w, r)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s is answered with %d %s", rule, w.Code, w.Body)
		}
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/organisations/acme/doctor/rehearse", strings.NewReader(long(1<<17)))
	w := httptest.NewRecorder()
	if d.engine.ServeHTTP(w, r); w.Code != 413 {
		t.Errorf("another route is answered with %d %s", w.Code, w.Body)
	}
}
