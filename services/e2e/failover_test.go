package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/local"
	"github.com/devrev/scim/services/local/devstack"
)

// long skips a test that takes minutes where `make torture` does not ask for it.
func long(t *testing.T) {
	t.Helper()
	if os.Getenv("TORTURE") != "1" {
		t.Skip("it takes a minute or more: `make torture` runs it")
	}
}

// replacing is a Redis that replaces a primary by itself.
type replacing struct {
	url string
	// leads returns the primary of a key, nil if no server leads at the moment.
	leads func(key string) *redistest.Server
	// spare is set where a successor has a replica at once: else no change of a token is
	// acknowledged until the one before is back.
	spare bool
	// roles returns keys whose primary matters to a token, by what it is.
	roles func(token string) map[string]string
}

// replacings are the kinds, by name. A primary that does not answer for two seconds is replaced.
var replacings = map[string]func(*testing.T) replacing{
	"Sentinel": func(t *testing.T) replacing {
		t.Helper()
		w := redistest.StartWatched(t, 2, 2*time.Second)
		return replacing{
			w.URL(), func(string) *redistest.Server { return w.Lead() }, true,
			func(string) map[string]string { return map[string]string{"the primary": ""} },
		}
	},
	"Cluster": func(t *testing.T) replacing {
		t.Helper()
		c := redistest.StartCluster(t, "--cluster-node-timeout", "2000")
		return replacing{c.URL(), c.Lead, false, func(token string) map[string]string {
			tag := token[len("dvscim_"):][:8]
			return map[string]string{"the organisation's primary": "scim:{" + tag + "}:o", "the feed's primary": "scim:rev"}
		}}
	},
}

// blows are what happens to a primary, and what ends it.
var blows = []struct {
	name         string
	strike, heal func(*redistest.Server)
}{
	{"is killed", (*redistest.Server).Kill, (*redistest.Server).Restart},
	{"hangs", (*redistest.Server).Pause, (*redistest.Server).Resume},
}

// TestAPrimaryThatIsReplacedCostsNothingAcknowledged has writers at three scimds and an
// administrator who revokes tokens, and kills or hangs a primary of Redis, which Sentinels or the
// cluster then replace. No request fails except with 503 and Retry-After, everything acknowledged
// is so afterwards, and no token is let in 5 s after its revocation was acknowledged.
func TestAPrimaryThatIsReplacedCostsNothingAcknowledged(t *testing.T) {
	long(t)
	for name, start := range replacings {
		t.Run(name, func(t *testing.T) {
			r := start(t)
			c := startReplacing(t, r)
			working := c.enable()
			c.revocations(100)
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			people := make([]*person, 6)
			for i := range people {
				people[i] = &person{cluster: c, token: working.Token, name: fmt.Sprintf("person%d", i), random: rand.New(rand.NewPCG(seed, uint64(i))), served: true}
			}
			revoked := revoker{cluster: c, keeps: working.ID}
			for what, key := range r.roles(working.Token) {
				for _, blow := range blows {
					lead := r.leads(key)
					if lead == nil {
						t.Fatal("no server leads")
					}
					stop := make(chan struct{})
					var busy sync.WaitGroup
					end := sync.OnceFunc(func() { close(stop); busy.Wait() })
					t.Cleanup(end) // if it does not come to that
					for _, p := range people {
						busy.Go(func() { p.work(stop) })
					}
					busy.Go(func() { revoked.work(stop) })
					time.Sleep(2 * time.Second) // of work on what is whole
					blow.strike(lead)
					took := harness.Eventually(t, "another server leads", func() bool {
						next := r.leads(key)
						return next != nil && next != lead
					})
					if !r.spare {
						time.Sleep(2 * time.Second) // of work without a change of a token
						blow.heal(lead)
					}
					again := harness.Eventually(t, "a change of a token is acknowledged", func() bool {
						return c.api().Try(t, "PUT", c.org+"/scim/settings", `{"strict":false}`).Status == http.StatusOK
					})
					time.Sleep(2 * time.Second) // of work on the successor
					end()
					if r.spare {
						blow.heal(lead)
					}
					harness.Eventually(t, "a replica follows the successor", func() bool {
						next := r.leads(key)
						return next != nil && next.Replicated()
					})
					acknowledged, unavailable := int64(0), int64(0)
					for _, p := range people {
						p.verify(t)
						acknowledged, unavailable = acknowledged+p.acknowledged.Load(), unavailable+p.unavailable.Load()
					}
					revoked.judge(t)
					t.Logf("%s %s: it is replaced after %v, and %v later a change of a token is acknowledged; %d changes and %d revocations are acknowledged so far, %d requests got 503",
						what, blow.name, took.Round(time.Millisecond), again.Round(time.Millisecond), acknowledged, len(revoked.dead), unavailable)
				}
			}
		})
	}
}

