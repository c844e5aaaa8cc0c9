package tokenhttp

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/services/internal/web/problem"
	"github.com/devrev/scim/services/token/issuer"
)

// notices lists what administrators should learn of, in all organisations.
func (h *handler) notices(c *gin.Context) error {
	limit, err := limitOf(c)
	if err != nil {
		return err
	}
	from, ok := issuer.ParseNoticeCursor(c.Query("after"))
	if !ok {
		return problem.WithDetail(invalidValue, "The parameter after must be the next of an earlier answer.")
	}
	entries, next, err := h.Issuer.Notices(c.Request.Context(), from, limit)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, gin.H{"notices": linesOf(entries), "next": next.String()})
	return nil
}
