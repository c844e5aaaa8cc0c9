package tokenhttp

import (
	"errors"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/libs/token"
)

// alarm counts changes that a failover would undo, which an operator is called for. The client is
// asked to repeat the request.
func alarm(m *telemetry.Metrics) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Next()
		if last := c.Errors.Last(); last != nil && errors.Is(last.Err, token.ErrNotReplicated) {
			m.TokenEvents(c.Request.Context(), "revocation_not_durable")
		}
	}
}
