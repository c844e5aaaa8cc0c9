package web

import (
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/gin-gonic/gin"
)

// recovery turns a panic into ErrPanic. Its value and the stack go to the log alone.
func recovery(c *gin.Context) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(p) // the way to cut a connection; net/http knows it
		}
		ev := EventFrom(c.Request.Context())
		ev.SetErr(fmt.Errorf("panic: %v", p))
		ev.Add("stack", strings.Split(strings.TrimSpace(string(debug.Stack())), "\n"))
		c.Errors = nil // what a handler noted before it panicked is not the reason
		Fail(c, ErrPanic)
	}()
	c.Next()
}
