package e2e

import (
	"context"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/devrev/scim/services/e2e/harness"
)

// BenchmarkStorm measures what an organisation notices of another one that sends ten times its rate: the ratio of its 99th percentiles, with
// the storm and without, of requests 20 ms apart.
func BenchmarkStorm(b *testing.B) {
	program, err := harness.Build(b.Context(), b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	run, err := harness.Start(b.Context(), program, b.TempDir(), "-rate", "50")
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := run.Stop(); err != nil {
			b.Error(err)
		}
	}()
	noisy, err := run.Organisation(b.Context(), "noisy", "email")
	if err != nil {
		b.Fatal(err)
	}
	quiet := run.Ready.Orgs[0].Token
	list := run.Ready.SCIMBaseURL + "/Users?startIndex=1&count=2"
	const rounds, requests = 4, 400 // in turn, so that whatever else the machine does meets both alike

	for b.Loop() {
		var took [2][]time.Duration
		for range rounds {
			took[0] = append(took[0], times(b, list, quiet, requests)...)
			storm, end := context.WithCancel(b.Context())
			var clients sync.WaitGroup
			for range 10 {
				clients.Go(func() {
					for storm.Err() == nil {
						get(b, list, noisy)
						time.Sleep(20 * time.Millisecond)
					}
				})
			}
			took[1] = append(took[1], times(b, list, quiet, requests)...)
			end()
			clients.Wait()
		}
		alone, beside := p99(took[0]), p99(took[1])
		b.ReportMetric(float64(alone.Microseconds())/1000, "p99-ms-alone")
		b.ReportMetric(float64(beside.Microseconds())/1000, "p99-ms-beside")
		b.ReportMetric(float64(beside)/float64(alone), "ratio")
	}
}

func p99(took []time.Duration) time.Duration {
	slices.Sort(took)
	return took[len(took)*99/100]
}

// times returns how long each of so many requests took, 20 ms apart.
func times(b *testing.B, url, token string, requests int) []time.Duration {
	b.Helper()
	took := make([]time.Duration, requests)
	for i := range took {
		start := time.Now()
		if status := get(b, url, token); status != http.StatusOK {
			b.Fatalf("a request within the rate is answered with %d", status)
		}
		took[i] = time.Since(start)
		time.Sleep(20*time.Millisecond - min(took[i], 20*time.Millisecond))
	}
	return took
}

func get(b *testing.B, url, token string) int {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url, nil)
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Error(err)
		return 0
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, resp.Body) // so that the connection is used again
	return resp.StatusCode
}
