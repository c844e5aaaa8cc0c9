package e2e

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/local"
	"github.com/devrev/scim/services/local/devstack"
)

// TestARollingRestartOfAllFailsNoRequest restarts three scimds and two tokends in turn, and has a
// new consoled take over from the old one, under 200 requests a second of an identity provider, a
// platform and an administrator's browser, with a Redis that replaces a primary by itself. Not one
// fails, and every use of the token is told of.
func TestARollingRestartOfAllFailsNoRequest(t *testing.T) {
	long(t)
	for name, start := range replacings {
		t.Run(name, func(t *testing.T) {
			c := &cluster{}
			c.stack = harness.StartStack(t, devstack.Config{
				Options: local.Options{Data: t.TempDir()}, RedisURL: start(t).url, Replicas: 1, Scimds: 3, Tokends: 2, Console: true, DrainDelay: 3 * time.Second,
			})
			c.journey = journey{t, c.stack.Ready, "/organisations/" + harness.Unique("acme")}
			token := c.enable()
			l := newTraffic(c, token)
			stop := l.run()
			time.Sleep(2 * time.Second) // of traffic before
			restart := func(p *devstack.Process) {
				if err := p.Stop(); err != nil {
					t.Error(err)
				}
				assert.NilError(t, p.Start(t.Context()))
			}
			for _, p := range c.stack.Scimds {
				restart(p)
			}
			for _, p := range c.stack.Tokends {
				restart(p)
			}
			old := c.stack.Consoled
			assert.NilError(t, c.stack.StartConsoled(t.Context()))
			if err := old.Stop(); err != nil {
				t.Error(err)
			}
			time.Sleep(2 * time.Second) // of traffic after
			took := stop()
			t.Logf("%d requests in %v, %.0f a second; %d of them of SCIM, %d of the API, %d of the console; %d failed",
				l.sent.Load(), took.Round(time.Millisecond), float64(l.sent.Load())/took.Seconds(), l.scim.Load(), l.api.Load(), l.console.Load(), l.failed.Load())
			harness.Eventually(t, "all uses are told of", func() bool { return c.uses(token) >= l.scim.Load() })
			if got := c.uses(token); got != l.scim.Load() {
				t.Errorf("%d requests were let in, and tokend tells of %d", l.scim.Load(), got)
			}
		})
	}
}

// traffic is what an identity provider, a platform and an administrator's browser send through the
// front.
type traffic struct {
	c                                *cluster
	identity, platform               harness.Client
	browser                          *http.Client
	user, group                      string
	sent, scim, api, console, failed atomic.Int64
}

func newTraffic(c *cluster, token issued) *traffic {
	c.Helper()
	pooled := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	l := &traffic{
		c:        c,
		identity: harness.Client{Base: c.ready.SCIMBaseURL, Credential: token.Token, MediaType: harness.SCIM, HTTP: pooled},
		platform: harness.Client{Base: c.ready.APIBaseURL, Credential: c.ready.PlatformCredential, MediaType: harness.JSON, HTTP: pooled},
		browser:  signIn(c.T, c.ready, strings.TrimPrefix(c.org, "/organisations/")),
	}
	l.user = l.identity.Want(c.T, http.StatusCreated, "POST", "/Users", map[string]any{"schemas": []string{userSchema}, "userName": "ann@example.com"}).Text("id")
	l.group = l.identity.Want(c.T, http.StatusCreated, "POST", "/Groups", map[string]any{"schemas": []string{groupSchema}, "displayName": "Guides"}).Text("id")
	l.scim.Add(2)
	return l
}

// inFlight is how many requests there are at a time at most: an organisation gets no more.
const inFlight = 12

