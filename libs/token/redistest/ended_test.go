package redistest

import (
	"fmt"
	"runtime"
	"testing"
)

// ended records how a test was ended from within, and ends its goroutine only.
type ended struct {
	testing.TB
	as, said string
}

func (e *ended) Fatal(args ...any) {
	e.as, e.said = "fatal", fmt.Sprint(args...)
	runtime.Goexit()
}

func (e *ended) Skip(args ...any) {
	e.as, e.said = "skip", fmt.Sprint(args...)
	runtime.Goexit()
}
