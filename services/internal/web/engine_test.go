package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/devrev/scim/services/internal/web"
)

func TestEngineRoutes(t *testing.T) {
	for _, row := range []struct {
		rule, method, target string
		status               int
		body                 string // part of the answer
	}{
		{"a route", "GET", "/Users", 200, "list false"},
		{"a query stays", "GET", "/Users?filter=a//b/", 200, "list false"},
		{"an unknown route is refused as everything else", "GET", "/nothing", 404, "There is nothing"},
		{"the root is no route", "GET", "/", 404, "There is nothing"},
		{"a wrong method is refused and told the right ones", "DELETE", "/Users", 405, "method"},
		{"a method that HTTP does not know", "BREW", "/Users", 405, "method"},
		{"OPTIONS * is a request as any other", "OPTIONS", "*", 404, "There is nothing"},
		{"a doubled slash", "GET", "//Users", 200, "list true"},
		{"many slashes", "GET", "///Users///1", 200, "user 1"},
		{"a trailing slash", "GET", "/Users/", 200, "list true"},
		{"a trailing slash before a query", "GET", "/Users/?filter=x", 200, "list true"},
		{"an escaped slash belongs to the value", "GET", "/Users/a%2Fb", 200, "user a/b"},
		{"escaped slashes are not collapsed", "GET", "/Users//a%2F%2Fb%2F/", 200, "user a//b/"},
		{"an escaped space", "GET", "/Users/a%20b/", 200, "user a b"},
		{"a plus is a plus", "GET", "/Users/a+b", 200, "user a+b"},
		{"a plus is a plus beside an escaped slash", "GET", "/Users/a+b%2Bc%2Fd", 200, "user a+b+c/d"},
		{"dots are no way up", "GET", "/Users/../known", 404, "There is nothing"},
		{"names of routes are exact", "GET", "/users", 404, "There is nothing"},
	} {
		t.Run(row.rule, func(t *testing.T) {
			s := newService(t, false)
			r := s.ask(t, row.method, row.target)
			if body := r.Body.String(); r.Code != row.status || !strings.Contains(body, row.body) {
				t.Errorf("%s %s: %d %q, want %d with %q", row.method, row.target, r.Code, body, row.status, row.body)
			}
			if allow := r.Header().Get("Allow"); row.status == 405 && allow != "GET, POST" {
				t.Errorf("Allow is %q", allow)
			}
			if row.status >= 400 && r.Header().Get("Content-Type") != "application/json; charset=utf-8" {
				t.Errorf("an error as %s", r.Header().Get("Content-Type"))
			}
		})
	}
}

func TestEngineNeverRedirects(t *testing.T) {
	s := newService(t, false)
	for _, target := range []string{"/Users/", "//Users", "/USERS"} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "POST", target, nil)) // without Normalise
		if w.Code != http.StatusNotFound {
			t.Errorf("%s: %d to %q, want 404", target, w.Code, w.Header().Get("Location"))
		}
	}
}

func TestEveryAnswerHasItsHeaders(t *testing.T) {
	s := newService(t, false)
	for _, target := range []string{"/Users", "/nothing", "/panic"} {
		r := s.ask(t, "GET", target, "X-Request-Id", "forged")
		for header, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} {
			if got := r.Header().Get(header); got != want {
				t.Errorf("%s: %s is %q, want %q", target, header, got, want)
			}
		}
		if id := r.Header().Get(web.RequestIDHeader); len(id) != 26 {
			t.Errorf("%s: request id %q is not fresh", target, id)
		}
	}
}

func TestRequestIDReachesHandlerAndErrorBody(t *testing.T) {
	s := newService(t, false)
	for _, target := range []string{"/known", "/fail"} {
		r := s.ask(t, "GET", target)
		if id := r.Header().Get(web.RequestIDHeader); id == "" || !strings.Contains(r.Body.String(), id) {
			t.Errorf("%s: the body does not name request %q", target, id)
		}
	}
}

func FuzzNormaliseReachesTheSameRoute(f *testing.F) {
	for _, seed := range []string{"/", "//", "/Users/", "//Users//1", "/a%2F%2Fb/", "/%", "/a+b%2f", "/%2e%2e/", "*", "/ü", "/a+b", "/a+b%2B", "http://example.com"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, target string) {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			t.Skip("net/http refuses it")
		}
		var seen *http.Request
		h := web.Normalise(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = r }))
		r := (&http.Request{URL: u}).WithContext(t.Context())
		before := *r.URL
		h.ServeHTTP(nil, r)
		got := seen.URL.EscapedPath()
		if !strings.HasPrefix(got, "/") || strings.Contains(got, "//") || len(got) > 1 && strings.HasSuffix(got, "/") {
			t.Fatalf("%q became %q", target, got)
		}
		if *r.URL != before {
			t.Fatalf("the caller's URL was changed")
		}
		once := seen
		h.ServeHTTP(nil, once)
		if seen.URL.Path != once.URL.Path || seen.URL.EscapedPath() != got {
			t.Fatalf("twice is not once: %q, then %q", got, seen.URL.EscapedPath())
		}
		if tidy := strings.ReplaceAll(before.EscapedPath(), "+", "%2B") == strings.ReplaceAll(got, "+", "%2B"); tidy == web.Unnormalised(once.Context()) {
			t.Fatalf("%q became %q, unnormalised is %t", before.EscapedPath(), got, !tidy)
		}
	})
}
