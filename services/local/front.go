package local

import (
	"net/http"
	"regexp"
	"strings"
)

// APIPrefix is where DevRev's own side lies, of both services.
const APIPrefix = "/api/v1"

// tokendPaths are the paths of the API that the token service answers: an organisation itself, its SCIM settings, tokens and audit, and the
// notices about all of them.
var tokendPaths = regexp.MustCompile(`^/api/v1/(notices|organisations/[^/]+(/scim(/.*)?)?)$`)

// Front is the one door of a local run, as an ingress is in production: it parts requests by path between the token service, the SCIM
// service's API and, for all else, its protocol.
func Front(tokend, api, protocol http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := "/" + strings.Join(strings.FieldsFunc(r.URL.EscapedPath(), isSlash), "/"); {
		case tokendPaths.MatchString(path):
			tokend.ServeHTTP(w, r)
		case strings.HasPrefix(path, APIPrefix):
			api.ServeHTTP(w, r)
		default:
			protocol.ServeHTTP(w, r)
		}
	})
}

func isSlash(r rune) bool { return r == '/' }
