package web

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// Handler answers a request or returns why not; with an error it has written nothing. As middleware
// it returns nil to let the request go on.
type Handler func(*gin.Context) error

// Handle makes a gin handler of h.
func Handle(h Handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := h(c); err != nil {
			Fail(c, err)
		}
	}
}

// Answer ends a handler with what a call returned: it writes what view makes of the result, as JSON
// with 200, or returns the error.
func Answer[T, V any](c *gin.Context, view func(T) V) func(T, error) error {
	return func(result T, err error) error {
		if err != nil {
			return err
		}
		c.JSON(http.StatusOK, view(result))
		return nil
	}
}
