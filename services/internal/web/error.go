package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"
)

// Error is a refusal by this package. Detail is written for the administrator of the client.
type Error struct {
	Status int
	Detail string
}

// What is refused here. Headers that belong to the answer (Allow, Retry-After) are already set.
var (
	ErrNoRoute    error = Error{http.StatusNotFound, "There is nothing at this path."}
	ErrMethod     error = Error{http.StatusMethodNotAllowed, "This method is not supported for this path."}
	ErrBrokenBody error = Error{http.StatusBadRequest, "The body ended before it was complete, or its chunks are malformed."}
	ErrTooLarge   error = Error{http.StatusRequestEntityTooLarge, "The body is too large."}
	ErrGone       error = Error{499, "The client went away before the answer."} // of nginx; no one reads it but the log
	ErrPanic      error = Error{http.StatusInternalServerError, "An internal error occurred."}
	ErrStarting   error = Error{http.StatusServiceUnavailable, "The service is starting. Try again."}
	ErrApart      error = Error{http.StatusServiceUnavailable, "The service is not set up correctly. Try again later."}
	ErrOverloaded error = Error{http.StatusServiceUnavailable, "Too many requests are being served; try again shortly."}
	ErrSlow       error = Error{http.StatusRequestTimeout, "The body came too slowly. Send it again."}
)

func tooLarge(limit int64) error {
	return Error{http.StatusRequestEntityTooLarge, fmt.Sprintf("The body is larger than %d bytes.", limit)}
}

// Error gives the status and the detail.
func (e Error) Error() string { return fmt.Sprintf("%d: %s", e.Status, e.Detail) }

// ErrorType is the status, for spans.
func (e Error) ErrorType() string { return strconv.Itoa(e.Status) }

// Is reports whether target is a refusal of the same status, so that errors.Is(err, ErrTooLarge)
// holds whatever the limit.
func (e Error) Is(target error) bool {
	t, ok := target.(Error)
	return ok && t.Status == e.Status
}

// Fail ends the request with err, which the exit writes. For middleware; a Handler returns its
// error.
func Fail(c *gin.Context, err error) {
	_ = c.Error(err)
	c.Abort()
}

// exit is where every error leaves.
func exit(write func(*gin.Context, error)) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Next()
		if len(c.Errors) == 0 {
			return
		}
		ctx := c.Request.Context()
		err := c.Errors[0].Err
		if refusal, ok := errors.AsType[Error](err); ok {
			err = refusal // a decoder may have wrapped ErrTooLarge in an error of its own, which is then not the reason
		} else if errors.Is(err, context.Canceled) && errors.Is(ctx.Err(), context.Canceled) {
			err = ErrGone
		}
		ev := EventFrom(ctx)
		if c.Writer.Written() {
			ev.cut(err)
			panic(http.ErrAbortHandler) // the client must not take the part for the whole
		}
		c.Status(http.StatusInternalServerError) // unless write says otherwise
		write(c, err)
		ev.left(c.Writer.Status(), err)
	}
}
