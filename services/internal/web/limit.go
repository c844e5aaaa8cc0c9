package web

import (
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// BodyLimit refuses bodies of more than limit bytes with ErrTooLarge: at once if Content-Length says so, else from the read
// that goes beyond. The routes of one engine may differ; the smallest limit on the way counts.
func BodyLimit(limit int64) gin.HandlerFunc {
	return func(c *gin.Context) {
		if c.Request.ContentLength > limit {
			Fail(c, tooLarge(limit))
			return
		}
		c.Request.Body = limited{http.MaxBytesReader(c.Writer, c.Request.Body, limit)}
	}
}

type limited struct{ io.ReadCloser }

func (l limited) Read(p []byte) (int, error) {
	n, err := l.ReadCloser.Read(p)
	if beyond, ok := errors.AsType[*http.MaxBytesError](err); ok {
		err = tooLarge(beyond.Limit)
	}
	return n, err
}

// Concurrency lets n requests through at a time and refuses the others with ErrOverloaded and Retry-After: 1. Nobody
// waits: who waits holds memory, and the client's own timeout runs.
func Concurrency(n int) gin.HandlerFunc {
	slots := make(chan struct{}, n)
	return func(c *gin.Context) {
		select {
		case slots <- struct{}{}:
			defer func() { <-slots }()
			c.Next()
		default:
			RetryAfter(c, time.Second)
			Fail(c, ErrOverloaded)
		}
	}
}
