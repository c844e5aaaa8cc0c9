package scimhttp

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/web"
)

// WriteError is the only place that writes an error of the protocol (RFC 7644 section 3.12). What is no *scim.Error is a fault of ours: the client
// gets a fixed sentence, the access log the cause.
func WriteError(c *gin.Context, err error) {
	answer := asSCIM(err)
	if answer.Cause != nil {
		web.EventFrom(c.Request.Context()).SetErr(answer.Cause)
	}
	if answer.Status == http.StatusServiceUnavailable || answer.Status == http.StatusTooManyRequests {
		if c.Writer.Header().Get("Retry-After") == "" {
			c.Header("Retry-After", strconv.Itoa(retryAfter))
		}
	}
	_ = respond(c, answer.Status, answer) // an Error always encodes
}

// retryAfter is how many seconds a client is asked to wait where nothing better is known. Okta understands whole seconds only.
const retryAfter = 5

func asSCIM(err error) *scim.Error {
	if e, ok := errors.AsType[*scim.Error](err); ok {
		return e
	}
	if e, ok := errors.AsType[web.Error](err); ok {
		return scim.Errorf(e.Status, "", "%s", e.Detail)
	}
	return scim.Errorf(http.StatusInternalServerError, "", "Something went wrong in DevRev. Try again; if it stays so, tell DevRev's support the request id in the header X-Request-Id.")
}
