package telemetry

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/local/devstack"
)

// scene is what was done to the product, and all that it has reported by its end.
type scene struct {
	*canaries
	t         *testing.T
	product   *product
	collector *collector

	protocol, api *caller // all requests went through one of these
	others        []*caller

	pages map[string]string // metrics pages before the stores failed, by process; OpenMetrics
	plain map[string]string // the same as Prometheus text
	log   string            // of both processes, whole
}

var (
	played  sync.Once
	last    *scene // nil if it could not be played
	skipped bool   // since a back end is missing
)

// observe returns the scene, which is played once for all tests: it takes most of their time. No
// one changes it.
func observe(t *testing.T) *scene {
	t.Helper()
	played.Do(func() {
		defer func() { skipped = t.Skipped() }()
		last = play(t)
	})
	if skipped {
		t.Skip("a back end is missing; the first test says which")
	}
	if last == nil {
		t.Fatal("the scene could not be played; the first test says why")
	}
	return last
}

// organisations returns how many there are beside those in which everything happens: of 1,000 that
// were a label, as many series would be too many; make torture has 5,000.
func organisations() int {
	if os.Getenv("TORTURE") == "1" {
		return 5000
	}
	return 1000
}

func play(t *testing.T) *scene {
	s := &scene{canaries: newCanaries(), t: t, collector: newCollector(t), pages: map[string]string{}, plain: map[string]string{}}
	s.product = start(t, map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT":    s.collector.server.URL,
		"OTEL_BSP_SCHEDULE_DELAY":        "200",
		"OTEL_BLRP_SCHEDULE_DELAY":       "200",
		"OTEL_METRIC_EXPORT_INTERVAL":    "1000",
		"OTEL_BSP_MAX_QUEUE_SIZE":        "100000", // nothing may get lost, also on a slow machine
		"OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "2000",
		"OTEL_BLRP_MAX_QUEUE_SIZE":       "100000",
	})
	ready := s.product.Ready
	s.api = newCaller(t, ready.APIBaseURL, ready.PlatformCredential)
	s.protocol = newCaller(t, ready.SCIMBaseURL, s.product.Organisation(t, "second", "any"))
	s.hide(ready.PlatformCredential, s.protocol.Credential, s.product.pepper)
	for _, c := range []*caller{s.api, s.protocol} {
		c.headers = s.headers()
	}
	step := time.Now()
	after := func(what string) { t.Logf("%s: %.1f s", what, time.Since(step).Seconds()); step = time.Now() }

	s.administer()
	schemas := s.schemas()
	s.provision(schemas)
	s.lookAround()
	s.misuse()
	after("everything once")
	s.repeat(schemas)
	after("again and again")
	s.crowd()
	after("many organisations and paths")
	s.hideRecords()
	for name, process := range map[string]*devstack.Process{"tokend": s.product.Tokend, "scimd": s.product.Scimd} {
		s.pages[name], s.plain[name] = harness.Metrics(t, process, "Accept", "application/openmetrics-text; version=1.0.0"), harness.Metrics(t, process)
	}
	s.fail()
	after("without stores")
	s.product.End(t)
	s.collector.server.Close() // and waits for what is still being kept
	s.log = s.product.Log.Text(t)
	after("the end")
	if t.Failed() {
		return nil
	}
	t.Logf("%d requests, %d items exported in %d exports, %d lines, %d canaries",
		len(s.answers()), s.collector.items, len(s.collector.raw), strings.Count(s.log, "\n"), s.drawn.Load())
	return s
}

// headers are the ones that each request has, with canaries in them.
func (s *scene) headers() http.Header {
	h := http.Header{}
	for _, name := range []string{"Cookie", "Referer", "Origin", "X-Forwarded-For", "X-Request-Id", "Accept-Language", "X-Canary", "Forwarded", "Baggage"} {
		h.Set(name, s.canary())
	}
	h.Set("User-Agent", "Okta SCIM Client "+s.canary())
	h.Set("Cookie", "session="+s.canary())
	h.Set("Baggage", "user="+s.canary())
	return h
}

// answers returns those to all requests of the scene.
func (s *scene) answers() []answer {
	all := append([]answer(nil), s.protocol.answers...)
	all = append(all, s.api.answers...)
	for _, c := range s.others {
		all = append(all, c.answers...)
	}
	return all
}

// as returns a caller of the protocol with another credential.
func (s *scene) as(bearer string) *caller {
	c := newCaller(s.t, s.protocol.Base, bearer)
	c.HTTP, c.headers = s.protocol.HTTP, s.headers()
	s.others = append(s.others, c)
	return c
}

// repeat provisions from several sides at once for as long as a load takes.
func (s *scene) repeat(schemas map[string][]attribute) {
	var all sync.WaitGroup
	for end, n := time.Now().Add(*load), 0; n < 4; n++ {
		all.Go(func() {
			for time.Now().Before(end) {
				s.provision(schemas)
			}
		})
	}
	all.Wait()
}

// hideRecords makes secrets of what Redis keeps instead of tokens.
func (s *scene) hideRecords() {
	store := redisstore.New(harness.Redis(s.t, s.product.redis.URL()))
	org, err := store.Organisation(s.t.Context(), "second")
	assert.NilError(s.t, err)
	var records []token.Record
	harness.Eventually(s.t, "the tokens of an organisation are listed", func() bool {
		records, err = store.List(s.t.Context(), "second")
		return err == nil && len(records) > 0
	})
	for _, r := range records {
		stored, _, err := store.Lookup(s.t.Context(), org.Tag, r.ID)
		if err != nil || len(stored.MAC) == 0 {
			s.t.Fatalf("the record %+v, %v", stored, err)
		}
		s.hide(string(stored.MAC))
	}
}

// fail takes one store away and then the other, with requests of all kinds on their way.
func (s *scene) fail() {
	const org = "/organisations/second"
	ask := func(without string) {
		var all sync.WaitGroup
		for _, request := range []struct {
			c            *caller
			method, path string
			body         any
		}{
			{s.protocol, "GET", query("/Users", "filter", fmt.Sprintf("userName eq %q", s.canary())), nil},
			{s.protocol, "POST", "/Users", map[string]any{"schemas": []string{coreUser}, "userName": s.canary(), "title": s.canary()}},
			{s.protocol, "PATCH", "/Users/" + s.canary(), patchRequest(map[string]any{"op": "replace", "path": "title", "value": s.canary()})},
			{s.protocol, "DELETE", "/Groups/" + s.canary(), nil},
			{s.api, "GET", org + "/users?q=" + s.canary(), nil},
			{s.api, "POST", org + "/sign-ins", map[string]any{"userName": s.canary()}},
			{s.api, "POST", org + "/scim/tokens", map[string]any{"name": s.canary()}},
			{s.api, "PUT", org, map[string]any{"sso": map[string]any{"enabled": true, "connection": s.canary()}}},
		} {
			all.Go(func() {
				a := request.c.send(request.method, request.path, request.body)
				if a.status != http.StatusServiceUnavailable {
					s.t.Errorf("%s %s without %s: %d: %.300s", request.method, request.path, without, a.status, a.text)
				}
			})
		}
		all.Wait()
	}
	s.product.redis.Cut()
	harness.Eventually(s.t, "without Redis, a token in use works some seconds longer", func() bool {
		return s.protocol.send("GET", "/Users", nil).status == http.StatusServiceUnavailable
	})
	ask("Redis")
	s.product.redis.Heal()
	s.product.endMongo()
	ask("MongoDB")
}
