package scimhttp

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/limits"
)

// TestWhatAnOrganisationHoldsIsBounded: beyond its places it gets 429, beyond its bytes 503, both
// with Retry-After, and another organisation goes on.
func TestWhatAnOrganisationHoldsIsBounded(t *testing.T) {
	t.Parallel()
	h := &handler{holdings: newHoldings(limits.Capacity{Bytes: 1000, BytesEach: 100, InFlight: 3})}
	e := web.NewEngine(web.Config{WriteError: WriteError})
	entered, leave := make(chan struct{}), make(chan struct{})
	e.POST("/:org", release, web.Handle(func(c *gin.Context) error {
		if err := h.enter(c, directory.Tenant(c.Param("org"))); err != nil {
			return err
		}
		if _, err := c.GetRawData(); err != nil {
			return err
		}
		if c.Query("hold") != "" {
			entered <- struct{}{}
			<-leave
		}
		c.Status(http.StatusNoContent)
		return nil
	}))
	ask := func(target, body string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		e.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader(body)))
		return w
	}
	want := func(rule string, w *httptest.ResponseRecorder, status int) {
		t.Helper()
		if w.Code != status || status >= 400 && w.Header().Get("Retry-After") == "" {
			t.Errorf("%s: %d, Retry-After %q; want %d", rule, w.Code, w.Header().Get("Retry-After"), status)
		}
	}
	held := make(chan *httptest.ResponseRecorder)
	for range 3 {
		go func() { held <- ask("/greedy?hold=1", strings.Repeat("x", 30)) }()
		<-entered
	}
	want("a fourth at a time", ask("/greedy", ""), http.StatusTooManyRequests)
	want("another organisation", ask("/quiet", strings.Repeat("x", 100)), http.StatusNoContent)
	leave <- struct{}{}
	want("one that was held", <-held, http.StatusNoContent)
	want("a place is free, and 40 bytes are", ask("/greedy", strings.Repeat("x", 41)), http.StatusServiceUnavailable)
	want("what fits", ask("/greedy", strings.Repeat("x", 40)), http.StatusNoContent)
	for range 2 {
		leave <- struct{}{}
		want("one that was held", <-held, http.StatusNoContent)
	}
	want("all is given back", ask("/greedy", strings.Repeat("x", 100)), http.StatusNoContent)
	if h.holdings.bytes.Held() != 0 || h.holdings.places.Held() != 0 {
		t.Errorf("%d bytes and %d places are held when nobody asks", h.holdings.bytes.Held(), h.holdings.places.Held())
	}
}
