package scimhttp

import (
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/web"
)

// limit refuses what an organisation asks too much.
func (h *door) limit(c *gin.Context, principal token.Principal) (err error) {
	ctx, end := web.Step(c.Request.Context(), "rate")
	defer func() { end(err) }()
	retryAfter, ok := h.Allow(ctx, principal)
	if ok {
		return nil
	}
	return tooMany(c, retryAfter, "This organisation sends more requests than DevRev takes from it at a time.")
}

// tooMany is the 429 that a client may repeat after this time. Okta takes whole seconds only, and waits 5 minutes where it finds anything else.
func tooMany(c *gin.Context, retryAfter time.Duration, why string) *scim.Error {
	seconds := max(int(math.Ceil(retryAfter.Seconds())), 1)
	c.Header("Retry-After", strconv.Itoa(seconds))
	return scim.Errorf(http.StatusTooManyRequests, "", "%s Try again in %d s.", why, seconds)
}
