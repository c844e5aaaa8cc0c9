package e2e

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
)

const list = "/Users?startIndex=1&count=2"

// BenchmarkStorm measures what an organisation notices of another one that sends ten times its
// rate: the ratio of its 99th percentiles, with the storm and without, of requests 20 ms apart.
func BenchmarkStorm(b *testing.B) {
	run := harness.RunAllInOne(b, "-rate", "50")
	noisy, err := run.Organisation(b.Context(), "noisy", "email")
	assert.NilError(b, err)
	as := func(token string) harness.Client {
		return harness.Client{Base: run.Ready.SCIMBaseURL, Credential: token}
	}
	quiet := as(run.Ready.Orgs[0].Token)
	const rounds, requests = 4, 400 // in turn, so that whatever else the machine does meets both alike

	for b.Loop() {
		var took [2][]time.Duration
		for range rounds {
			took[0] = append(took[0], times(b, quiet, requests)...)
			storm, end := context.WithCancel(b.Context())
			var clients sync.WaitGroup
			for range 10 {
				clients.Go(func() {
					for storm.Err() == nil {
						as(noisy).Try(b, http.MethodGet, list, nil)
						time.Sleep(20 * time.Millisecond)
					}
				})
			}
			took[1] = append(took[1], times(b, quiet, requests)...)
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
func times(b *testing.B, c harness.Client, requests int) []time.Duration {
	b.Helper()
	took := make([]time.Duration, requests)
	for i := range took {
		start := time.Now()
		if a := c.Must(b, http.MethodGet, list, nil); a.Status != http.StatusOK {
			b.Fatalf("a request within the rate is answered with %d", a.Status)
		}
		took[i] = time.Since(start)
		time.Sleep(20*time.Millisecond - min(took[i], 20*time.Millisecond))
	}
	return took
}
