package telemetry

import (
	"flag"
	"fmt"
	"math"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/e2e/harness"
)

var perSecond = flag.Int("rate", 50, "how many requests each scimd gets in a second, where that is steady")

// TestACollectorThatIsAwayCostsItsDataOnly loads three of scimd on one pair of stores steadily and
// in turn: one without a collector, one whose collector is dead, one whose collector hangs. Times
// and memory are logged and not asserted, since the machine may be busy, unless make torture asks;
// -load 5m -rate 200 makes them mean something.
func TestACollectorThatIsAwayCostsItsDataOnly(t *testing.T) {
	p := start(t, nil)
	token := p.Ready.Orgs[0].Token
	user := newCaller(t, p.Ready.SCIMBaseURL, token).want(201, "POST", "/Users", map[string]any{"schemas": []string{coreUser}, "userName": "bjensen@example.com"}).string("id")
	kinds := []string{"none", "dead", "hung"}
	environments := []map[string]string{
		nil, {"OTEL_EXPORTER_OTLP_ENDPOINT": nobody(t)}, {"OTEL_EXPORTER_OTLP_ENDPOINT": silence(t)},
	}
	running, callers, times := make([]*harness.Program, 3), make([]*caller, 3), make([][]time.Duration, 3)
	for i, environment := range environments {
		running[i] = p.beside(t, environment)
		callers[i] = newCaller(t, protocol(running[i]), token)
	}
	var (
		mu  sync.Mutex
		all sync.WaitGroup
	)
	pause, begin := time.Second/time.Duration(*perSecond*len(kinds)), time.Now()
	for n := 0; ; n++ {
		due := begin.Add(time.Duration(n) * pause)
		if due.Sub(begin) >= *load {
			break
		}
		time.Sleep(time.Until(due))
		all.Go(func() {
			i := n % len(kinds)
			paths := []string{query("/Users", "filter", `userName eq "bjensen@example.com"`), "/Users/" + user, "/Groups"}
			callers[i].want(http.StatusOK, "GET", paths[n/len(kinds)%len(paths)], nil)
			mu.Lock()
			defer mu.Unlock()
			times[i] = append(times[i], time.Since(due)) // what waits for its turn waits too
		})
	}
	all.Wait()

	memory := make([]float64, 3)
	for i, kind := range kinds {
		memory[i] = running[i].Memory(t)
		slices.Sort(times[i])
		of := harness.Series(harness.Metrics(t, running[i].Process))
		ended, exported, failures := of[`scim_telemetry_spans_total{state="ended"}`], of[`scim_telemetry_spans_total{state="exported"}`], of["scim_telemetry_failures_total"]
		if counted := ended > exported || failures > 0; counted != (kind != "none") {
			t.Errorf("%s: %g spans ended, %g were exported, %g exports failed", kind, ended, exported, failures)
		}
		redistest.Bound(t, kind+": MiB more than without a collector", math.Round(memory[i]-memory[0]), 20)
		at := func(part float64) time.Duration { return times[i][int(float64(len(times[i])-1)*part)] }
		t.Logf("%s: %d requests, p50 %s, p99 %s, %.1f MiB, %g spans ended, %g exported, %g exports failed",
			kind, len(times[i]), at(0.5).Round(10*time.Microsecond), at(0.99).Round(10*time.Microsecond), memory[i], ended, exported, failures)
	}
	for i, kind := range kinds {
		all.Go(func() {
			took := running[i].End(t)
			redistest.Bound(t, kind+": it ends", took, 5*time.Second)
		})
	}
	all.Wait()
}

// BenchmarkTelemetryOverhead compares a scimd that samples and exports everything with one whose
// SDK is disabled, in turns of a second on one pair of stores. ratio is throughput with telemetry
// to throughput without; cpu the same of what a request costs scimd in processor time, which other
// processes on the machine do not change.
func BenchmarkTelemetryOverhead(b *testing.B) {
	p := start(b, nil)
	token := p.Ready.Orgs[0].Token
	sink := newSink(b)
	running := []*harness.Program{
		p.beside(b, map[string]string{"OTEL_SDK_DISABLED": "true"}),
		p.beside(b, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": sink.URL, "OTEL_TRACES_SAMPLER": "always_on"}),
	}
	const users = 20
	var ids []string
	for n := range users {
		body := map[string]any{"schemas": []string{coreUser}, "userName": fmt.Sprintf("user%d@example.com", n)}
		ids = append(ids, newCaller(b, protocol(running[0]), token).want(201, "POST", "/Users", body).string("id"))
	}
	requests, spent, used := make([]int, 2), make([]time.Duration, 2), make([]time.Duration, 2)
	turn := func(i int, length time.Duration) (n int) {
		var (
			mu  sync.Mutex
			all sync.WaitGroup
		)
		for end, worker := time.Now().Add(length), 0; worker < 4; worker++ {
			all.Go(func() {
				c := newCaller(b, protocol(running[i]), token)
				done := 0
				for ; time.Now().Before(end); done++ {
					id := ids[(done*7+worker*5)%users]
					switch done % 4 {
					case 0:
						c.want(200, "PATCH", "/Users/"+id, patchRequest(map[string]any{"op": "replace", "path": "title", "value": fmt.Sprint(worker, done)}))
					case 1:
						c.want(200, "GET", "/Users/"+id, nil)
					default:
						c.want(200, "GET", query("/Users", "filter", fmt.Sprintf("userName eq %q", fmt.Sprintf("user%d@example.com", done%users))), nil)
					}
				}
				mu.Lock()
				defer mu.Unlock()
				n += done
			})
		}
		all.Wait()
		return n
	}
	turn(0, time.Second) // both, and the stores, get warm
	turn(1, time.Second)
	b.ResetTimer()
	for b.Loop() {
		for n := range 10 {
			i := (n + n/2) % 2 // 0 1 1 0 0 1 1 0: whatever changes meanwhile changes for both
			cpu, begin := running[i].Processor(b), time.Now()
			requests[i] += turn(i, time.Second)
			spent[i] += time.Since(begin)
			used[i] += running[i].Processor(b) - cpu
		}
	}
	rate := func(i int) float64 { return float64(requests[i]) / spent[i].Seconds() }
	cost := func(i int) float64 { return used[i].Seconds() / float64(requests[i]) }
	b.ReportMetric(rate(0), "off/s")
	b.ReportMetric(rate(1), "on/s")
	b.ReportMetric(rate(1)/rate(0), "ratio")
	b.ReportMetric(cost(0)*1e6, "off-µs-cpu")
	b.ReportMetric(cost(1)*1e6, "on-µs-cpu")
	b.ReportMetric(0, "ns/op")
}
