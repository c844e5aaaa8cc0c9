package embedded_test

import (
	"testing"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/tokentest"
)

func TestTokensKeepTheirContract(t *testing.T) {
	t.Parallel()
	tokentest.RunStore(t, func(t *testing.T) token.Store { return open(t).Tokens() })
}
