package browser

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
)

func TestMain(m *testing.M) {
	harness.Main(m, func(context.Context) (func() error, error) {
		return func() error { return errors.Join(closeBrowser(), end()) }, nil
	})
}

// end ends the one product and removes its folder.
var end = func() error { return nil }

// running is the one product of this test binary. Each test has organisations of its own in it.
var running = sync.OnceValues(func() (*harness.AllInOne, error) {
	folder, err := os.MkdirTemp("", "devrev-scim-product-")
	if err != nil {
		return nil, err
	}
	end = func() error { return os.RemoveAll(folder) }
	p, err := harness.StartAllInOne(context.Background(), folder)
	if err == nil {
		end = func() error { return errors.Join(p.Stop(), os.RemoveAll(folder)) }
	}
	return p, err
})

func product(t *testing.T) *harness.AllInOne {
	t.Helper()
	p, err := running()
	assert.NilError(t, err)
	return p
}

// origin is where the browser finds the product.
func origin(p *harness.AllInOne) string { return strings.TrimSuffix(p.Ready.ConsoleURL, "/console/") }
