package local

import (
	"net/http"
	"strings"

	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/local/issuer"
)

// consolePath is where the console lies below the address of a run.
const consolePath = "/console"

// Front is the one entrance of a local run, as an ingress is in production: it routes requests by
// path to the token service, the SCIM service's API and, for all other paths, its protocol; and
// redirects browsers to the console.
type Front struct {
	Tokend, API, Protocol http.Handler
	Console, Issuer       http.Handler // nil: the run has none
	Host                  string       // host:port of browsers; those that use another name of this machine are redirected to it
}

// ServeHTTP answers every request of the run.
func (f Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch path := web.Tidy(r.URL.EscapedPath()); {
	case terms.OfTokens(path):
		f.Tokend.ServeHTTP(w, r)
	case strings.HasPrefix(path, terms.APIPath):
		f.API.ServeHTTP(w, r)
	case f.Issuer != nil && below(path, issuer.Path):
		f.Issuer.ServeHTTP(w, r)
	case f.Console != nil && r.Method == http.MethodGet && browses(path, r) && r.Host != f.Host && issuer.Loopback(r.Host):
		http.Redirect(w, r, "http://"+f.Host+r.URL.RequestURI(), http.StatusFound) // cookies are of one name
	case f.Console != nil && path == "/" && browses(path, r):
		http.Redirect(w, r, consolePath+"/", http.StatusFound)
	case f.Console != nil && below(path, consolePath):
		f.Console.ServeHTTP(w, r)
	default:
		f.Protocol.ServeHTTP(w, r)
	}
}

// browses reports whether a person looks at the console, or came without saying what for.
func browses(path string, r *http.Request) bool {
	return (path == "/" || below(path, consolePath)) && strings.Contains(r.Header.Get("Accept"), "text/html")
}

func below(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }
