package orghttp_test

import (
	"testing"

	"github.com/devrev/scim/services/internal/web/apitest"
	"github.com/devrev/scim/services/scim/orghttp"
)

func TestTheDocumentIsWhatIsServed(t *testing.T) {
	t.Parallel()
	apitest.Check(t, "../../../docs/api/scimd.yaml", apitest.API{
		Prefix: orghttp.Prefix, Routes: newDeployment(t).engine.Routes(), Parameters: orghttp.Parameters,
	})
}
