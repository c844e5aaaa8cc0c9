package telemetry

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// vocabulary is every attribute that may be reported, of whatever it is, with what its values may
// be. A new one is added here, with the reason why no one's data can be in it.
var vocabulary = map[string]*regexp.Regexp{
	// Who reports.
	"service.name": whole(`tokend|scimd`), "service.version": whole(`development`), "service.instance.id": whole(`[A-Z2-7]{26}`),
	"telemetry.sdk.name": whole(`opentelemetry`), "telemetry.sdk.language": whole(`go`), "telemetry.sdk.version": whole(`[0-9.]+`),

	// A request. Ids of organisations and tokens are DevRev's and name no one.
	"http.request.method": method, "http.route": route, "http.response.status_code": whole(`[1-5]\d\d`), "http.response.status_class": whole(`ok|5xx`),
	"scim.request.id": whole(`[A-Z2-7]{26}`), "scim.client": client, "scim.organisation": organisation, "scim.token.id": whole(`[0-9A-Za-z]{12}`),
	"scim.outcome": outcome, "scim.operations": number,
	"error.type": whole(refusals + `|5\d\d|cut` +
		`|missing|malformed|unknown|wrong_secret|revoked|expired|superseded|disabled|throttled` + // of a token
		`|network|not_primary|server` + // of MongoDB
		`|pool_timeout|closed|connection|readonly|noreplicas|loading|oom|noperm|wrongpass|noauth|masterdown|clusterdown|tryagain`), // of Redis

	// A call of a store.
	"db.system.name": whole(`mongodb|redis`), "db.operation.name": whole(`[A-Za-z]+`), "db.collection.name": whole(`users|groups|memberships|activity|activityMoved|coercions|history|events|holds|held|undos|undoItems|waiting|erasures|organisations|audit|environment`),
	"db.namespace": whole(`devrev_scim|admin`), "db.operation.batch.size": number, "server.address": whole(`127\.0\.0\.1|/.*/mongodb\.sock|localhost`), "server.port": number,

	// A metric.
	"outcome": whole(`accepted|unavailable|missing|malformed|unknown|wrong_secret|revoked|expired|superseded|disabled|throttled|passed|limited|counted|uncounted|observed|opened|held|refused|applied|rejected|dropped|hold_approved|hold_rejected|` + outcomes), // of a request too
	"source":  whole(`cache|store`), "by": whole(`shared|local`), "kind": whole(`[a-z_]+`), "state": whole(`idle|used|ended|exported`), "queue": whole(`usage|tally`), "within": whole(`14d|7d|1d`),
	"version": whole(`development`), "revision": whole(`([0-9a-f]{40})?`), // of a line as well
	"go.memory.type": whole(`[a-z]+`), "cpu.mode": whole(`[a-z/]+`),

	// The line of a request, and other lines.
	"engine": whole(`scim|organisation|tokens|leaks`), "request_id": whole(`[A-Z2-7]{26}`), "method": method, "route": whole(`unmatched|` + templates), "status": whole(`[1-5]\d\d`),
	"duration_ms": millis, "authenticate_ms": millis, "rate_ms": millis, "decode_ms": millis, "plan_ms": millis, "store_ms": millis, "activity_ms": millis,
	"bytes": number, "client": client, "organisation": organisation, "token_id": whole(`[0-9A-Za-z]{12}`),
	"mongodb_calls": number, "redis_calls": number,
	"addresses": whole(`127\.0\.0\.1:\d+( 127\.0\.0\.1:\d+)*`), "redis": anything, "mongodb": anything, "kids": whole(`[a-z0-9 ]+`), // where, without users and passwords
	"operations": number, "members_added": number, "members_removed": number, "members_skipped": number, "matches": number, "leaked": number,
	"mended":  number,                                                                                                                                  // by a round of tokend, once a minute
	"refusal": refusal, "error": anything, "check": whole(`redis|redis_durability|mongodb|environment|directory|organisations`), "complaint": anything, // in the words of a library; the canaries are for these
}

