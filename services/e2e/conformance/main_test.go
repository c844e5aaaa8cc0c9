package conformance

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/devrev/scim/services/e2e/harness"
)

// service is the product under test; TestMain starts and stops it.
var service *harness.Process

func TestMain(m *testing.M) {
	code, err := runAll(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func runAll(m *testing.M) (code int, err error) {
	folder, err := os.MkdirTemp("", "devrev-scim-conformance-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	ctx := context.Background()
	program, err := harness.Build(ctx, folder)
	if err != nil {
		return 0, err
	}
	if service, err = harness.Start(ctx, program, folder); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, service.Stop()) }()
	return m.Run(), nil
}
