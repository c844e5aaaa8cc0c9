package harness

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

// Log is a file that processes write to.
type Log struct{ *os.File }

// NewLog returns a log of the test's own. The test fails if a process writes of a data race.
func NewLog(tb testing.TB) Log {
	tb.Helper()
	file, err := os.Create(filepath.Join(tb.TempDir(), "log"))
	assert.NilError(tb, err)
	tb.Cleanup(func() {
		_ = file.Close()
		if _, race, found := strings.Cut(Log{file}.Text(tb), "WARNING: DATA RACE"); found {
			tb.Errorf("a data race:%.4000s", race)
		}
	})
	return Log{file}
}

// Text returns what has been written up to now.
func (l Log) Text(tb testing.TB) string {
	tb.Helper()
	data, err := os.ReadFile(l.Name())
	assert.NilError(tb, err)
	return string(data)
}
