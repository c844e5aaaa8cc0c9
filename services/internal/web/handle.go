package web

import "github.com/gin-gonic/gin"

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
