package embedded_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/local/embedded"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/directory/directorytest"
)

func TestOpenSaysWhyItCannot(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	held := filepath.Join(folder, "held.db")
	holder, err := embedded.Open(held)
	assert.NilError(t, err)
	defer func() { _ = holder.Close() }()
	text := filepath.Join(folder, "notes.txt")
	assert.NilError(t, os.WriteFile(text, []byte(strings.Repeat("no database ", 1000)), 0o600))
	for rule, row := range map[string]struct{ path, says string }{
		"a file that is held":       {held, "another process has the file open"},
		"a folder that is missing":  {filepath.Join(folder, "missing", "scim.db"), "folder must exist and be writable"},
		"a folder that is a file":   {filepath.Join(text, "scim.db"), "folder must exist and be writable"},
		"a folder in place of file": {folder, "folder must exist and be writable"},
		"another kind of file":      {text, "invalid database"},
	} {
		f, err := embedded.Open(row.path)
		if err == nil {
			_ = f.Close()
		}
		if err == nil || !strings.Contains(err.Error(), row.says) || !strings.Contains(err.Error(), row.path) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line about %s that says %q", rule, err, row.path, row.says)
		}
	}
}

func TestAClosedFileIsUnavailable(t *testing.T) {
	t.Parallel()
	f, err := embedded.Open(filepath.Join(t.TempDir(), "scim.db"))
	assert.NilError(t, err)
	assert.NilError(t, f.Close())
	if _, err := f.Directory().User(t.Context(), tenant, "7"); !errors.Is(err, directory.ErrUnavailable) {
		t.Errorf("User: error %v, want %v", err, directory.ErrUnavailable)
	}
	if err := f.Directory().CreateUser(t.Context(), tenant, directorytest.NewUser("a@example.com")); !errors.Is(err, directory.ErrUnavailable) {
		t.Errorf("CreateUser: error %v, want %v", err, directory.ErrUnavailable)
	}
	if _, _, err := f.Tokens().Lookup(t.Context(), "tag", "id"); !errors.Is(err, token.ErrUnavailable) {
		t.Errorf("Lookup: error %v, want %v", err, token.ErrUnavailable)
	}
}

func TestTheFileIsPrivate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "scim.db")
	f, err := embedded.Open(path)
	assert.NilError(t, err)
	defer func() { _ = f.Close() }()
	info, err := os.Stat(path)
	assert.NilError(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v, and personal data in it", info.Mode())
	}
}
