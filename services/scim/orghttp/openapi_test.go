package orghttp_test

import (
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/services/internal/web/apitest"
	"github.com/devrev/scim/services/scim/orghttp"
)

func TestTheDocumentIsWhatIsServed(t *testing.T) {
	t.Parallel()
	engine := gin.New()
	orghttp.Register(engine, orghttp.Deps{})
	apitest.Check(t, "../../../docs/api/scimd.yaml", apitest.API{
		Prefix: orghttp.Prefix, Routes: engine.Routes(), Parameters: orghttp.Parameters,
	})
}
