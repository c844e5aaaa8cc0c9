package harness

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/access/accesstest"
	"github.com/devrev/scim/services/local/devstack"
)

// Program is scimd or tokend, in a process of its own.
type Program struct {
	*devstack.Process
	Log     Log
	Started time.Duration // from its start until it was alive
}

// NewProgram returns the program of this name with these variables. Those that it needs and are not
// there are valid, and name stores that no one runs. It is not started, and ends with the test at
// the latest.
func NewProgram(tb testing.TB, name string, environment map[string]string) *Program {
	tb.Helper()
	away := FreeAddr(tb)
	env := []string{
		"DRAIN_DELAY=0s", "SCIM_BASE_URL=https://scim.example.com/scim/v2", "REDIS_URL=redis://" + away, "MONGODB_URI=mongodb://" + away,
		"TOKEN_PEPPERS=k1:" + strings.Repeat("c2Vj", 12), "PLATFORM_CREDENTIAL=" + accesstest.PlatformCredential,
	}
	for variable, value := range environment { // of two with one name the last one counts
		env = append(env, variable+"="+value)
	}
	p := &Program{Log: NewLog(tb)}
	var err error
	if p.Process, err = devstack.NewProgram(Programs(tb, name), name, p.Log.File, env...); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(p.Kill)
	return p
}

// Launch is NewProgram, started and alive.
func Launch(tb testing.TB, name string, environment map[string]string) *Program {
	tb.Helper()
	p := NewProgram(tb, name, environment)
	start := time.Now()
	if err := p.Launch(context.WithoutCancel(tb.Context())); err != nil {
		tb.Fatalf("%v\n%s", err, p.Log.Text(tb))
	}
	p.Started = time.Since(start)
	return p
}

// Restart starts the process, the first time or again, and waits until it is ready.
func (p *Program) Restart(tb testing.TB) {
	tb.Helper()
	if err := p.Start(context.WithoutCancel(tb.Context())); err != nil {
		tb.Fatalf("%v\n%s", err, p.Log.Text(tb))
	}
}

// End tells the process to end, and returns how long that took.
func (p *Program) End(tb testing.TB) time.Duration {
	tb.Helper()
	start := time.Now()
	assert.NilError(tb, p.Stop())
	return time.Since(start)
}

// Metrics returns the page of metrics of a process.
func Metrics(tb testing.TB, p *devstack.Process, headers ...string) string {
	tb.Helper()
	return string(Client{Base: "http://" + p.Operations()}.Want(tb, 200, "GET", "/metrics", nil, headers...).Body)
}

// Series returns the numbers on a page of metrics, by series.
func Series(page string) map[string]float64 {
	all := map[string]float64{}
	for line := range strings.Lines(page) {
		series, number, _ := strings.Cut(strings.TrimSpace(line), " ")
		if n, err := strconv.ParseFloat(number, 64); err == nil {
			all[series] = n
		}
	}
	return all
}

// Memory returns the size of what the process has in memory, in MiB.
func (p *Program) Memory(tb testing.TB) float64 {
	tb.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	assert.NilError(tb, err)
	_, after, _ := strings.Cut(string(status), "VmRSS:")
	kib, err := strconv.ParseFloat(strings.Fields(after)[0], 64)
	assert.NilError(tb, err)
	return kib / 1024
}

// Processor returns how long the process has had a processor.
func (p *Program) Processor(tb testing.TB) time.Duration {
	tb.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.PID()))
	assert.NilError(tb, err)
	_, after, _ := strings.Cut(string(stat), ") ")
	var ticks int64
	for _, field := range strings.Fields(after)[11:13] { // utime and stime, in hundredths of a second; see proc(5)
		n, err := strconv.ParseInt(field, 10, 64)
		assert.NilError(tb, err)
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
