package conformance

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/devrev/scim/services/e2e/harness"
)

// service is the product under test; TestMain starts and stops it.
var service *harness.AllInOne

func TestMain(m *testing.M) {
	harness.Main(m, func(ctx context.Context) (end func() error, err error) {
		folder, err := os.MkdirTemp("", "devrev-scim-conformance-")
		if err != nil {
			return nil, err
		}
		if service, err = harness.StartAllInOne(ctx, folder); err != nil {
			return nil, errors.Join(err, os.RemoveAll(folder))
		}
		return func() error { return errors.Join(service.Stop(), os.RemoveAll(folder)) }, nil
	})
}
