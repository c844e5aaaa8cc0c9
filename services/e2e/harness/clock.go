package harness

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

//go:embed testdata/stepped.go.txt
var stepped []byte

// SteppablePrograms is Programs, in a folder of their own, of programs whose wall clock StepClock
// steps. They are built of the same source, by a toolchain in whose package time Now adds the step.
// The first time, that builds everything, which takes minutes.
func SteppablePrograms(tb testing.TB, names ...string) (folder string) {
	tb.Helper()
	folder, err := build(tb.Context(), programsFolder+"-steppable", steppable, names...)
	assert.NilError(tb, err)
	return folder
}

// steppable writes into folder what go build is to overlay its standard library with, and returns
// the flag that has it do so.
func steppable(ctx context.Context, folder string) (flags []string, err error) {
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("find the standard library: %w", err)
	}
	library := filepath.Join(strings.TrimSpace(string(root)), "src", "time")
	source, err := os.ReadFile(filepath.Join(library, "time.go")) //nolint:gosec // of the toolchain
	if err != nil {
		return nil, fmt.Errorf("read the standard library: %w", err)
	}
	const now = "func Now() Time {\n\tsec, nsec, mono := runtimeNow()\n"
	if bytes.Count(source, []byte(now)) != 1 {
		return nil, errors.New("time.Now of this Go begins with other lines: see steppable")
	}
	source = bytes.Replace(source, []byte(now), []byte(now+"\tsec += stepped.Load()\n"), 1)
	replace := map[string]string{}
	for name, content := range map[string][]byte{"time.go": source, "stepped.go": stepped} {
		replace[filepath.Join(library, name)] = filepath.Join(folder, name)
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			return nil, fmt.Errorf("write an overlay: %w", err)
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return nil, fmt.Errorf("write an overlay: %w", err)
	}
	file := filepath.Join(folder, "overlay.json")
	return []string{"-overlay", file}, os.WriteFile(file, overlay, 0o600)
}

// StepClock has the wall clock of a running process, which is one of SteppablePrograms, be ahead by
// whole seconds, within the blink of an eye and until back is called or the process ends. What is
// measured by the monotonic clock goes on as it did, as where a machine's clock is set.
func StepClock(tb testing.TB, pid int, by time.Duration) (back func()) {
	tb.Helper()
	program, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	assert.NilError(tb, err)
	file, step := fmt.Sprintf("%s.%d", program, pid), binary.LittleEndian.AppendUint64(nil, uint64(by/time.Second)) //nolint:gosec // read as it was
	assert.NilError(tb, os.WriteFile(file, step, 0o600))
	back = func() { _ = os.Remove(file) } // which the test's end may have done
	tb.Cleanup(back)
	return back
}
