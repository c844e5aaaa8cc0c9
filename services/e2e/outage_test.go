package e2e

import (
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/local/devstack"
)

// TestAnOutageOfRedisRefusesNobody: whatever Redis does, a valid token is never 401 or 403. It is
// 503 with Retry-After, soon, and all is well 2 s after Redis is.
func TestAnOutageOfRedisRefusesNobody(t *testing.T) {
	t.Parallel() // on services of its own
	c := startCluster(t, 0)
	c.outages(c.front)
}

// TestAnOutageOfSentinelsPrimaryRefusesNobody is the same where Sentinels say which the primary is,
// and do not replace it.
func TestAnOutageOfSentinelsPrimaryRefusesNobody(t *testing.T) {
	long(t)
	w := redistest.StartWatchedOverALink(t, 2, time.Hour)
	startReplacing(t, replacing{url: w.URL()}).outages(w.Link)
}

// TestAnOutageOfAClusterRefusesNobody is the same on a cluster, whose nodes still reach each other.
func TestAnOutageOfAClusterRefusesNobody(t *testing.T) {
	long(t)
	r := redistest.StartClusterOverLinks(t)
	startReplacing(t, replacing{url: r.URL()}).outages(r.Links...)
}

// outages has what leads to Redis reset connections, answer nothing and be slow, one after the
// other, under load.
func (c *cluster) outages(links ...*redistest.Link) {
	c.Helper()
	tokens := []string{c.enable().Token, c.issue().Token}
	before := c.goroutines()
	for _, outage := range []struct {
		name  string
		begin func(*redistest.Link)
	}{
		{"connections are reset", (*redistest.Link).Refuse},
		{"nothing is answered", (*redistest.Link).Cut},
		{"everything takes 2 s", func(l *redistest.Link) { l.Delay(time.Second) }},
	} {
		c.Run(outage.name, func(t *testing.T) {
			load := c.load(tokens)
			time.Sleep(time.Second)
			for _, l := range links {
				outage.begin(l)
			}
			time.Sleep(7 * time.Second)
			for _, l := range links {
				l.Heal()
			}
			healed := time.Now()
			harness.Eventually(t, "a request succeeds after the outage", func() bool { return load.wellSince(healed) })
			time.Sleep(3 * time.Second) // in which one may still fail
			load.stop()
			load.judge(t, healed)
		})
	}
	harness.Eventually(c.T, "as many goroutines as before, give or take 5", func() bool {
		return math.Abs(c.goroutines()-before) <= 5
	})
}

// load is a client that asks both scimds 50 times a second in all, with each of the tokens, or as
// often as the machine can with so many requests in flight as an organisation gets.
type load struct {
	done    chan struct{}
	clients sync.WaitGroup

	mu      sync.Mutex
	replies []timed
}

type timed struct {
	harness.Answer
	sent time.Time
}

func (c *cluster) load(tokens []string) *load {
	l := &load{done: make(chan struct{})}
	for scimd := range c.scimds {
		for _, token := range tokens {
			l.clients.Go(func() {
				pace := time.NewTicker(80 * time.Millisecond)
				defer pace.Stop()
				var pending sync.WaitGroup
				defer pending.Wait()
				places := make(chan struct{}, inFlight/len(tokens))
				for {
					select {
					case <-l.done:
						return
					case <-pace.C:
					}
					places <- struct{}{}
					pending.Go(func() {
						defer func() { <-places }()
						sent := time.Now()
						r := c.push(scimd, token)
						l.mu.Lock()
						defer l.mu.Unlock()
						l.replies = append(l.replies, timed{r, sent})
					})
				}
			})
		}
	}
	return l
}

// wellSince reports whether a request that was sent after at has succeeded.
func (l *load) wellSince(at time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.replies, func(r timed) bool { return r.Status == http.StatusOK && r.sent.After(at) })
}

func (l *load) stop() {
	close(l.done)
	l.clients.Wait()
}

func (l *load) judge(t *testing.T, healed time.Time) {
	t.Helper()
	counts, took := map[int]int{}, make([]time.Duration, 0, len(l.replies))
	late := time.Duration(0)
	for _, r := range l.replies {
		counts[r.Status]++
		took = append(took, r.Took)
		switch {
		case r.Status == http.StatusServiceUnavailable && r.Header.Get("Retry-After") == "":
			t.Error("503 without Retry-After")
		case r.Status != http.StatusOK && r.Status != http.StatusServiceUnavailable:
			t.Errorf("a valid token is answered with %d: %s", r.Status, r.Body)
		case r.Status != http.StatusOK && r.sent.After(healed):
			late = max(late, r.sent.Sub(healed))
		}
	}
	slices.Sort(took)
	p99 := took[len(took)*99/100]
	t.Logf("%d x 200, %d x 503; p50 %v, p99 %v, max %v", counts[200], counts[503], took[len(took)/2], p99, took[len(took)-1])
	if counts[http.StatusServiceUnavailable] == 0 {
		t.Error("the outage was not noticed")
	}
	redistest.Bound(t, "after the end of the outage the last failure", late, 2*time.Second)
	redistest.Bound(t, "p99 in the outage", p99, 1200*time.Millisecond)
}

func (c *cluster) wantMetric(p *devstack.Process, series string) {
	c.Helper()
	if !strings.Contains(harness.Metrics(c.T, p), series) {
		c.Errorf("the page of metrics lacks %s", series)
	}
}

var goroutines = regexp.MustCompile(`(?m)^go_goroutine_count(?:\{.*\})? (\S+)$`)

func (c *cluster) goroutines() float64 {
	c.Helper()
	found := goroutines.FindStringSubmatch(harness.Metrics(c.T, c.stack.Scimd))
	if found == nil {
		c.Fatal("the page of metrics does not tell of goroutines")
	}
	n, err := strconv.ParseFloat(found[1], 64)
	assert.NilError(c, err)
	return n
}
