package deployfiles

import (
	"os"
	"path/filepath"
	"testing"

	"go.yaml.in/yaml/v3"
	"gotest.tools/v3/assert"
)

// root is the repository.
const root = "../../.."

// glob returns the files of the repository that match pattern; there has to be one.
func glob(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no file is %s (%v)", pattern, err)
	}
	return paths
}

// readLoosely reads a file of the repository into out, and leaves out what out does not know.
func readLoosely(t *testing.T, path string, out any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	assert.NilError(t, err)
	if err := yaml.Unmarshal(text, out); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// readYAML reads a file of the repository into out and fails on a key that out does not know.
func readYAML(t *testing.T, path string, out any) {
	t.Helper()
	file, err := os.Open(path)
	assert.NilError(t, err)
	defer func() { _ = file.Close() }()
	decoder := yaml.NewDecoder(file)
	decoder.KnownFields(true)
	if err := decoder.Decode(out); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
