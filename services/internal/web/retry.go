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

// RetryAfter says after what time the client may repeat the request, and returns it in seconds:
// whole ones, since Okta waits 5 minutes where it finds anything else, and at least one.
func RetryAfter(c *gin.Context, wait time.Duration) (seconds int) {
	seconds = max(int(math.Ceil(wait.Seconds())), 1)
	c.Header("Retry-After", strconv.Itoa(seconds))
	return seconds
}

// RetryAfterError says it for an error with this status that invites to repeat the request, unless
// it is said already. It is for a WriteError.
func RetryAfterError(c *gin.Context, status int) {
	invites := status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests
	if invites && c.Writer.Header().Get("Retry-After") == "" {
		RetryAfter(c, retryLater)
	}
}
