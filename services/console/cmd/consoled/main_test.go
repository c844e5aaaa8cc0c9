package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/devrev/scim/services/e2e/harness"
)

func TestConsoledServesUntilItIsStopped(t *testing.T) {
	t.Parallel()
	pages, operations := harness.FreeAddr(t), harness.FreeAddr(t)
	d := harness.RunHere(t, run,
		"CONSOLE_ADDR="+pages, "CONSOLE_OPS_ADDR="+operations, "TRACES_PAGE=true",
		"CONSOLE_URL=https://scim.example.com/console", "CONSOLE_CLIENT_ID=console", "CONSOLE_SESSION_KEYS="+strings.Repeat("c2Vj", 10)+"c2U=",
		"CONSOLE_TOKEND_URL=https://tokend.example.com/api/v1",
		"OIDC_ISSUER=https://idp.example.com", "OIDC_AUDIENCE=scim", "OIDC_JWKS_URL=https://idp.example.com/keys")
	d.Wait("http://"+operations+"/readyz", http.StatusOK)
	d.Wait("http://"+operations+"/metrics", http.StatusOK)
	d.Wait("http://"+pages+"/console/no-such-page", http.StatusNotFound)
	d.Wait("http://"+operations+"/debug/tracez?zspanname=GET+unmatched&ztype=1&zlatencybucket=0", http.StatusOK)
	d.Stop()
}
