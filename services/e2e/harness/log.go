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
		if found := races(Log{file}.Text(tb)); found != "" {
			tb.Errorf("data races:\n%s", found)
		}
	})
	return Log{file}
}

// races returns what the race detector has written between the lines of a log, "" if that is
// nothing. A report begins and ends with a line of =.
func races(log string) string {
	const rule = "==================\n"
	var found strings.Builder
	for part := range strings.SplitSeq(log, rule) {
		if strings.HasPrefix(part, "WARNING: DATA RACE") {
			found.WriteString(part)
		}
	}
	return found.String()
}

// Text returns what has been written up to now.
func (l Log) Text(tb testing.TB) string {
	tb.Helper()
	data, err := os.ReadFile(l.Name())
	assert.NilError(tb, err)
	return string(data)
}
