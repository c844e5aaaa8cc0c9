package conformance

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/local"
	"github.com/devrev/scim/services/local/devstack"
)

// service is the product under test; TestMain starts and stops it.
var service local.Ready

// TestMain starts the all-in-one. With SCIMDS=3 it is the production wiring with three scimds, of
// which each request gets to the next one; `make test-three` compares the results.
func TestMain(m *testing.M) {
	harness.Main(m, func(ctx context.Context) (end func() error, err error) {
		folder, err := os.MkdirTemp("", "devrev-scim-conformance-")
		if err != nil {
			return nil, err
		}
		var stop func() error
		if scimds := os.Getenv("SCIMDS"); scimds == "" {
			stop, err = startAllInOne(ctx, folder)
		} else {
			stop, err = startStack(ctx, folder, scimds)
		}
		if err != nil {
			return nil, errors.Join(err, os.RemoveAll(folder))
		}
		return func() error { return errors.Join(stop(), os.RemoveAll(folder)) }, nil
	})
}

func startAllInOne(ctx context.Context, folder string) (stop func() error, err error) {
	running, err := harness.StartAllInOne(ctx, folder)
	if err != nil {
		return nil, err
	}
	service = running.Ready
	return running.Stop, nil
}

func startStack(ctx context.Context, folder, scimds string) (stop func() error, err error) {
	n, err := strconv.Atoi(scimds)
	if err != nil {
		return nil, fmt.Errorf("SCIMDS: %w", err)
	}
	bin, err := harness.Build(ctx, "tokend", "scimd")
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(folder, "log"))
	if err != nil {
		return nil, err
	}
	running, err := devstack.Start(ctx, devstack.Config{
		Bin: bin, Logs: log, Scimds: n,
		Options: local.Options{Addr: "127.0.0.1:0", Data: filepath.Join(folder, "data"), JSON: true, UserNameFormat: "email"},
	})
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	service = running.Ready
	return func() error { return errors.Join(running.Stop(), log.Close()) }, nil
}
