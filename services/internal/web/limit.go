package web

import (
	"errors"
	"io"
	"net/http"

	"github.com/gin-gonic/gin"
)

// BodyLimit refuses bodies of more than limit bytes with ErrTooLarge: at once if Content-Length
// says so, else from the read that goes beyond. The routes of one engine may differ; the smallest
// limit on the way counts.
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
