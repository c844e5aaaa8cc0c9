package orghttp

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// why explains why a user, who may be deleted, is in its state.
func (h *handler) why(c *gin.Context) error {
	ctx, org := c.Request.Context(), organisationOf(c)
	u, err := h.Users.GetDeleted(ctx, org, directory.UserID(c.Param("id")))
	if err != nil {
		return err
	}
	sentence, entry, err := h.Activity.Why(ctx, org, u)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, struct {
		ID      directory.UserID `json:"id"`
		State   directory.State  `json:"state"`
		Deleted bool             `json:"deleted"`
		Why     string           `json:"why"`
		Entry   *activity.Entry  `json:"entry,omitempty"` // which tells so
	}{u.ID, u.State, u.Deleted, sentence, entry})
	return nil
}
