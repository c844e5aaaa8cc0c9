package scimhttp_test

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/devrev/scim/libs/telemetry/telemetrytest"
	"github.com/devrev/scim/libs/token"
)

func TestUseIsTold(t *testing.T) {
	t.Parallel()
	used := func(id string) token.Request {
		return token.Request{TokenID: id, Client: token.ClientUnnamed, Address: token.AddressPublic}
	}
	with := func(r token.Request, change func(*token.Request)) *token.Request {
		change(&r)
		return &r
	}
	failed := func(id string) *token.Request {
		return with(used(id), func(r *token.Request) { r.Failed = true })
	}
	const create = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"bjensen@example.com"}`
	for _, c := range []struct {
		rule               string
		status             int
		method, path, body string
		header             string
		want               *token.Request // nil: no one is told
	}{
		{"a request that is answered well", 200, "GET", "/Users", "", "Accept: */*", with(used("w"), func(*token.Request) {})},
		{"the client, by its own words", 201, "POST", "/Users", create, "User-Agent: Okta SCIM Client 1.0.0", with(used("w"), func(r *token.Request) {
			r.Client = token.ClientOkta
		})},
		{"what the client has wrong is a failure", 404, "GET", "/Users/2819c223", "", "Accept: */*", failed("w")},
		{"what the token may not do is a failure", 403, "POST", "/Users", create, "Authorization: " + reader, failed("r")},
		{"a fault of ours is a failure", 500, "GET", "/Users", "", "Authorization: Bearer panics", failed("p")},
		{"a dead token is named", 401, "GET", "/Users", "", "Authorization: Bearer revoked", with(*failed("d"), func(r *token.Request) {
			r.Tag, r.Refused = "tag", token.ReasonRevoked
		})},
		{"a token of an organisation whose SCIM is off is not dead", 401, "GET", "/Users", "", "Authorization: Bearer disabled", nil},
		{"a token with a wrong secret is nobody's", 401, "GET", "/Users", "", "Authorization: Bearer wrong_secret", nil},
		{"no token is nobody's", 401, "GET", "/Users", "", "Authorization: ", nil},
		{"a token that cannot be checked is nobody's", 503, "GET", "/Users", "", "Authorization: hung", nil},
	} {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			d := newDeployment(t)
			d.must(c.status, c.method, c.path, c.body, c.header)
			var want []token.Request
			if c.want != nil {
				want = append(want, *c.want)
			}
			if diff := cmp.Diff(want, d.used); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUseOfADeadTokenIsCounted(t *testing.T) {
	t.Parallel()
	tel, _ := telemetrytest.Start(t, io.Discard)
	d := newMeasuredDeployment(t, tel.Metrics())
	for _, reason := range []string{"revoked", "expired", "superseded", "superseded", "disabled", "wrong_secret"} {
		d.must(401, "GET", "/Users", "", "Authorization: Bearer "+reason)
	}
	var got []string
	for line := range strings.Lines(telemetrytest.Scrape(t, tel)) {
		if strings.HasPrefix(line, "scim_token_events_total{") {
			got = append(got, line[strings.Index(line, "kind="):])
		}
	}
	want := []string{"kind=\"expired_token_used\"} 1\n", "kind=\"revoked_token_used\"} 1\n", "kind=\"superseded_token_used\"} 2\n"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("counted (-want +got):\n%s", diff)
	}
}
