package tokenhttp

import (
	"errors"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/libs/token"
)

// alarm counts what an operator is called for: a change that a failover would undo. The client is told to ask again.
func alarm(m *telemetry.Metrics) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Next()
		if last := c.Errors.Last(); last != nil && errors.Is(last.Err, token.ErrNotReplicated) {
			m.TokenEvents(c.Request.Context(), "revocation_not_durable")
		}
	}
}
