package scimhttp

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/ratelimit"
	"github.com/devrev/scim/services/internal/web"
)

// paidKey is where a request keeps how much of the rate it has taken.
const paidKey = "paid"

// limit refuses the requests of an organisation beyond its rate. A request may cost as much as
// several do, and pay for that piece by piece.
func (h *handler) limit(c *gin.Context, principal token.Principal, cost int) (err error) {
	ctx, end := web.Step(c.Request.Context(), "rate")
	defer func() { end(err) }()
	paid := c.GetInt(paidKey)
	retryAfter, ok := h.Allow(ctx, principal, ratelimit.Cost{Slots: cost, Paid: paid})
	if ok {
		c.Set(paidKey, paid+cost)
		return nil
	}
	return tooMany(retryAfter, "This organisation has exceeded its request rate.")
}

// tooMany is the 429 that a client may repeat after this time.
func tooMany(retryAfter time.Duration, why string) *scim.Error {
	return scim.Errorf(http.StatusTooManyRequests, "", "%s Try again in %d s.", why, web.WholeSeconds(retryAfter)).Later(retryAfter)
}
