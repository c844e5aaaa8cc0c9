package deployfiles

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

// Secrets of the test: none of them may leave the collector.
const (
	canary     = "canary"
	mail       = "bjensen-canary@example.com"
	bearer     = "dvscim_0123456789abcdefghij_canary0123456789abcdefghijklmnopqrstuvwxyz01234567"
	jwt        = "eyJcanary0.eyJcanary1.canary2"
	connection = "mongodb://scimd:canary@mongo.example.com/db"
)

// shown is a token as the programs print it. It is public.
const shown = "dvscim_0123456789abcdefghij_***"

// TestCollectorLetsNoSecretThrough plants secrets wherever a span or a log record can hold text.
// The one place that is not looked after is the name of a scope, which is a constant of a program.
func TestCollectorLetsNoSecretThrough(t *testing.T) {
	t.Parallel()
	c := startCollector(t, local)
	now := time.Now()
	planted := func(name string, pairs ...any) object {
		s := span(strings.Repeat("0", 31)+"1", spanID(), "", name, now, now, pairs...)
		s["status"] = object{"code": 2}
		return s
	}
	keys := planted("GET /scim/v2/Users", "http.route", "/scim/v2/Users", "url.full", "/Users/"+canary, "user.name", canary, "http.request.header.authorization", canary)
	values := planted("GET /scim/v2/Users", "scim.outcome", mail, "error.type", "use "+bearer, "server.address", connection, "db.operation.name", "Bearer "+canary, "db.namespace", jwt, "scim.token.id", shown)
	status := planted("GET /scim/v2/Users")
	status["status"] = object{"code": 2, "message": canary}
	status["traceState"] = "canary=canary"
	event := planted("GET /scim/v2/Users")
	event["events"] = []any{object{"name": canary, "timeUnixNano": "1", "attributes": attributes("exception.message", canary, "error.type", canary)}}
	link := planted("GET /scim/v2/Users")
	link["links"] = []any{object{"traceId": strings.Repeat("0", 31) + "2", "spanId": spanID(), "traceState": "canary=canary", "attributes": attributes("user.name", canary)}}
	c.post("traces", []any{
		keys, values, status, event, link,
		planted("GET /scim/v2/Users/" + mail), planted("GET /scim/v2/Users?filter=" + canary), planted("find " + canary + " " + canary),
	}, "host.name", canary, "service.version", mail)

	line := func(body any, pairs ...any) object {
		return object{"timeUnixNano": "1", "severityNumber": 17, "body": body, "attributes": attributes(pairs...)}
	}
	c.post("logs", []any{
		line(object{"stringValue": "request"}, "organisation", "acme", "user", canary, "path", canary),
		line(object{"stringValue": "request"}, "error", "dup key: "+mail, "complaint", "dial "+connection, "outcome", bearer, "route", jwt, "token_id", shown),
		line(object{"stringValue": "mail to " + mail + " with Bearer " + canary}),
		line(object{"kvlistValue": object{"values": attributes("user", canary, "error", mail)}}),
		object{"timeUnixNano": "1", "attributes": []any{object{"key": "stack", "value": object{"arrayValue": object{"values": []any{object{"stringValue": mail}}}}}}},
	}, "host.name", canary)

	if got := len(c.settled()); got != 7 {
		t.Errorf("%d spans came through, want 7: all but the one with a link", got)
	}
	for name, may := range map[string][]string{
		"traces.jsonl": {shown, "****", "scimd", "/scim/v2/Users"},
		"logs.jsonl":   {shown, "****", "scimd", "acme", "request"},
	} {
		out, err := os.ReadFile(filepath.Join(c.folder, name))
		assert.NilError(t, err)
		for _, want := range may {
			if !strings.Contains(string(out), want) {
				t.Errorf("%s lacks %s, which may be there", name, want)
			}
		}
		if strings.Contains(string(out), canary) {
			t.Errorf("%s holds a secret:\n%s", name, out)
		}
	}
}
