package local

import (
	"net/http"
	"strings"

	"github.com/devrev/scim/services/internal/terms"
)

// Front is the one door of a local run, as an ingress is in production: it parts requests by path between the token service, the SCIM
// service's API and, for all else, its protocol.
func Front(tokend, api, protocol http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := "/" + strings.Join(strings.FieldsFunc(r.URL.EscapedPath(), isSlash), "/"); {
		case terms.OfTokens(path):
			tokend.ServeHTTP(w, r)
		case strings.HasPrefix(path, terms.APIPath):
			api.ServeHTTP(w, r)
		default:
			protocol.ServeHTTP(w, r)
		}
	})
}

func isSlash(r rune) bool { return r == '/' }