// startReplacing starts three scimds and two tokends on a Redis that replaces a primary by itself.
func startReplacing(t *testing.T, r replacing) *cluster {
	t.Helper()
	c := &cluster{data: t.TempDir()}
	c.stack = harness.StartStack(t, devstack.Config{Options: local.Options{Data: c.data}, RedisURL: r.url, Replicas: 1, Scimds: 3, Tokends: 2})
	for _, p := range c.stack.Scimds {
		c.scimds = append(c.scimds, "http://"+p.Addr()+"/scim/v2")
	}
	c.journey = journey{t, c.stack.Ready, "/organisations/" + harness.Unique("acme")}
	return c
}

// revoker issues tokens and revokes them.
type revoker struct {
	*cluster
	keeps string // the id of the token that is not its own

	mu   sync.Mutex
	dead []*revoked
}

// revoked is a token whose revocation was acknowledged.
type revoked struct {
	issued
	at   time.Time // of the acknowledgement
	last time.Time // when a request was sent that was let in
}

// work issues a token, has all scimds let it in, revokes it and tries it, until stop.
func (r *revoker) work(stop <-chan struct{}) {
	ended := func() bool {
		select {
		case <-stop:
			return true
		default:
			return false
		}
	}
	for !ended() && r.Context().Err() == nil {
		var i issued
		a := r.api().Try(r.T, "POST", r.org+"/scim/tokens", `{"name":"to be revoked"}`)
		if a.Status != http.StatusCreated {
			r.unavailable(a)
			if a.Status == http.StatusConflict { // one was issued whose secret was lost
				r.clear()
			}
			time.Sleep(100 * time.Millisecond)
			continue
		}
		a.Into(r.T, &i)
		for scimd := range r.scimds {
			r.push(scimd, i.Token)
		}
		for {
			a := r.api().Try(r.T, "DELETE", r.org+"/scim/tokens/"+i.ID, nil)
			if a.Status == http.StatusNoContent {
				break
			}
			r.unavailable(a)
			if r.Context().Err() != nil {
				return
			}
			time.Sleep(100 * time.Millisecond) // as an administrator who reads 503; until the test's own time is up
		}
		dead := &revoked{issued: i, at: time.Now()}
		r.mu.Lock()
		r.dead = append(r.dead, dead)
		r.mu.Unlock()
		for out := 0; out < 3*len(r.scimds) && r.Context().Err() == nil; { // refused three times by each
			sent := time.Now()
			if a := r.push(out%len(r.scimds), i.Token); a.Status == http.StatusOK {
				dead.last, out = sent, 0
			} else if a.Status == http.StatusUnauthorized {
				out++
			} else {
				r.unavailable(a)
				time.Sleep(50 * time.Millisecond)
			}
		}
	}
}

// unavailable fails the test unless the answer is 503 with Retry-After or a refusal that the stores
// decided on.
func (r *revoker) unavailable(a harness.Answer) {
	if a.Status == 0 || a.Status >= http.StatusInternalServerError && a.Header.Get("Retry-After") == "" {
		r.Errorf("answered with %d: %s", a.Status, a.Body)
	}
}

// clear revokes the tokens that are live and not to be kept.
func (r *revoker) clear() {
	var list struct{ Tokens []struct{ ID, State string } }
	if a := r.api().Try(r.T, "GET", r.org+"/scim/tokens", nil); a.Status == http.StatusOK {
		a.Into(r.T, &list)
	}
	for _, token := range list.Tokens {
		if token.State == "live" && token.ID != r.keeps {
			r.api().Try(r.T, "DELETE", r.org+"/scim/tokens/"+token.ID, nil)
		}
	}
}

// judge fails the test if a token is let in whose revocation was acknowledged.
func (r *revoker) judge(t *testing.T) {
	t.Helper()
	late := time.Duration(0)
	for _, dead := range r.dead {
		late = max(late, dead.last.Sub(dead.at))
		for scimd := range r.scimds {
			r.want(http.StatusUnauthorized, scimd, dead.Token)
		}
	}
	redistest.Bound(t, "a token is let in after its revocation was acknowledged", late, 5*time.Second)
}
