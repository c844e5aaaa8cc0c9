package observed

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// load is how long each load runs. What is asserted holds for any length; a longer one sees more.
var load = flag.Duration("load", 2*time.Second, "how long each load on the programs runs")

// programs is the folder of tokend and scimd.
var programs string

func TestMain(m *testing.M) {
	flag.Parse()
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (int, error) {
	folder, err := os.MkdirTemp("", "devrev-scim-observed-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	programs = folder
	const services = "github.com/devrev/scim/services/"
	build := exec.CommandContext(context.Background(), "go", "build", "-o", folder+string(filepath.Separator), services+"token/cmd/tokend", services+"scim/cmd/scimd")
	if out, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("build the programs: %w\n%s", err, out)
	}
	return m.Run(), nil
}
