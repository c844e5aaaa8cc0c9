package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"

	"github.com/devrev/scim/services/internal/web"
)

func TestAQueryIsReadWholeOrRefused(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		rule, query string
		want        url.Values // nil: 400
		says        string
	}{
		{"a semicolon is part of a value", "filter=a;b&count=1", url.Values{"filter": {"a;b"}, "count": {"1"}}, ""},
		{"a semicolon parts nothing", "count=1;filter=x", url.Values{"count": {"1;filter=x"}}, ""},
		{"a plus is a space", "filter=a+eq+b", url.Values{"filter": {"a eq b"}}, ""},
		{"an escaped plus is a plus", "filter=a%2Bb", url.Values{"filter": {"a+b"}}, ""},
		{"an equals sign is part of a value", "cursor=YQ==", url.Values{"cursor": {"YQ=="}}, ""},
		{"a parameter without a value", "aadOptscim062020", url.Values{"aadOptscim062020": {""}}, ""},
		{"nothing between two &", "&&a=1&", url.Values{"a": {"1"}}, ""},
		{"the same twice is the same once", "a=1&a=1", url.Values{"a": {"1"}}, ""},
		{"a lone %", "filter=50%", nil, `\"filter\"`},
		{"a % before no digits", "filter=%zz", nil, `\"filter\"`},
		{"a wrong escape in a name", "fil%ter=x", nil, "name"},
		{"a value that is not UTF-8", "filter=%ff", nil, "UTF-8"},
		{"a value with a NUL", "filter=%00", nil, "NUL"},
		{"a name that is not UTF-8", "%ff=1", nil, "UTF-8"},
		{"two values of one parameter", "filter=a&filter=b", nil, "more than once"},
	} {
		t.Run(row.rule, func(t *testing.T) {
			t.Parallel()
			s := newService(t, false)
			var got url.Values
			s.GET("/query", func(c *gin.Context) {
				got = c.Request.URL.Query()
				for name, values := range got {
					if q := c.Query(name); q != values[0] {
						t.Errorf("%s is read as %q and as %q", name, values[0], q)
					}
				}
			})
			r := s.ask(t, "GET", "/query?"+row.query)
			if row.want == nil {
				if r.Code != http.StatusBadRequest || !strings.Contains(r.Body.String(), row.says) {
					t.Errorf("got %d %s, want 400 that names %s", r.Code, r.Body, row.says)
				}
				return
			}
			if diff := cmp.Diff(row.want, got); diff != "" || r.Code != http.StatusOK {
				t.Errorf("%d (-want +got):\n%s", r.Code, diff)
			}
		})
	}
}

func TestAPathIsText(t *testing.T) {
	t.Parallel()
	s := newService(t, false)
	for target, status := range map[string]int{
		"/Users/%ff": 404, "/Users/%00": 404, "/Users/a%ED%A0%80": 404, "/Users%ff": 400, "/%00": 400, "/Users/%C3%BC": 200,
	} {
		if r := s.ask(t, "GET", target); r.Code != status {
			t.Errorf("%s: %d %s, want %d", target, r.Code, r.Body, status)
		}
	}
}

func TestARouteKnowsItsParameters(t *testing.T) {
	t.Parallel()
	s := newService(t, false)
	api := s.Group("/api", web.Parameters("/api", map[string][]string{"/list/:id": {"limit", "after", "state", "q"}}))
	answer := func(c *gin.Context) { c.Status(http.StatusNoContent) }
	api.GET("/list/:id", answer)
	api.GET("/one", answer)
	for target, says := range map[string]string{
		"/api/list/1?limit=1&after=x": "", "/api/list/1": "", "/api/one": "",
		"/api/list/1?limit=&after=&q=": "", "/api/list/1?state=": "The parameter state has no value", "/api/list/1?q=x&state": "The parameter state has no value",
		"/api/list/1?limt=1": "limit, after", "/api/list/1?Limit=1": "Limit", "/api/one?limit=1": "nor any other",
	} {
		r := s.ask(t, "GET", target)
		if says == "" && r.Code != http.StatusNoContent || says != "" && (r.Code != http.StatusBadRequest || !strings.Contains(r.Body.String(), says)) {
			t.Errorf("%s: %d %s", target, r.Code, r.Body)
		}
	}
}

// FuzzQuery compares the parsed query with each part of it, parsed on its own.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"", "a=1&b=2", "filter=a;b", "a=%", "a=%00", "=&==&a", "a=1&a=2", "a+b=c%26d", "%e2%82%ac=€"} {
		f.Add(seed)
	}
	engine := web.NewEngine(web.Config{WriteError: writeError})
	var got url.Values
	engine.GET("/", func(c *gin.Context) { got = c.Request.URL.Query() })
	f.Fuzz(func(t *testing.T, raw string) {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
		r.URL.RawQuery = raw
		w := httptest.NewRecorder()
		engine.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			return
		}
		for part := range strings.SplitSeq(raw, "&") {
			if part == "" {
				continue
			}
			escapedName, escapedValue, _ := strings.Cut(part, "=")
			name, err := url.QueryUnescape(escapedName)
			if err != nil {
				t.Fatalf("the name %q was passed over", escapedName)
			}
			value, err := url.QueryUnescape(escapedValue)
			if err != nil || !got.Has(name) || got.Get(name) != value {
				t.Fatalf("%q says %q, and %q was read", part, value, got.Get(name))
			}
		}
	})
}
