package e2e

import (
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/local"
	"github.com/devrev/scim/services/local/devstack"
)

// cluster is the production wiring with two scimds, and a Redis with a replica that a test can cut
// off, kill and promote: the programs reach the primary through front, the replica follows it
// through back.
type cluster struct {
	journey
	stack            harness.Stack
	second           *devstack.Process // the scimd that is not behind the stack's address
	scimds           []string          // SCIM base URLs
	primary, replica *redistest.Server
	front, back      *redistest.Link
	data             string // the stack's folder
}

func startCluster(t *testing.T, rate int) *cluster {
	t.Helper()
	return startDrainingCluster(t, rate, 0)
}

// startDrainingCluster is startCluster with programs that go on serving for so long when they are
// told to end.
func startDrainingCluster(t *testing.T, rate int, drain time.Duration) *cluster {
	t.Helper()
	return startClusterOn(t, devstack.Config{Options: local.Options{Rate: rate}, DrainDelay: drain})
}

// startClusterOn starts a cluster as config says, with a Redis and a folder of its own.
func startClusterOn(t *testing.T, config devstack.Config) *cluster {
	t.Helper()
	c := &cluster{primary: redistest.Start(t, "--repl-diskless-sync-delay", "0")}
	c.front, c.back = redistest.NewLink(t, c.primary.Addr()), redistest.NewLink(t, c.primary.Addr())
	host, port, _ := net.SplitHostPort(c.back.Addr())
	c.replica = redistest.Start(t, "--replicaof", host+" "+port)
	c.follows(t)
	c.data = t.TempDir()
	config.Options.Data, config.RedisURL, config.Replicas = c.data, c.front.URL(), 1
	c.stack = harness.StartStack(t, config)
	var err error
	if c.second, err = c.stack.StartScimd(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*devstack.Process{c.stack.Scimd, c.second} {
		c.scimds = append(c.scimds, "http://"+p.Addr()+"/scim/v2")
	}
	c.journey = journey{t, c.stack.Ready, "/organisations/" + harness.Unique("acme")}
	return c
}

// follows returns once the replica has what is written to the primary.
func (c *cluster) follows(t *testing.T) {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: c.primary.Addr()})
	defer func() { _ = client.Close() }()
	harness.Eventually(t, "the replica follows", func() bool {
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
	assert.NilError(c, promoted.Do(c.Context(), "REPLICAOF", "NO", "ONE").Err())
	c.front.Retarget(c.replica.Addr())
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
	c.try("POST", c.org+"/scim/enable", "", 201).Into(c.T, &enabled)
	return enabled.Token
}

// issue issues one more token.
func (c *cluster) issue() (i issued) {
	c.Helper()
	c.try("POST", c.org+"/scim/tokens", `{"name":"another"}`, 201).Into(c.T, &i)
	return i
}

// try makes a call of the API as a platform does: again where the answer is 503 with Retry-After.
func (c *cluster) try(method, path, body string, want int) harness.Answer {
	c.Helper()
	return c.api().Want(c.T, want, method, path, body)
}

// at returns a client of one of the scimds.
func (c *cluster) at(scimd int, token string) harness.Client {
	return harness.Client{Base: c.scimds[scimd], Credential: token, MediaType: harness.SCIM}
}

// push asks one scimd with the token for a page of users: a request that needs Redis, unless the
// scimd remembers the token, and MongoDB.
func (c *cluster) push(scimd int, token string) harness.Answer {
	c.Helper()
	return c.at(scimd, token).Try(c.T, http.MethodGet, page, nil)
}

const page = "/Users?startIndex=1&count=2"

// want is push for a token whose fate is known: a 503 with Retry-After, of a store that is late, is
// asked again.
func (c *cluster) want(status, scimd int, token string) {
	c.Helper()
	c.at(scimd, token).Want(c.T, status, http.MethodGet, page, nil)
}
