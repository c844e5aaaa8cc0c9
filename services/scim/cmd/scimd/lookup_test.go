package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/access/accesstest"
	"github.com/devrev/scim/services/internal/mongodb/mongotest"
)

// zone is a DNS server that knows one MongoDB, or nothing.
type zone struct {
	port  uint16 // of that MongoDB on this machine; set before known is
	known atomic.Bool
	asked atomic.Int64
}

const (
	cluster = "cluster.mongo.example.com" // what a connection string names
	member  = "member.mongo.example.com"  // what the record of the cluster names
)

// serve has this process ask the zone for all names until the test ends.
func (z *zone) serve(t *testing.T) {
	t.Helper()
	conn, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	assert.NilError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 4<<10)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if answer, err := z.answer(buf[:n]); err == nil {
				_, _ = conn.WriteTo(answer, from)
			}
		}
	}()
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
	t.Cleanup(func() {
		net.DefaultResolver = before
		_ = conn.Close()
		<-done
	})
}

func (z *zone) answer(packet []byte) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(packet); err != nil || len(m.Questions) != 1 {
		return nil, fmt.Errorf("not a question: %w", err)
	}
	z.asked.Add(1)
	q := m.Questions[0]
	m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
	resource := func(body dnsmessage.ResourceBody) {
		m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}, Body: body}}
	}
	switch name := strings.TrimSuffix(q.Name.String(), "."); {
	case z.known.Load() && name == "_mongodb._tcp."+cluster && q.Type == dnsmessage.TypeSRV:
		resource(&dnsmessage.SRVResource{Port: z.port, Target: dnsmessage.MustNewName(member + ".")})
	case z.known.Load() && name == member && q.Type == dnsmessage.TypeA:
		resource(&dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}})
	case z.known.Load() && (name == member || name == cluster): // there is nothing else of that name
	default:
		m.RCode = dnsmessage.RCodeNameError
	}
	return m.Pack()
}

// engine returns the port of a way to the tests' MongoDB.
func engine(t *testing.T) uint16 {
	t.Helper()
	host, _, _ := strings.Cut(strings.TrimPrefix(mongotest.URI(t), "mongodb://"), "/")
	target := strings.ReplaceAll(host, "%2F", "/")
	_, port, err := net.SplitHostPort(redistest.NewLink(t, strings.ReplaceAll(target, "%2f", "/")).Addr())
	assert.NilError(t, err)
	n, err := strconv.ParseUint(port, 10, 16)
	assert.NilError(t, err)
	return uint16(n)
}

// TestScimdStartsBeforeMongoDBHasAName: while the name of MongoDB does not resolve, every request
// has its 503 with Retry-After in the form of its protocol, and once it does, scimd is ready. Both
// kinds of connection string are held to it.
func TestScimdStartsBeforeMongoDBHasAName(t *testing.T) {
	z := &zone{}
	z.serve(t) // before there is anything that looks names up
	z.port = engine(t)
	for name, uri := range map[string]string{
		"mongodb+srv": "mongodb+srv://" + cluster + "/?tls=false",
		"mongodb":     fmt.Sprintf("mongodb://%s:%d/", member, z.port),
	} {
		t.Run(name, func(t *testing.T) {
			z.known.Store(false)
			asked := z.asked.Load()
			d := start(t, uri)
			d.Wait(d.operations+"/livez", http.StatusOK)
			for _, path := range []string{d.protocol + "/scim/v2/Users", d.protocol + "/no/such/path", d.api + "/api/v1/organisations/acme/users"} {
				a := get(t, path)
				if a.Status != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
					t.Fatalf("%s: got %d %v %s, want 503 with Retry-After", path, a.Status, a.Header, a.Body)
				}
				want := "application/scim+json"
				if strings.HasPrefix(path, d.api) {
					want = "application/problem+json"
				}
				if got := a.Header.Get("Content-Type"); !strings.HasPrefix(got, want) {
					t.Errorf("%s: the refusal is %s: %s", path, got, a.Body)
				}
			}
			for z.asked.Load() < asked+2 { // it has asked, and asks again; until the test's own time is up
				time.Sleep(10 * time.Millisecond)
			}
			if a := get(t, d.operations+"/readyz"); a.Status != http.StatusServiceUnavailable || !strings.Contains(string(a.Body), "starting") {
				t.Errorf("before the name resolves it says of itself %d %s", a.Status, a.Body)
			}
			z.known.Store(true)
			d.Wait(d.operations+"/readyz", http.StatusOK)
			d.Wait(d.protocol+"/scim/v2/Users", http.StatusUnauthorized)
			d.Stop()
		})
	}
}

// TestScimdEndsThoughMongoDBHasNoName: a name that never resolves keeps no process from ending.
func TestScimdEndsThoughMongoDBHasNoName(t *testing.T) {
	z := &zone{}
	z.serve(t)
	d := start(t, "mongodb+srv://"+cluster+"/")
	d.Wait(d.operations+"/livez", http.StatusOK)
	d.Stop()
}

// TestAWrongConnectionStringEndsScimdAtOnce: what DNS cannot mend is said before anything is looked
// up, by the name of the option.
func TestAWrongConnectionStringEndsScimdAtOnce(t *testing.T) {
	z := &zone{}
	z.serve(t)
	for _, tt := range []struct{ rule, options, says string }{
		{"an option that does not exist", "retryWrite=true", "retrywrite"},
		{"an option's value", "maxPoolSize=many", "maxPoolSize"},
		{"a file that is not there", "tlsCAFile=/no/such/ca.pem", "tlsCAFile: open /no/such/ca.pem"},
	} {
		err := run(t.Context(), environ(t, "mongodb+srv://scim:hunter2@"+cluster+"/?"+tt.options))
		if err == nil || !strings.Contains(err.Error(), "MONGODB_URI: ") || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v", tt.rule, err)
		}
	}
	if asked := z.asked.Load(); asked != 0 {
		t.Errorf("%d names were looked up", asked)
	}
}

// scimd is one that runs in this process.
type scimd struct {
	*harness.Here
	protocol, api, operations string
}

// environ returns the variables of a scimd on the tests' stores, MongoDB by this connection string.
func environ(t *testing.T, mongoURI string) []string {
	t.Helper()
	redisURL, database := redistest.URL(t), mongotest.Database(t).Name()
	harness.OneEnvironment(t, redisURL, mongotest.URI(t), database)
	return []string{
		"SCIM_BASE_URL=https://scim.example.com/scim/v2", "TOKEN_PEPPERS=k1:" + strings.Repeat("c2Vj", 12),
		"REDIS_URL=" + redisURL, "MONGODB_URI=" + mongoURI, "MONGODB_DATABASE=" + database,
		"PLATFORM_CREDENTIAL=" + accesstest.PlatformCredential,
	}
}

func start(t *testing.T, mongoURI string) scimd {
	t.Helper()
	protocol, api, operations := harness.FreeAddr(t), harness.FreeAddr(t), harness.FreeAddr(t)
	here := harness.RunHere(t, run, append(environ(t, mongoURI), "SCIMD_ADDR="+protocol, "SCIMD_API_ADDR="+api, "SCIMD_OPS_ADDR="+operations)...)
	return scimd{here, "http://" + protocol, "http://" + api, "http://" + operations}
}

func get(t *testing.T, url string) harness.Answer {
	t.Helper()
	return harness.Client{Base: url}.Try(t, http.MethodGet, "", nil)
}
