package scimhttp

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/web"
)

// limit refuses the requests of an organisation beyond its rate. A request may cost as much as
// several do.
func (h *handler) limit(c *gin.Context, principal token.Principal, cost int) (err error) {
	ctx, end := web.Step(c.Request.Context(), "rate")
	defer func() { end(err) }()
	retryAfter, ok := h.Allow(ctx, principal, cost)
	if ok {
		return nil
	}
	web.RetryAfter(c, retryAfter)
	return tooMany(retryAfter, "This organisation has exceeded its request rate.")
}

// tooMany is the 429 that a client may repeat after this time.
func tooMany(retryAfter time.Duration, why string) *scim.Error {
	return scim.Errorf(http.StatusTooManyRequests, "", "%s Try again in %d s.", why, web.WholeSeconds(retryAfter))
}
