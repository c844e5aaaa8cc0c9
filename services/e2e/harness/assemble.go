package harness

import (
	"bytes"
	"net/http"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/access/accesstest"
	"github.com/devrev/scim/services/local"
	"github.com/devrev/scim/services/scim/scimserver"
	"github.com/devrev/scim/services/token/tokenserver"
)

// Assemble returns both services behind one handler in this process, and the SCIM service by
// itself, on the stores of their dependencies. They share a pepper and admit the persons of idp.
func Assemble(tb testing.TB, baseURL string, idp *accesstest.Provider, tokens tokenserver.Deps, scim scimserver.Deps) (http.Handler, *scimserver.Server) {
	tb.Helper()
	keyring, err := token.NewKeyring("k1", map[string][]byte{"k1": bytes.Repeat([]byte{7}, token.MinPepper)})
	assert.NilError(tb, err)
	tokens.Keyring, scim.Keyring = keyring, keyring
	tokens.Access, scim.Access = idp.Verifier(tb), idp.Verifier(tb)
	tokend, err := tokenserver.New(baseURL, tokens)
	assert.NilError(tb, err)
	scimd, err := scimserver.New(baseURL, scim)
	assert.NilError(tb, err)
	return local.Front{Tokend: tokend.Handler(), API: scimd.API(), Protocol: scimd.Protocol()}, scimd
}
