package deployfiles

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

// TestProofsThatAreNamedExist: the documents name tests and benchmarks for what they promise, which
// a rename must not leave behind.
func TestProofsThatAreNamedExist(t *testing.T) {
	t.Parallel()
	there := functions(t)
	name := regexp.MustCompile("`((?:Test|Benchmark|Fuzz)[A-Z]\\w+)`")
	for _, document := range []string{"docs/security.md", "docs/observe.md"} {
		text, err := os.ReadFile(filepath.Join(root, document))
		assert.NilError(t, err)
		named := name.FindAllStringSubmatch(string(text), -1)
		if len(named) < 15 {
			t.Errorf("%s names %d proofs: the table is not found", document, len(named))
		}
		for _, proof := range named {
			if !there[proof[1]] {
				t.Errorf("%s names %s, which is not there", document, proof[1])
			}
		}
	}
}

// functions returns the names of all tests, benchmarks and fuzz targets of the repository.
func functions(t *testing.T) map[string]bool {
	t.Helper()
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Benchmark|Fuzz)\w+)\(`)
	there := map[string]bool{}
	for _, module := range []string{"libs", "services"} {
		err := filepath.WalkDir(filepath.Join(root, module), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, found := range declared.FindAllSubmatch(text, -1) {
				there[string(found[1])] = true
			}
			return err
		})
		assert.NilError(t, err)
	}
	return there
}
