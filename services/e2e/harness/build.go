package harness

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// built is the folder of the programs, one for each test process. Main removes it.
var built struct {
	sync.Mutex
	folder string
}

var packages = map[string]string{ //nolint:gosec // tokend is a program
	"allinone": "github.com/devrev/scim/services/local/allinone",
	"tokend":   "github.com/devrev/scim/services/token/cmd/tokend",
	"scimd":    "github.com/devrev/scim/services/scim/cmd/scimd",
	"consoled": "github.com/devrev/scim/services/console/cmd/consoled",
	"scimctl":  "github.com/devrev/scim/services/scimctl",
}

// Main is the TestMain of a package that runs programs: it removes what Build made. setUp, if not
// nil, runs before the tests and returns what ends it.
func Main(m *testing.M, setUp func(context.Context) (end func() error, err error)) {
	code, err := run(m, setUp)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	Clean()
	os.Exit(code)
}

func run(m *testing.M, setUp func(context.Context) (func() error, error)) (code int, err error) {
	if setUp != nil {
		end, err := setUp(context.Background())
		if err != nil {
			return 1, err
		}
		defer func() {
			if failed := end(); failed != nil {
				code, err = 1, failed
				fmt.Fprintln(os.Stderr, failed)
			}
		}()
	}
	return m.Run(), nil
}

// Clean removes the programs that Build made. A package with a TestMain of its own calls it at the
// end.
func Clean() {
	built.Lock()
	defer built.Unlock()
	if built.folder != "" {
		_ = os.RemoveAll(built.folder)
		built.folder = ""
	}
}

// Build builds the named programs, each once for a test process, and returns their folder. They
// watch for data races if the tests do.
func Build(ctx context.Context, names ...string) (folder string, err error) {
	built.Lock()
	defer built.Unlock()
	if built.folder == "" {
		if built.folder, err = os.MkdirTemp("", "devrev-scim-programs-"); err != nil {
			return "", fmt.Errorf("make a folder for the programs: %w", err)
		}
	}
	for _, name := range names {
		path := filepath.Join(built.folder, name)
		if _, err := os.Stat(path); err == nil {
			continue
		}
		args := append(append([]string{"build"}, buildFlags...), "-o", path, packages[name])
		if out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput(); err != nil { //nolint:gosec // a program of the list
			return "", fmt.Errorf("build %s: %w\n%s", name, err, out)
		}
	}
	return built.folder, nil
}

// Programs is Build for a test.
func Programs(tb testing.TB, names ...string) (folder string) {
	tb.Helper()
	folder, err := Build(tb.Context(), names...)
	if err != nil {
		tb.Fatal(err)
	}
	return folder
}
