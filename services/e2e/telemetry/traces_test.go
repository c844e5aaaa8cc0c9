package telemetry

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// byTrace returns the spans of each trace, by its id as headers have it.
func (c *collector) byTrace() map[string][]span {
	all := map[string][]span{}
	for _, s := range c.spans {
		id := hex.EncodeToString(s.GetTraceId())
		all[id] = append(all[id], s)
	}
	return all
}

// unasked are the calls that a service makes of its own accord: probes, what is tended in the
// background, the lines of refused tokens, for which no request waits, and the indexes at its
// start.
var unasked = []string{
	"insert", "PING", "ping", "PIPELINE", "GET", "HGETALL", "HKEYS", "EVALSHA", "ZADD", "listIndexes", "createIndexes", "find", "aggregate", "update", "delete",
}

func TestEachRequestIsOneTraceWithoutOrphans(t *testing.T) {
	s := observe(t)
	traces := s.collector.byTrace()
	for id, spans := range traces {
		known := map[string]bool{}
		for _, span := range spans {
			known[string(span.GetSpanId())] = true
		}
		roots := 0
		for _, span := range spans {
			switch parent := string(span.GetParentSpanId()); {
			case parent == "" && span.GetKind() == tracepb.Span_SPAN_KIND_SERVER:
				roots++
			case parent == "":
				roots++
				if operation, _, _ := strings.Cut(span.GetName(), " "); !slices.Contains(unasked, operation) {
					t.Errorf("%s of %s belongs to no request", span.GetName(), span.service)
				}
			case !known[parent]:
				t.Errorf("%s of %s is an orphan", span.GetName(), span.service)
			}
		}
		if roots != 1 {
			t.Errorf("the trace %s has %d roots", id, roots)
		}
	}
	answered := map[string]bool{}
	for _, a := range s.answers() {
		spans := traces[a.trace]
		if a.trace == "" || len(spans) == 0 || answered[a.trace] {
			t.Errorf("the request %s (%d) has the trace %q with %d spans, shared: %t", a.request, a.status, a.trace, len(spans), answered[a.trace])
			continue
		}
		answered[a.trace] = true
		server := slices.IndexFunc(spans, func(s span) bool { return s.GetKind() == tracepb.Span_SPAN_KIND_SERVER })
		if server < 0 || attributes(spans[server].GetAttributes())["scim.request.id"] != a.request {
			t.Errorf("the trace %s is not that of the request %s", a.trace, a.request)
		}
		switch scim := strings.HasSuffix(a.string("detail"), " The id of this request is "+a.request+"."); {
		case a.status < 400 || a.body == nil || scim:
		case a.string("requestId") != a.request || a.string("traceId") != a.trace:
			t.Errorf("a refusal of status %d names another request and trace: %s", a.status, a.text)
		}
	}
	t.Logf("%d traces of %d requests, %d spans", len(traces), len(s.answers()), len(s.collector.spans))
}

// TestATraceTellsEveryStep has a trace go through the handlers, the steps and both stores of each
// service.
func TestATraceTellsEveryStep(t *testing.T) {
	c := newCollector(t)
	running := start(t, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": c.server.URL})
	protocol := newCaller(t, running.Ready.SCIMBaseURL, running.Ready.Orgs[0].Token)
	api := newCaller(t, running.Ready.APIBaseURL, running.Ready.PlatformCredential)
	newCaller(t, running.Ready.SCIMBaseURL, running.Organisation(t, "second", "email")).want(200, "GET", "/ServiceProviderConfig", nil) // Redis has the script from here on
	first := protocol.want(200, "GET", "/ServiceProviderConfig", nil)                                                                   // later ones find the token in the cache
	user := protocol.want(201, "POST", "/Users", map[string]any{"schemas": []string{coreUser}, "userName": "bjensen@example.com"}).string("id")
	patched := protocol.want(200, "PATCH", "/Users/"+user, patchRequest(
		map[string]any{"op": "replace", "path": "title", "value": "Guide"}, map[string]any{"op": "replace", "path": "nickName", "value": "Babs"},
	))
	listed := protocol.want(200, "GET", query("/Users", "filter", `userName eq "bjensen@example.com"`), nil)
	refused := protocol.want(400, "PATCH", "/Users/"+user, patchRequest(map[string]any{"op": "move"}))
	issued := api.want(201, "POST", "/organisations/first/scim/tokens", map[string]any{"name": "second"})
	running.End(t)
	c.server.Close() // and waits for what is still being kept

	traces := c.byTrace()
	for _, row := range []struct {
		rule string
		of   answer
		want string
	}{
		{"a token is looked up", first, `GET /scim/v2/ServiceProviderConfig
  authenticate
    PIPELINE
    find organisations
  rate
    EVALSHA
`},
		{"a change is planned, stored and told of", patched, `PATCH /scim/v2/Users/:id
  authenticate
  rate
    EVALSHA
  decode
  plan operations=2
  store
    find users
    update users
  activity
    insert activity
  store
    aggregate memberships
`},
		{"a list is planned and read", listed, `GET /scim/v2/Users
  authenticate
  rate
    EVALSHA
  plan
  store
    find users
    aggregate memberships
`},
		{"a refusal says where it came from", refused, `PATCH /scim/v2/Users/:id
  authenticate
  rate
    EVALSHA
  decode
  plan error=invalidSyntax operations=1
  activity
    insert activity
  find users
  update users
`},
		{"a token is issued in both stores", issued, `POST /api/v1/organisations/:org/scim/tokens
  authenticate
  find organisations
  PIPELINE
  EVALSHA
  PIPELINE
  GET
  HKEYS
  PIPELINE
  find audit
  update audit
  EVALSHA
  PIPELINE
`},
	} {
		t.Run(row.rule, func(t *testing.T) {
			if diff := cmp.Diff(row.want, tree(traces[row.of.trace])); diff != "" {
				t.Errorf("the trace differs (-want +got)\n%s", diff)
			}
		})
	}
}

// tree writes a trace with a line for each span, children below their parents and in the order in
// which they began.
func tree(spans []span) string {
	slices.SortFunc(spans, func(a, b span) int { return int(a.GetStartTimeUnixNano()) - int(b.GetStartTimeUnixNano()) })
	var out strings.Builder
	var write func(parent, indent string)
	write = func(parent, indent string) {
		for _, s := range spans {
			if string(s.GetParentSpanId()) != parent {
				continue
			}
			fmt.Fprint(&out, indent, s.GetName())
			of := attributes(s.GetAttributes())
			if kind := of["error.type"]; kind != "" {
				fmt.Fprint(&out, " error=", kind)
			}
			if n := of["scim.operations"]; n != "" {
				fmt.Fprint(&out, " operations=", n)
			}
			fmt.Fprintln(&out)
			write(string(s.GetSpanId()), indent+"  ")
		}
	}
	write("", "")
	return out.String()
}
