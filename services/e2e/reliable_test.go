package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/internal/mongodb/mongotest"
	"github.com/devrev/scim/services/local"
	"github.com/devrev/scim/services/local/devstack"
)

// cluster is the production wiring with two scimds, and a Redis with a replica that a test can cut off, kill and promote: the programs
// reach the primary through front, the replica follows it through back.
type cluster struct {
	journey
	stack            *devstack.Stack
	scimds           []string // SCIM base URLs
	primary, replica *redistest.Server
	front, back      *redistest.Link
	log              *os.File // of all programs
	data             string   // the stack's folder
}

func startCluster(t *testing.T, rate int) *cluster {
	t.Helper()
	c := &cluster{primary: redistest.Start(t, "--repl-diskless-sync-delay", "0")}
	c.front, c.back = redistest.NewLink(t, c.primary.Addr()), redistest.NewLink(t, c.primary.Addr())
	host, port, _ := net.SplitHostPort(c.back.Addr())
	c.replica = redistest.Start(t, "--replicaof", host+" "+port)
	c.follows(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c.log, c.data = openLog(t), t.TempDir()
	var err error
	c.stack, err = devstack.Start(ctx, devstack.Config{
		Options: local.Options{Addr: "127.0.0.1:0", Data: c.data, Orgs: []string{unique("first")}, UserNameFormat: "email", JSON: true, Rate: rate},
		Bin:     filepath.Dir(program(t, "tokend", "scimd")), Logs: c.log,
		RedisURL: c.front.URL(), Replicas: 1,
		MongoURI: mongotest.URI(t), Database: fmt.Sprintf("e2e_%d", time.Now().UnixNano()),
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, logged(t, c.log))
	}
	t.Cleanup(func() {
		if err := c.stack.Stop(); err != nil {
			t.Error(err)
		}
	})
	second, err := c.stack.StartScimd(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []*devstack.Process{c.stack.Scimd, second} {
		c.scimds = append(c.scimds, "http://"+p.Addr()+"/scim/v2")
	}
	c.journey = journey{t, c.stack.Ready, "/organisations/" + unique("acme")}
	return c
}

// follows returns once the replica has what is written to the primary.
func (c *cluster) follows(t *testing.T) {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: c.primary.Addr()})
	defer func() { _ = client.Close() }()
	c.eventually(t, 20*time.Second, "the replica follows", func() bool {
		client.Set(t.Context(), "follows", "?", time.Minute)
		return client.Wait(t.Context(), 1, 100*time.Millisecond).Val() == 1
	})
}

// failOver kills the primary and puts the replica in its place, with what it has.
func (c *cluster) failOver() {
	c.Helper()
	c.primary.Kill()
	promoted := redis.NewClient(&redis.Options{Addr: c.replica.Addr()})
	defer func() { _ = promoted.Close() }()
	if err := promoted.Do(c.Context(), "REPLICAOF", "NO", "ONE").Err(); err != nil {
		c.Fatal(err)
	}
	c.front.Retarget(c.replica.Addr())
}

// eventually returns how long it took until what is true.
func (*cluster) eventually(t *testing.T, bound time.Duration, what string, is func() bool) time.Duration {
	t.Helper()
	start := time.Now()
	for !is() {
		if time.Since(start) > bound {
			t.Fatalf("not so within %v: %s", bound, what)
		}
		time.Sleep(2 * time.Millisecond)
	}
	return time.Since(start)
}

// issued is a token in an answer of the API.
type issued struct {
	ID    string `json:"id"`
	Token string `json:"token"`
}

// enable makes the organisation of the journey, with a first token.
func (c *cluster) enable() issued {
	c.Helper()
	c.try("PUT", c.org, `{"sso":{"enabled":true}}`, 201)
	var enabled struct {
		Token issued `json:"token"`
	}
	c.read(c.try("POST", c.org+"/scim/enable", "", 201), &enabled)
	return enabled.Token
}

// issue issues one more token.
func (c *cluster) issue() (i issued) {
	c.Helper()
	c.read(c.try("POST", c.org+"/scim/tokens", `{"name":"another"}`, 201), &i)
	return i
}

func (c *cluster) read(body []byte, into any) {
	c.Helper()
	if err := json.Unmarshal(body, into); err != nil {
		c.Fatalf("%s: %v", body, err)
	}
}

// try makes a call of the API as a platform does: again where the answer is 503 with Retry-After.
func (c *cluster) try(method, path, body string, want int) []byte {
	c.Helper()
	for range 10 {
		status, answer := c.api(method, path, body)
		if status == want {
			return answer
		}
		if status != http.StatusServiceUnavailable {
			c.Fatalf("%s %s was answered with %d, want %d: %s", method, path, status, want, answer)
		}
	}
	c.Fatalf("%s %s stays unavailable", method, path)
	return nil
}

// api makes one call of the API as the platform.
func (c *cluster) api(method, path, body string) (int, []byte) {
	c.Helper()
	a := request(c.T, method, c.ready.APIBaseURL+path, c.ready.PlatformCredential, "application/json", body)
	if a.status == http.StatusServiceUnavailable && a.header.Get("Retry-After") == "" {
		c.Errorf("%s %s: 503 without Retry-After", method, path)
	}
	return a.status, a.body
}

// reply is an answer, or that there was none: status 0.
type reply struct {
	status int
	header http.Header
	body   []byte
	took   time.Duration
}

func request(t *testing.T, method, url, credential, mediaType, body string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+credential)
	if body != "" {
		req.Header.Set("Content-Type", mediaType)
	}
	start := time.Now()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return reply{took: time.Since(start)}
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return reply{took: time.Since(start)}
	}
	return reply{resp.StatusCode, resp.Header, data, time.Since(start)}
}

// push asks one scimd with the token for a page of users: a request that needs Redis, unless the scimd remembers the token, and MongoDB.
func (c *cluster) push(scimd int, token string) reply {
	c.Helper()
	return request(c.T, http.MethodGet, c.scimds[scimd]+"/Users?startIndex=1&count=2", token, "", "")
}
