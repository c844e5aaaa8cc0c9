package orghttp

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// guard reports how the guard is set and what it has seen.
func (h *handler) guard(c *gin.Context) error {
	report, err := h.Guard.Report(c.Request.Context(), organisationOf(c))
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, report)
	return nil
}
