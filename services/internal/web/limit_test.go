package web_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/web"
)

func TestBodyLimit(t *testing.T) {
	for _, row := range []struct {
		rule    string
		body    string
		chunked bool
		status  int
	}{
		{"a body of the limit passes", "0123456789", false, 201},
		{"one byte more is refused by its Content-Length", "0123456789a", false, 413},
		{"a chunked body of the limit passes", "0123456789", true, 201},
		{"one byte more is refused where it is read, whatever the decoder says", "0123456789a", true, 413},
	} {
		t.Run(row.rule, func(t *testing.T) {
			s := newService(t, true)
			server := httptest.NewServer(web.Normalise(s))
			defer server.Close()
			var body io.Reader = strings.NewReader(row.body)
			if row.chunked {
				body = struct{ io.Reader }{body} // the client cannot know its length
			}
			r, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+"/Users", body)
			assert.NilError(t, err)
			answer, err := server.Client().Do(r)
			assert.NilError(t, err)
			defer func() { _ = answer.Body.Close() }()
			text, err := io.ReadAll(answer.Body)
			assert.NilError(t, err)
			if answer.StatusCode != row.status {
				t.Errorf("%d %s, want %d", answer.StatusCode, text, row.status)
			}
			if row.status == 413 && !strings.Contains(string(text), "larger than 10 bytes") {
				t.Errorf("the answer does not name the limit: %s", text)
			}
		})
	}
}

func TestErrTooLargeIsItselfWhateverTheLimit(t *testing.T) {
	t.Parallel()
	e := web.NewEngine(web.Config{WriteError: func(c *gin.Context, err error) {
		if !errors.Is(err, web.ErrTooLarge) || errors.Is(err, web.ErrNoRoute) {
			t.Errorf("%v is not ErrTooLarge", err)
		}
		c.Status(http.StatusRequestEntityTooLarge)
	}})
	e.POST("/", web.BodyLimit(1), func(*gin.Context) { t.Error("the handler was reached") })
	w := httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "POST", "/", strings.NewReader("too long")))
	if w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d", w.Code)
	}
}
