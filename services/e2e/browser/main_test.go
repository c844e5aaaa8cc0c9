package browser

import (
	"context"
	"strings"
	"testing"

	"github.com/devrev/scim/services/e2e/harness"
)

func TestMain(m *testing.M) {
	harness.Main(m, func(context.Context) (func() error, error) { return closeBrowser, nil })
}

// origin is where the browser finds the product.
func origin(p *harness.AllInOne) string { return strings.TrimSuffix(p.Ready.ConsoleURL, "/console/") }
