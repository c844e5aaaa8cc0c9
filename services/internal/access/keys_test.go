package access_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/access/accesstest"
)

// TestOnlyAWholeKeySetIsAnAnswer: from anything else nothing can be learned about a token, and no
// one is refused by it.
func TestOnlyAWholeKeySetIsAnAnswer(t *testing.T) {
	t.Parallel()
	idp := accesstest.New(t)
	person := idp.Person(t, "org-a")
	keys := fetch(t, idp.Config().JWKSURL)
	for _, tt := range []struct {
		rule  string
		serve http.HandlerFunc
	}{
		{"an error, even with keys in it", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadGateway)
			_, _ = io.WriteString(w, keys)
		}},
		{"a redirect, even to the keys", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, idp.Config().JWKSURL, http.StatusFound)
		}},
		{"a page", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>Sign in</html>") }},
		{"another object", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }},
		{"keys behind a megabyte of nothing", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, strings.Repeat(" ", 1<<20)+keys)
		}},
		{"a connection that breaks", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(tt.serve)
			defer server.Close()
			config := idp.Config()
			config.JWKSURL = server.URL
			v, err := access.New(config, access.Deps{})
			assert.NilError(t, err)
			if _, err := v.Verify(t.Context(), person); !errors.Is(err, access.ErrUnavailable) {
				t.Errorf("%s: got %v, want ErrUnavailable", tt.rule, err)
			}
		})
	}
}

func fetch(t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	assert.NilError(t, err)
	resp, err := http.DefaultClient.Do(req)
	assert.NilError(t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	assert.NilError(t, err)
	return string(body)
}
