package scimhttp

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/web"
)

// shownKey is where authenticate leaves, as a token.Request, which token it was shown.
const shownKey = "shown"

// recordUsage records the use of a token after the response, when it is known whether
// it failed.
func (h *handler) recordUsage(c *gin.Context) {
	panicked := true
	defer func() {
		shown, ok := c.Get(shownKey)
		if !ok {
			return
		}
		r := shown.(token.Request)
		r.Client = web.EventFrom(c.Request.Context()).Client()
		r.Address = token.ClassOf(c.ClientIP())
		r.Failed = panicked || len(c.Errors) > 0 || c.Writer.Status() >= http.StatusBadRequest // errors are written outside of this
		h.RecordUsage(r)
	}()
	c.Next()
	panicked = false
}
