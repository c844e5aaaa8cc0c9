package harness

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token/redistest/freeport"
	"github.com/devrev/scim/services/internal/access/accesstest"
)

// Here is a program that runs in the process of the test.
type Here struct {
	HTTP  *http.Client // of Wait; nil: http.DefaultClient
	tb    testing.TB
	stop  context.CancelFunc
	ended chan error
}

// RunHere runs a program, as its main does, with these variables. It ends with the test, if it has
// not ended before.
func RunHere(tb testing.TB, run func(ctx context.Context, environ []string) error, environ ...string) *Here {
	tb.Helper()
	ctx, stop := context.WithCancel(tb.Context())
	tb.Cleanup(stop)
	h := &Here{tb: tb, stop: stop, ended: make(chan error, 1)}
	go func() { h.ended <- run(ctx, append([]string{"DRAIN_DELAY=0s"}, environ...)) }()
	return h
}

// Wait waits until GET url, as the platform, is answered with this status.
func (h *Here) Wait(url string, status int) {
	h.tb.Helper()
	Eventually(h.tb, fmt.Sprintf("GET %s gives %d", url, status), func() bool {
		select {
		case err := <-h.ended:
			h.tb.Fatalf("the program has ended: %v", err)
		default:
		}
		return Client{Base: url, Credential: accesstest.PlatformCredential, HTTP: h.HTTP}.Try(h.tb, http.MethodGet, "", nil).Status == status
	})
}

// Stop stops the program, which has to end without an error.
func (h *Here) Stop() {
	h.tb.Helper()
	h.stop()
	if err := <-h.ended; err != nil {
		h.tb.Errorf("it was stopped, and returns %v", err)
	}
}

// FreeAddr returns a loopback address where no process listens, and which stays the test's own.
func FreeAddr(tb testing.TB) string {
	tb.Helper()
	addr, err := freeport.Addr()
	assert.NilError(tb, err)
	return addr
}
