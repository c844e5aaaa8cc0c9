package tokenhttp

import (
	"errors"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/token"
)

// alarm counts what an operator is called for: a change that a failover would undo. The client is told to ask again.
func (h *door) alarm(c *gin.Context) {
	c.Next()
	if last := c.Errors.Last(); last != nil && errors.Is(last.Err, token.ErrNotReplicated) {
		h.Metrics.TokenEvents(c.Request.Context(), "revocation_not_durable")
	}
}
