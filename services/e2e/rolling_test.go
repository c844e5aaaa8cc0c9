package e2e

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/local/devstack"
)

// TestARollingRestartLetsNoRevokedTokenInAndLosesNoUse restarts three scimds in turn, each of which
// goes on serving for some seconds when it is told to end. In that time a token is revoked that it
// let in a moment ago, and it must hear of it: it drains for a shorter time than the one after
// which a scimd that hears nothing asks Redis. What it let in at the very end has to be among the
// uses that tokend reports.
func TestARollingRestartLetsNoRevokedTokenInAndLosesNoUse(t *testing.T) {
	t.Parallel() // on services of its own
	const drain = 2500 * time.Millisecond
	c := startDrainingCluster(t, 0, drain)
	used := c.enable()
	third, err := c.stack.StartScimd(t.Context())
	assert.NilError(t, err)
	c.scimds = append(c.scimds, "http://"+third.Addr()+"/scim/v2")

	var let atomic.Int64 // requests with used that were answered
	pushUsed := func(scimd int) bool {
		a := c.push(scimd, used.Token)
		if a.Status != 0 {
			let.Add(1)
		}
		return a.Status == http.StatusOK
	}
	for n, p := range []*devstack.Process{c.stack.Scimd, c.second, third} {
		revoked := c.issue()
		c.want(http.StatusOK, n, revoked.Token)
		var ending sync.WaitGroup
		told := time.Now()
		ending.Go(func() {
			if err := p.Stop(); err != nil {
				t.Error(err)
			}
		})
		harness.Eventually(t, "the scimd drains", func() bool { return !c.wantsRequests(p) })
		if !pushUsed(n) && time.Since(told) < drain {
			t.Errorf("scimd %d drains, and lets a live token no longer in", n)
		}
		c.try("DELETE", c.org+"/scim/tokens/"+revoked.ID, "", http.StatusNoContent)
		acknowledged := time.Now()
		accepted, refused := 0, 0
		for { // until it listens no more
			a := c.push(n, revoked.Token)
			if a.Status == 0 {
				break
			}
			switch {
			case a.Status == http.StatusUnauthorized:
				refused++
			case a.Status == http.StatusOK && refused > 0:
				t.Errorf("scimd %d refused the token and lets it in again", n)
			case a.Status == http.StatusOK:
				accepted++
			}
			pushUsed(n)
			time.Sleep(10 * time.Millisecond)
		}
		t.Logf("scimd %d: acknowledged %v after it was told to end; then %d requests let in and %d refused, the last %v later",
			n, acknowledged.Sub(told).Round(time.Millisecond), accepted, refused, time.Since(acknowledged).Round(time.Millisecond))
		if refused == 0 && accepted >= 60 { // it had the time to hear of it
			t.Errorf("scimd %d never heard of the revocation while it drained: it let the token in %d times", n, accepted)
		}
		ending.Wait()
		assert.NilError(t, p.Start(t.Context()))
	}
	harness.Eventually(t, "all uses are told of", func() bool { return c.uses(used) >= let.Load() })
	if got := c.uses(used); got != let.Load() {
		t.Errorf("%d requests were let in, and tokend tells of %d", let.Load(), got)
	}
}

// wantsRequests reports whether the program wants requests.
func (c *cluster) wantsRequests(p *devstack.Process) bool {
	c.Helper()
	operations := harness.Client{Base: "http://" + p.Operations()}
	return operations.Try(c.T, http.MethodGet, "/readyz", nil).Status == http.StatusOK
}

// uses returns how many requests with the token tokend reports.
func (c *cluster) uses(i issued) int64 {
	c.Helper()
	var token struct {
		Use struct {
			Requests24h int64 `json:"requests24h"`
		} `json:"use"`
	}
	c.try("GET", c.org+"/scim/tokens/"+i.ID, "", http.StatusOK).Into(c.T, &token)
	return token.Use.Requests24h
}