// run sends 200 requests a second, or as many as the machine can, until stop, which returns how
// long that was.
func (l *traffic) run() (stop func() time.Duration) {
	done, ended := make(chan struct{}), make(chan struct{})
	began := time.Now()
	go func() {
		defer close(ended)
		pace := time.NewTicker(5 * time.Millisecond)
		defer pace.Stop()
		var pending sync.WaitGroup
		defer pending.Wait()
		places := make(chan struct{}, inFlight)
		for n := 0; ; n++ {
			select {
			case <-done:
				return
			case <-pace.C:
			}
			places <- struct{}{}
			pending.Go(func() {
				defer func() { <-places }()
				l.send(n)
			})
		}
	}()
	return func() time.Duration { close(done); <-ended; return time.Since(began) }
}

// send sends the nth request.
func (l *traffic) send(n int) {
	patch := func(operation string) string { return patchOf(`[` + operation + `]`) }
	switch n % 10 {
	case 0:
		l.scimWants(http.StatusCreated, "POST", "/Users", map[string]any{"schemas": []string{userSchema}, "userName": fmt.Sprintf("user%d@example.com", n)})
	case 1:
		l.scimWants(http.StatusOK, "PATCH", "/Users/"+l.user, patch(fmt.Sprintf(`{"op":"replace","path":"title","value":"%d"}`, n)))
	case 2:
		l.scimWants(http.StatusNoContent, "PATCH", "/Groups/"+l.group, patch(`{"op":"add","path":"members","value":[{"value":"`+l.user+`"}]}`))
	case 3:
		l.scimWants(http.StatusNoContent, "PATCH", "/Groups/"+l.group, patch(`{"op":"remove","path":"members"}`))
	case 4, 5:
		l.scimWants(http.StatusOK, "GET", "/Users/"+l.user, nil)
	case 6, 7:
		l.scimWants(http.StatusOK, "GET", "/Users?filter="+url.QueryEscape(`userName eq "ann@example.com"`), nil)
	case 8:
		l.api.Add(1)
		l.judge(l.platform.Try(l.c.T, "GET", l.c.org+"/scim", nil), http.StatusOK, "GET", l.c.org+"/scim")
	default:
		l.console.Add(1)
		path := "o/" + strings.TrimPrefix(l.c.org, "/organisations/") + "/users"
		page := harness.Client{Base: l.c.ready.ConsoleURL, HTTP: l.browser}
		l.judge(page.Try(l.c.T, "GET", path, nil, "Accept", "text/html"), http.StatusOK, "GET", path)
	}
}

func (l *traffic) scimWants(status int, method, path string, body any) {
	l.scim.Add(1)
	l.judge(l.identity.Try(l.c.T, method, path, body), status, method, path)
}

func (l *traffic) judge(a harness.Answer, want int, method, path string) {
	l.sent.Add(1)
	if a.Status != want {
		l.failed.Add(1)
		l.c.Errorf("%s %s is answered with %d, want %d: %.300s", method, path, a.Status, want, a.Body)
	}
}

// signIn returns a browser in which an administrator of org is signed in to the console.
func signIn(t *testing.T, ready local.Ready, org string) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	assert.NilError(t, err)
	browser := &http.Client{Jar: jar, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	get := func(request *http.Request) (status int, at *url.URL) {
		request.Header.Set("Accept", "text/html")
		answer, err := browser.Do(request)
		assert.NilError(t, err)
		_ = answer.Body.Close()
		return answer.StatusCode, answer.Request.URL
	}
	home, err := http.NewRequestWithContext(t.Context(), http.MethodGet, ready.ConsoleURL+"login", nil)
	assert.NilError(t, err)
	_, at := get(home) // the issuer's page
	form := url.Values{"role": {"administrator"}, "organisation": {org}}
	at.Path = strings.Replace(at.Path, "/authorize", "/sign-in", 1)
	picked, err := http.NewRequestWithContext(t.Context(), http.MethodPost, at.String(), strings.NewReader(form.Encode()))
	assert.NilError(t, err)
	picked.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if status, at := get(picked); status != http.StatusOK || !strings.HasPrefix(at.String(), ready.ConsoleURL) {
		t.Fatalf("signing in ends at %s with %d", at, status)
	}
	return browser
}
