package orghttp

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/drift"
)

// drift lists where the identity provider believes something else than what is stored: all of it,
// or that of one ?kind=.
func (h *handler) drift(c *gin.Context) error {
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	rows, next, err := h.Drift.List(c.Request.Context(), organisationOf(c), directory.Drift(c.Query("kind")), c.Query("after"), page.query.Limit)
	if err != nil {
		return err
	}
	if rows == nil {
		rows = []drift.Row{}
	}
	c.JSON(http.StatusOK, gin.H{"drift": rows, "next": next})
	return nil
}

// driftSummary counts the users of each kind of drift.
func (h *handler) driftSummary(c *gin.Context) error {
	counts, err := h.Drift.Summary(c.Request.Context(), organisationOf(c))
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, gin.H{"summary": counts})
	return nil
}
