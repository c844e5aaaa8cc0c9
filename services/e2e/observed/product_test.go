package observed

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/internal/mongodb/mongoengine"
	"github.com/devrev/scim/services/local"
	"github.com/devrev/scim/services/local/devstack"
)

// product is tokend and scimd as processes of their own, on stores of their own, which can be taken away from them.
type product struct {
	*devstack.Stack
	redis    *redistest.Link
	mongoURI string
	pepper   string
	endMongo func()

	log  string // path of what both write on standard error
	stop func()
}

// rate is what an organisation may do in a second: the limiter is asked about each request, and nobody is limited.
const rate = 100_000

// start starts the product with these variables beside those of the tests. It ends with the test, if stop was not called.
func start(tb testing.TB, environment map[string]string) *product {
	tb.Helper()
	for name, value := range environment {
		tb.Setenv(name, value)
	}
	data := tb.TempDir()
	p := &product{redis: redistest.NewLink(tb, redistest.Start(tb).Addr()), log: filepath.Join(data, "log")}
	uri, end, err := mongoengine.Start(context.WithoutCancel(tb.Context()), "")
	if errors.Is(err, mongoengine.ErrNotSetUp) && os.Getenv("REQUIRE_BACKENDS") != "1" {
		tb.Skip(err)
	}
	if err != nil {
		tb.Fatal(err)
	}
	p.mongoURI = uri
	p.endMongo = sync.OnceFunc(func() {
		if err := end(); err != nil {
			tb.Error(err)
		}
	})
	tb.Cleanup(p.endMongo)
	log, err := os.Create(p.log)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = log.Close() })
	ctx, cancel := context.WithTimeout(tb.Context(), time.Minute)
	defer cancel()
	options := local.Options{Addr: "127.0.0.1:0", Data: data, Orgs: []string{"first"}, UserNameFormat: "any", JSON: true, Rate: rate}
	if p.Stack, err = devstack.Start(ctx, devstack.Config{Options: options, Bin: programs, Logs: log, RedisURL: p.redis.URL(), MongoURI: uri}); err != nil {
		tb.Fatalf("%v\n%s", err, p.logged(tb))
	}
	p.stop = sync.OnceFunc(func() {
		if err := p.Stop(); err != nil {
			tb.Error(err)
		}
	})
	tb.Cleanup(p.stop)
	if p.pepper, err = local.Secret(data, "pepper"); err != nil {
		tb.Fatal(err)
	}
	return p
}

// beside starts another scimd on the same stores, with these variables, and waits until it serves.
func (p *product) beside(tb testing.TB, environment map[string]string) *alone {
	tb.Helper()
	all := map[string]string{
		"REDIS_URL": p.redis.URL(), "MONGODB_URI": p.mongoURI, "MONGODB_DATABASE": "devrev_scim", "TOKEN_PEPPERS": "local:" + p.pepper,
		"SCIMD_RATE": strconv.Itoa(rate),
	}
	maps.Copy(all, environment)
	a := startAlone(tb, all)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if newCaller(tb, a.protocol, p.Ready.Orgs[0].Token).send("GET", "/ServiceProviderConfig", nil).status == http.StatusOK {
			return a
		}
		if time.Now().After(deadline) {
			tb.Fatalf("scimd does not serve:\n%s", a.logged(tb))
		}
	}
}

// logged returns what the processes have written on standard error and standard output up to now.
func (p *product) logged(tb testing.TB) string {
	tb.Helper()
	data, err := os.ReadFile(p.log)
	if err != nil {
		tb.Fatal(err)
	}
	return string(data)
}

// organisation makes an organisation with SCIM on and returns its token.
func (p *product) organisation(tb testing.TB, id string) string {
	tb.Helper()
	platform := local.Platform{BaseURL: p.Ready.APIBaseURL, Credential: p.Ready.PlatformCredential}
	token, err := platform.Prepare(tb.Context(), id, "any", true)
	if err != nil {
		tb.Fatal(err)
	}
	return token
}

// page returns a process's metrics page: Prometheus text, or OpenMetrics with exemplars.
func page(tb testing.TB, p *devstack.Process, openMetrics bool) string {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, "http://"+p.Operations()+"/metrics", nil)
	if err != nil {
		tb.Fatal(err)
	}
	if openMetrics {
		req.Header.Set("Accept", "application/openmetrics-text; version=1.0.0")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		tb.Fatalf("the metrics page: %s, %v", resp.Status, err)
	}
	return string(body)
}
