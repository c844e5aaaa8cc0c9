package web

import (
	"errors"
	"io"

	"github.com/gin-gonic/gin"
)

// bodies makes what the client broke its own fault: a body that ends early or whose chunks are
// malformed is ErrBrokenBody.
func bodies(c *gin.Context) {
	if c.Request.Body != nil {
		c.Request.Body = sent{c.Request.Body}
	}
}

type sent struct{ io.ReadCloser }

func (s sent) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	if _, refused := errors.AsType[Error](err); err == nil || errors.Is(err, io.EOF) || refused {
		return n, err
	}
	return n, ErrBrokenBody
}
