package web

import (
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
)

// retryLater is after what time a client may repeat a request if the answer does not know better.
const retryLater = 5 * time.Second

// RetryAfter says after what time the client may repeat the request.
func RetryAfter(c *gin.Context, wait time.Duration) {
	c.Header("Retry-After", strconv.Itoa(WholeSeconds(wait)))
}

// WholeSeconds returns a time for Retry-After: whole seconds, since Okta waits 5 minutes where it
// finds anything else, and at least one.
func WholeSeconds(wait time.Duration) int { return max(int(math.Ceil(wait.Seconds())), 1) }

// RetryAfterError says it for an error with this status that invites to repeat the request, unless
// it is said already. It is for a WriteError.
func RetryAfterError(c *gin.Context, status int) {
	invites := status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests
	if invites && c.Writer.Header().Get("Retry-After") == "" {
		RetryAfter(c, retryLater)
	}
}
