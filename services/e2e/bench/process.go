package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/devrev/scim/services/e2e/harness"
)

// process reads what the system and the metrics page report about a measured program.
type process struct {
	pid int
	ops string // host:port; "" has no page
}

// ticks is how many parts of a second Linux counts processor time in, on every platform that Go
// runs on.
const ticks = 100

// spent returns the processor time that the process has used.
func (p process) spent() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.pid))
	if err != nil {
		return 0, fmt.Errorf("read processor time: %w", err)
	}
	_, after, _ := strings.Cut(string(stat), ") ") // the name may hold spaces
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0, errors.New("read processor time: too few fields")
	}
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	return time.Duration(user+system) * time.Second / ticks, errors.Join(err1, err2)
}

// memory returns a size of the process in bytes: VmRSS now, VmHWM at most, RssAnon now without the
// pages of files.
func (p process) memory(name string) (int, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.pid))
	if err != nil {
		return 0, fmt.Errorf("read memory: %w", err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			kilobytes, err := strconv.Atoi(strings.Fields(rest)[0])
			return kilobytes << 10, err
		}
	}
	return 0, fmt.Errorf("read memory: there is no %s", name)
}

// lookEvery is how often growth looks at the memory of a process.
const lookEvery = 2 * time.Millisecond

// growth returns how many bytes the process has at most, in addition to those it has now, until
// done is called. Pages of files are not counted: the system takes them back when it needs them.
func (p process) growth() (done func() (int, error), err error) {
	before, err := p.memory("RssAnon")
	if err != nil {
		return nil, err
	}
	stop, most := make(chan struct{}), make(chan int)
	go func() {
		seen := before
		for {
			now, _ := p.memory("RssAnon") // an error shows in done
			seen = max(seen, now)
			select {
			case <-stop:
				most <- seen
				return
			case <-time.After(lookEvery):
			}
		}
	}()
	return func() (int, error) {
		close(stop)
		seen := <-most
		_, err := p.memory("RssAnon")
		return seen - before, err
	}, nil
}

// counters are totals from the page of metrics.
type counters struct{ mongodb, redis, allocated float64 }

func (p process) counters(ctx context.Context) (counters, error) {
	var c counters
	if p.ops == "" {
		return c, nil
	}
	page, err := harness.Client{Base: "http://" + p.ops}.Send(ctx, http.MethodGet, "/metrics", nil)
	if err != nil {
		return c, fmt.Errorf("read metrics: %w", err)
	}
	for line := range strings.Lines(string(page.Body)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "} ")
		if !strings.Contains(line, "} ") {
			name, value, _ = strings.Cut(strings.TrimSpace(line), " ")
		}
		n, err := strconv.ParseFloat(value, 64)
		switch {
		case err != nil:
		case strings.HasPrefix(name, "db_client_operation_duration_seconds_count") && strings.Contains(name, `db_system_name="mongodb"`):
			c.mongodb += n
		case strings.HasPrefix(name, "db_client_operation_duration_seconds_count"):
			c.redis += n
		case strings.HasPrefix(name, "go_memory_allocated_bytes_total"):
			c.allocated += n
		}
	}
	return c, nil
}
