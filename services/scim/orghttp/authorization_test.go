package orghttp_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/devrev/scim/services/internal/access/accesstest"
)

func TestMoreThanOneAuthorizationIsNone(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	d.verify = accesstest.New(t).Verifier(t).Verify
	for _, second := range []string{accesstest.Platform(), "Bearer another", ""} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/api/v1/organisations/"+string(d.Org.Tenant)+"/users", nil)
		r.Header["Authorization"] = []string{accesstest.Platform(), second}
		w := httptest.NewRecorder()
		d.engine.ServeHTTP(w, r)
		if w.Code != 401 || w.Header().Get("WWW-Authenticate") == "" || !strings.Contains(w.Body.String(), "unauthenticated") {
			t.Errorf("with %q as the second got %d %v %s, want 401", second, w.Code, w.Header(), w.Body)
		}
	}
}
