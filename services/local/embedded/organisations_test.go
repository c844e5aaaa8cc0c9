package embedded_test

import (
	"testing"

	"github.com/devrev/scim/services/token/issuer"
	"github.com/devrev/scim/services/token/issuer/issuertest"
)

func TestOrganisationsKeepTheirContract(t *testing.T) {
	t.Parallel()
	issuertest.RunStore(t, func(t *testing.T) issuer.Store { return open(t).Organisations() })
}
