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

	"github.com/devrev/scim/services/access/accesstest"
	"github.com/devrev/scim/services/devstack"
)

// alone is a scimd beside a product, or without any store: then it answers, and each answer is a refusal.
type alone struct {
	protocol, api, operations string // base URLs
	started                   time.Duration
	cmd                       *exec.Cmd
	log                       string
}

// startAlone starts a scimd with these variables beside those of the test and waits until it is alive.
func startAlone(t testing.TB, environment map[string]string) *alone {
	t.Helper()
	addresses := make([]string, 4)
	for i := range addresses {
		address, err := devstack.FreeAddr()
		if err != nil {
			t.Fatal(err)
		}
		addresses[i] = address
	}
	a := &alone{
		protocol: "http://" + addresses[0] + "/scim/v2", api: "http://" + addresses[1] + "/api/v1", operations: "http://" + addresses[2],
		log: filepath.Join(t.TempDir(), "log"), cmd: exec.Command(filepath.Join(programs, "scimd")),
	}
	log, err := os.Create(a.log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
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
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.cmd.Process.Kill() })
	for deadline := start.Add(20 * time.Second); !a.alive(t); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("scimd is not alive:\n%s", a.logged(t))
		}
	}
	a.started = time.Since(start)
	return a
}

func (a *alone) alive(t testing.TB) bool {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.operations+"/livez", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// metrics returns the numbers on its metrics page, by series.
func (a *alone) metrics(t testing.TB) map[string]float64 {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.operations+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
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
func (a *alone) memory(t testing.TB) float64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", a.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(status), "VmRSS:")
	kib, err := strconv.ParseFloat(strings.Fields(after)[0], 64)
	if err != nil {
		t.Fatal(err)
	}
	return kib / 1024
}

// processor returns how long it has had a processor.
func (a *alone) processor(t testing.TB) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", a.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(after)
	var ticks int64
	for _, field := range fields[11:13] { // utime and stime, in hundredths of a second; see proc(5)
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

func (a *alone) logged(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile(a.log)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// end tells it to end, and how long that took.
func (a *alone) end(t testing.TB) time.Duration {
	t.Helper()
	start := time.Now()
	if err := a.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- a.cmd.Wait() }()
	select {
	case <-done: // what telemetry could not send is an error, and is logged
	case <-ctx.Done():
		t.Fatal(fmt.Errorf("scimd does not end: %w", ctx.Err()))
	}
	return time.Since(start)
}
