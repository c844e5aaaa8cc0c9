package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"

	"gotest.tools/v3/assert"
)

var packages = map[string]string{ //nolint:gosec // tokend is a program
	"allinone": "github.com/devrev/scim/services/local/allinone",
	"tokend":   "github.com/devrev/scim/services/token/cmd/tokend",
	"scimd":    "github.com/devrev/scim/services/scim/cmd/scimd",
	"consoled": "github.com/devrev/scim/services/console/cmd/consoled",
	"scimctl":  "github.com/devrev/scim/services/scimctl",
}

// Main is the TestMain of a package that sets up something for all of its tests: setUp runs before
// them and returns what ends it.
func Main(m *testing.M, setUp func(context.Context) (end func() error, err error)) {
	code, err := run(m, setUp)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M, setUp func(context.Context) (func() error, error)) (code int, err error) {
	end, err := setUp(context.Background())
	if err != nil {
		return 1, err
	}
	defer func() { err = end() }()
	return m.Run(), nil
}

// built has the files of the programs that this process has built: even to find one up to date
// takes a second.
var built = struct {
	sync.Mutex
	files map[string]bool
}{files: map[string]bool{}}

// Build builds the named programs, each once for a process, and returns their folder, which all
// processes that test this checkout share, so that one of them builds and the others find what is
// up to date. The programs watch for data races if the tests do.
func Build(ctx context.Context, names ...string) (folder string, err error) {
	return build(ctx, programsFolder, func(context.Context, string) ([]string, error) { return nil, nil }, names...)
}

// build is Build into the folder of this name below bin; more returns flags of go build.
func build(ctx context.Context, name string, more func(ctx context.Context, folder string) ([]string, error), names ...string) (folder string, err error) {
	built.Lock()
	defer built.Unlock()
	root, err := checkout()
	if err != nil {
		return "", err
	}
	folder = filepath.Join(root, "bin", name)
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return built.files[filepath.Join(folder, name)] })
	if len(names) == 0 {
		return folder, nil
	}
	if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // as go build makes its folders
		return "", fmt.Errorf("make a folder for the programs: %w", err)
	}
	lock, err := os.Create(filepath.Join(folder, "lock")) //nolint:gosec // of this checkout
	if err != nil {
		return "", fmt.Errorf("make the lock of the programs: %w", err)
	}
	defer func() { _ = lock.Close() }() // which ends the lock
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", fmt.Errorf("lock the programs: %w", err)
	}
	flags, err := more(ctx, folder)
	if err != nil {
		return "", err
	}
	for _, name := range names {
		file := filepath.Join(folder, name)
		args := slices.Concat([]string{"build"}, buildFlags, flags, []string{"-o", file, packages[name]})
		if out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput(); err != nil { //nolint:gosec // a program of the list
			return "", fmt.Errorf("build %s: %w\n%s", name, err, out)
		}
		built.files[file] = true
	}
	return folder, nil
}

// checkout returns the folder of the workspace that this process runs in.
func checkout() (string, error) {
	folder, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(folder, "go.work")); missing == nil {
			return folder, nil
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			err = errors.New("this is not in a checkout: no folder above has a go.work")
		}
		folder = parent
	}
	return "", fmt.Errorf("find the checkout: %w", err)
}

// Programs is Build for a test.
func Programs(tb testing.TB, names ...string) (folder string) {
	tb.Helper()
	folder, err := Build(tb.Context(), names...)
	assert.NilError(tb, err)
	return folder
}
