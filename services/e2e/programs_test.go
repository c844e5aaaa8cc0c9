package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// packages are the programs under test and where they stand, seen from this package.
var packages = map[string]string{
	"allinone": "../local/allinone",
	"tokend":   "../token/cmd/tokend",
	"scimd":    "../scim/cmd/scimd",
}

// built holds the folder of the programs; TestMain makes and removes it.
var built struct {
	sync.Mutex
	folder string
}

// program builds the programs that are not built yet and returns the path of the first.
func program(tb testing.TB, names ...string) string {
	tb.Helper()
	built.Lock()
	defer built.Unlock()
	for _, name := range names {
		path := filepath.Join(built.folder, name)
		if _, err := os.Stat(path); err == nil {
			continue
		}
		if out, err := exec.Command("go", append(append([]string{"build"}, buildFlags...), "-o", path, packages[name])...).CombinedOutput(); err != nil {
			tb.Fatalf("build %s: %v\n%s", name, err, out)
		}
	}
	return filepath.Join(built.folder, names[0])
}

// openLog returns a file for what a process has to say; logged reads it when a test fails.
func openLog(t *testing.T) *os.File {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return file
}

func logged(t *testing.T, file *os.File) string {
	t.Helper()
	data, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
