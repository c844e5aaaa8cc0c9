package e2e

import (
	"net/http"
	"os"
	"slices"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/e2e/harness"
)

// TestRevocationTakesEffect: from the moment it is acknowledged, two scimds that let the token in a
// moment ago refuse it within a second, and within 5 s where no news of it arrive.
func TestRevocationTakesEffect(t *testing.T) {
	t.Parallel() // on services of its own
	c := startCluster(t, 0)
	c.enable()
	rounds := 100
	if os.Getenv("TORTURE") == "1" {
		rounds = 500
	}
	c.revocations(rounds)
}

// revocations issues and revokes so many tokens that all scimds let in a moment ago.
func (c *cluster) revocations(rounds int) {
	c.Helper()
	took := make([]time.Duration, 0, rounds)
	for range cap(took) {
		i := c.issue()
		for scimd := range c.scimds {
			c.want(http.StatusOK, scimd, i.Token)
		}
		c.try("DELETE", c.org+"/scim/tokens/"+i.ID, "", http.StatusNoContent)
		took = append(took, c.refused(i))
	}
	slices.Sort(took)
	p50, p99 := took[len(took)/2], took[len(took)*99/100]
	c.Logf("from 204 to the first 401 of all: p50 %v, p99 %v, max %v", p50, p99, took[len(took)-1])
	redistest.Bound(c.T, "p99 from 204 to the first 401 of all", p99, time.Second)
}

// refused returns how long it took until all scimds refused the token.
func (c *cluster) refused(i issued) time.Duration {
	c.Helper()
	return harness.Eventually(c.T, "all scimds refuse token "+i.ID, func() bool {
		for scimd := range c.scimds {
			if c.push(scimd, i.Token).Status != http.StatusUnauthorized {
				return false
			}
		}
		return true
	})
}

// TestRevocationSurvivesAFailover: what no replica had is not acknowledged; after the failover the
// token lives again in Redis, and is dead within 5 s, for good, because the audit knows.
func TestRevocationSurvivesAFailover(t *testing.T) {
	t.Parallel() // on services of its own
	c := startCluster(t, 0)
	first := c.enable()
	acknowledged := c.issue()
	c.try("DELETE", c.org+"/scim/tokens/"+acknowledged.ID, "", http.StatusNoContent)
	lost := c.issue()
	c.follows(t)

	c.back.Cut()
	for range 2 {
		if a := c.api().Must(t, "DELETE", c.org+"/scim/tokens/"+lost.ID, nil); a.Status != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
			t.Errorf("a revocation that no replica has is answered with %d, want 503 with Retry-After: %s", a.Status, a.Body)
		}
	}
	c.failOver()
	took := c.refused(lost)
	redistest.Bound(t, "after the failover the token is dead again", took, 5*time.Second)
	for range 20 {
		for scimd := range c.scimds {
			c.want(http.StatusUnauthorized, scimd, lost.Token)
			c.want(http.StatusUnauthorized, scimd, acknowledged.Token)
			c.want(http.StatusOK, scimd, first.Token)
		}
		time.Sleep(50 * time.Millisecond)
	}
	c.wantMetric(c.stack.Tokend, `scim_token_events_total{kind="replid_changed"}`)
	c.wantMetric(c.stack.Tokend, `scim_token_events_total{kind="reconciled"}`)
	c.wantMetric(c.stack.Tokend, `scim_token_events_total{kind="revocation_not_durable"}`)
}

// TestDisablingSurvivesAFailoverWithoutTheTokenService: no one is there to put back what Redis
// lost, and still no one gets in, since the generation of the organisation is in MongoDB.
func TestDisablingSurvivesAFailoverWithoutTheTokenService(t *testing.T) {
	t.Parallel() // on services of its own
	c := startCluster(t, 0)
	i := c.enable()
	c.follows(t)
	c.back.Cut()
	if a := c.api().Must(t, "POST", c.org+"/scim/disable", nil); a.Status != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
		t.Errorf("disabling that no replica has is answered with %d, want 503 with Retry-After: %s", a.Status, a.Body)
	}
	assert.NilError(t, c.stack.Tokend.Stop())
	c.failOver()
	redistest.Bound(t, "after the failover the token is accepted", c.refused(i), 10*time.Second)
	for range 20 {
		c.want(http.StatusUnauthorized, 0, i.Token)
		time.Sleep(50 * time.Millisecond)
	}
}