// refusals are the types of errors: of RFC 7644 and RFC 9865, of problems, statuses, and what no
// error says of itself.
const refusals = `invalidFilter|tooMany|uniqueness|mutability|invalidSyntax|invalidPath|noTarget|invalidValue|invalidVers|sensitive|invalidCursor|expiredCursor|invalidCount` +
	`|invalid-syntax|malformed-body|invalid-value|unauthenticated|forbidden|too-many-requests|not-found|organisation-unknown|token-unknown|method-not-allowed` +
	`|sso-off|already-enabled|disabled|too-many-tokens|not-current|overlapping|repeated|not-replaced|no-rotation|too-late|too-large|unsupported-media-type` +
	`|4\d\d|canceled|timeout|_OTHER`

const outcomes = `(?:user|group)_(?:created|restored|updated|deactivated|reactivated|deleted|unchanged)`

const templates = `/scim/v2[A-Za-z/:.]*|/api/v1/organisations/:org[a-z/:-]*`

var (
	method       = whole(`GET|HEAD|POST|PUT|PATCH|DELETE|CONNECT|OPTIONS|TRACE|_OTHER`)
	route        = whole(`unmatched|` + templates)
	client       = whole(`okta|entra|other|unnamed`)
	organisation = whole(`first|second|org-\d+`)
	outcome      = whole(outcomes)
	refusal      = whole(refusals)
	number       = whole(`\d+`)
	millis       = whole(`[0-9.e+-]+`)
	anything     = whole(`(?s).*`)
)

func whole(expression string) *regexp.Regexp { return regexp.MustCompile(`^(?:` + expression + `)$`) }

func TestAttributesAreOfAClosedList(t *testing.T) {
	reported := values(observe(t).collector.all)
	for _, key := range slices.Sorted(maps.Keys(reported)) {
		allowed, known := vocabulary[key]
		if !known {
			t.Errorf("%s is not in the vocabulary; it has been %q", key, slices.Sorted(maps.Keys(reported[key]))[:1])
			continue
		}
		for value := range reported[key] {
			if !allowed.MatchString(value) {
				t.Errorf("%s is %q, want %s", key, value, allowed)
			}
		}
	}
}

// TestEachServiceReportsItsVersion: an operator who compares two releases filters by it.
func TestEachServiceReportsItsVersion(t *testing.T) {
	for _, s := range observe(t).collector.spans {
		if s.version != "development" { // what the tests' programs are stamped with
			t.Fatalf("a span of %s has the version %q", s.service, s.version)
		}
	}
}

// steps are the names of spans within a service.
var steps = []string{"authenticate", "rate", "decode", "plan", "store", "activity"}

func TestSpansAreNamedByRouteOperationAndStep(t *testing.T) {
	s := observe(t)
	names := map[string]map[string]bool{"tokend": {}, "scimd": {}}
	for _, span := range s.collector.spans {
		names[span.service][span.GetName()] = true
		of := attributes(span.GetAttributes())
		want := ""
		switch span.GetKind() {
		case tracepb.Span_SPAN_KIND_SERVER:
			want = strings.TrimSpace(of["http.request.method"] + " " + of["http.route"])
		case tracepb.Span_SPAN_KIND_CLIENT:
			want = strings.TrimSpace(of["db.operation.name"] + " " + of["db.collection.name"])
			if of["db.operation.name"] == "createIndexes" || of["db.operation.name"] == "listIndexes" { // of each collection, at the start
				want = of["db.operation.name"]
			}
		default:
			if slices.Contains(steps, span.GetName()) {
				want = span.GetName()
			}
		}
		if span.GetName() != want || want == "" {
			t.Errorf("the span %q of %s should be called %q", span.GetName(), span.service, want)
		}
	}
	for service, names := range names {
		if len(names) >= 100 {
			t.Errorf("%s: %d names, want less than 100", service, len(names))
		}
		t.Logf("%s: %d names", service, len(names))
	}
}
