package issuertest

import (
	"bytes"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/token/issuer"
)

// New returns an Issuer with these dependencies. Without Tokens, it is for what needs the Store
// alone, such as VerifyAudit.
func New(tb testing.TB, d issuer.Deps) *issuer.Issuer {
	tb.Helper()
	if d.Tokens == nil {
		keyring, err := token.NewKeyring("k1", map[string][]byte{"k1": bytes.Repeat([]byte{7}, token.MinPepper)})
		assert.NilError(tb, err)
		d.Tokens, d.Keyring = struct{ token.Store }{}, keyring
	}
	i, err := issuer.New(d)
	assert.NilError(tb, err)
	return i
}
