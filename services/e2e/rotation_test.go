package e2e

import (
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/devrev/scim/services/e2e/harness"
)

// TestRotationsStopNothing rotates again and again while an identity provider asks both scimds 50
// times a second, which is given each new token at some moment of the overlap: no request fails,
// with the old token until that is ended nor with the new one from its 201 on.
func TestRotationsStopNothing(t *testing.T) {
	t.Parallel() // on services of its own
	const rotations = 8
	c := startCluster(t, 0)
	current := c.enable()
	var configured atomic.Pointer[string]
	configured.Store(&current.Token)
	var asked atomic.Int64
	stop := c.provision(&configured, &asked)
	defer stop()
	for range rotations {
		c.used(current)
		var next issued
		c.try("POST", c.org+"/scim/tokens/rotate", `{"current":"`+current.ID+`"}`, 201).Into(t, &next)
		for scimd := range c.scimds {
			c.want(http.StatusOK, scimd, next.Token) // at once
		}
		time.Sleep(rand.N(200 * time.Millisecond))
		configured.Store(&next.Token)
		c.used(next)
		for late := asked.Load() + 2; asked.Load() < late; { // what was sent with the old token is answered by then
			time.Sleep(time.Millisecond)
		}
		c.try("POST", c.org+"/scim/tokens/"+current.ID+"/end", "", 200)
		c.refused(current)
		current = next
	}
	t.Logf("%d requests over %d rotations", asked.Load(), rotations)
}

// used waits until the use of the token is known.
func (c *cluster) used(i issued) {
	c.Helper()
	harness.Eventually(c.T, "the use of token "+i.ID+" is known", func() bool {
		var seen struct {
			LastUsedAt time.Time `json:"lastUsedAt"`
		}
		c.try("GET", c.org+"/scim/tokens/"+i.ID, "", 200).Into(c.T, &seen)
		return !seen.LastUsedAt.IsZero()
	})
}

// provision asks both scimds with the token that is configured until stop, and counts.
func (c *cluster) provision(configured *atomic.Pointer[string], asked *atomic.Int64) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		pace := time.NewTicker(20 * time.Millisecond)
		defer pace.Stop()
		for n := 0; ; n++ {
			select {
			case <-done:
				return
			case <-pace.C:
			}
			a := c.push(n%len(c.scimds), *configured.Load())
			for a.Status == http.StatusServiceUnavailable && a.Header.Get("Retry-After") != "" { // a store is late
				a = c.push(n%len(c.scimds), *configured.Load())
			}
			if a.Status != http.StatusOK {
				c.Errorf("request %d is answered with %d: %s", n, a.Status, a.Body)
			}
			asked.Add(1)
		}
	}()
	return func() { close(done); <-ended }
}
