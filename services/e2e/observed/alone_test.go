package observed

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/devrev/scim/services/internal/access/accesstest"
	"github.com/devrev/scim/services/local/devstack"
)

// alone is a scimd beside a product, or without any store: then it answers, and each answer is a refusal.
type alone struct {
	protocol, api, operations string // base URLs
	started                   time.Duration
	cmd                       *exec.Cmd
	log                       string
}

// startAlone starts a scimd with these variables beside those of the test and waits until it is alive.
func startAlone(tb testing.TB, environment map[string]string) *alone {
	tb.Helper()
	addresses := make([]string, 4)
	for i := range addresses {
		address, err := devstack.FreeAddr()
		if err != nil {
			tb.Fatal(err)
		}
		addresses[i] = address
	}
	a := &alone{
		protocol: "http://" + addresses[0] + "/scim/v2", api: "http://" + addresses[1] + "/api/v1", operations: "http://" + addresses[2],
		log: filepath.Join(tb.TempDir(), "log"), cmd: exec.Command(filepath.Join(programs, "scimd")),
	}
	log, err := os.Create(a.log)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = log.Close() })
	a.cmd.Stderr = log
	a.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	a.cmd.Env = append(os.Environ(),
		"SCIMD_ADDR="+addresses[0], "SCIMD_API_ADDR="+addresses[1], "SCIMD_OPS_ADDR="+addresses[2], "DRAIN_DELAY=0s",
		"SCIM_BASE_URL=https://scim.example.com/scim/v2", "REDIS_URL=redis://"+addresses[3], "MONGODB_URI=mongodb://"+addresses[3],
		"TOKEN_PEPPERS=k1:"+strings.Repeat("c2Vj", 12), "PLATFORM_CREDENTIAL="+accesstest.PlatformCredential)
	for name, value := range environment { // what comes last counts
		a.cmd.Env = append(a.cmd.Env, name+"="+value)
	}
	start := time.Now()
	if err := a.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = a.cmd.Process.Kill() })
	for deadline := start.Add(20 * time.Second); !a.alive(tb); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("scimd is not alive:\n%s", a.logged(tb))
		}
	}
	a.started = time.Since(start)
	return a
}

func (a *alone) alive(tb testing.TB) bool {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, a.operations+"/livez", nil)
	if err != nil {
		tb.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// metrics returns the numbers on its metrics page, by series.
func (a *alone) metrics(tb testing.TB) map[string]float64 {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, a.operations+"/metrics", nil)
	if err != nil {
		tb.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		tb.Fatal(err)
	}
	all := map[string]float64{}
	for line := range strings.Lines(string(body)) {
		series, number, _ := strings.Cut(strings.TrimSpace(line), " ")
		if n, err := strconv.ParseFloat(number, 64); err == nil {
			all[series] = n
		}
	}
	return all
}

// memory returns the size of what it has in memory, in MiB.
func (a *alone) memory(tb testing.TB) float64 {
	tb.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", a.cmd.Process.Pid))
	if err != nil {
		tb.Fatal(err)
	}
	_, after, _ := strings.Cut(string(status), "VmRSS:")
	kib, err := strconv.ParseFloat(strings.Fields(after)[0], 64)
	if err != nil {
		tb.Fatal(err)
	}
	return kib / 1024
}

// processor returns how long it has had a processor.
func (a *alone) processor(tb testing.TB) time.Duration {
	tb.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", a.cmd.Process.Pid))
	if err != nil {
		tb.Fatal(err)
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(after)
	var ticks int64
	for _, field := range fields[11:13] { // utime and stime, in hundredths of a second; see proc(5)
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			tb.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

func (a *alone) logged(tb testing.TB) string {
	tb.Helper()
	data, err := os.ReadFile(a.log)
	if err != nil {
		tb.Fatal(err)
	}
	return string(data)
}

// end tells it to end, and how long that took.
func (a *alone) end(tb testing.TB) time.Duration {
	tb.Helper()
	start := time.Now()
	if err := a.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(tb.Context()), time.Minute)
	defer cancel()
	done := make(chan struct{})
	go func() {
		_ = a.cmd.Wait() // what telemetry could not send is an error, and is logged
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		tb.Fatal(fmt.Errorf("scimd does not end: %w", ctx.Err()))
	}
	return time.Since(start)
}
