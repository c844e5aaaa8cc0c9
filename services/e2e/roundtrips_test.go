package e2e_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/local/devstack"
)

// TestRoundTrips holds requests to the number of commands that they may send to MongoDB, activity
// included. Once a token was verified none of them asks Redis, except a page of a walk by
// startIndex: it reads where the walk is, which any process may have noted, and notes where it went
// (ADR 0024). A process forgets a token after 5 s, and then asks Redis: so each request may be made
// three times, each time about another resource.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	s := harness.StartStack(t, devstack.Config{})
	idp := harness.Client{Base: s.Ready.SCIMBaseURL, Credential: s.Ready.Orgs[0].Token, MediaType: harness.SCIM}
	user := func(i int) string {
		name := fmt.Sprintf("user%d@example.com", i)
		return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":%q,"active":true,`+
			`"name":{"givenName":"A","familyName":"B"},"emails":[{"value":%q,"primary":true}]}`, name, name)
	}
	patch := func(op, path, value string) string {
		return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":%q,"path":%q%s}]}`, op, path, value)
	}
	must := func(status int, method, path string, body any) harness.Answer {
		t.Helper()
		a, err := idp.Send(t.Context(), method, path, body)
		if err != nil || a.Status != status {
			t.Fatalf("%s %s: %d %s (%v), want %d", method, path, a.Status, a.Body, err, status)
		}
		return a
	}
	var ids []string
	for i := range 7 {
		ids = append(ids, must(201, "POST", "/Users", user(i)).Text("id"))
	}
	group := must(201, "POST", "/Groups", fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Guides","members":[{"value":%q},{"value":%q},{"value":%q}]}`, ids[0], ids[5], ids[6])).Text("id")
	must(200, "GET", "/Users?count=1", nil) // the first list counts

	for _, row := range []struct {
		rule, method, path string
		body               string
		status, most       int
		redis              int
	}{
		{"GET by id, in no group", "GET", "/Users/" + ids[1], "", 200, 2, 0},
		{"GET by id, in a group", "GET", "/Users/" + ids[0], "", 200, 3, 0},
		{"look-up, hit", "GET", "/Users?filter=userName+eq+%22user0@example.com%22", "", 200, 3, 0},
		{"look-up, miss", "GET", "/Users?filter=userName+eq+%22nobody@example.com%22", "", 200, 2, 0},
		{"create", "POST", "/Users", strings.ReplaceAll(user(10), "user10", "NEW"), 201, 3, 0},
		{"PATCH active", "PATCH", "/Users/OTHER", patch("replace", "active", `,"value":false`), 200, 4, 0},
		{"a page", "GET", "/Users?count=100", "", 200, 3, 0},
		{"add a member", "PATCH", "/Groups/" + group, patch("add", "members", `,"value":[{"value":"OTHER"}]`), 204, 5, 0},
		{"remove a member", "PATCH", "/Groups/" + group, patch("remove", `members[value eq "MEMBER"]`, ""), 204, 4, 0},
		{"a group with its members and their names", "GET", "/Groups/" + group, "", 200, 5, 0},
		{"a group without their names", "GET", "/Groups/" + group + "?attributes=members.value", "", 200, 4, 0},
		{"a group without members", "GET", "/Groups/" + group + "?excludedAttributes=members", "", 200, 1, 0},
		{"a late page", "GET", "/Users?count=1&startIndex=2", "", 200, 3, 2},
	} {
		var line trips
		enough := func(n int) bool {
			this := strings.NewReplacer("OTHER", ids[1+n], "MEMBER", []string{ids[1], ids[5], ids[6]}[n], "NEW", fmt.Sprint("new", n))
			must(200, "GET", "/Users/"+ids[0], nil) // the token is in memory from here on
			a := must(row.status, row.method, this.Replace(row.path), this.Replace(row.body))
			line = requestLine(t, s.Log, a.Header.Get("X-Request-Id"))
			return line.Redis == row.redis && line.MongoDB >= 1 && line.MongoDB <= row.most
		}
		if row.method == "GET" { // a group costs more until the change before was told of
			harness.Eventually(t, fmt.Sprintf("%s: at most %d calls of MongoDB and %d of Redis", row.rule, row.most, row.redis), func() bool { return enough(0) })
		} else if !enough(0) && !enough(1) && !enough(2) {
			t.Errorf("%s: %d calls of MongoDB and %d of Redis, want at most %d and %d", row.rule, line.MongoDB, line.Redis, row.most, row.redis)
		}
		t.Logf("%s: %d", row.rule, line.MongoDB)
	}
}

// trips is what the line of a request says of its calls.
type trips struct {
	Request string `json:"request_id"`
	MongoDB int    `json:"mongodb_calls"`
	Redis   int    `json:"redis_calls"`
}

// requestLine waits for the line of a request.
func requestLine(t *testing.T, log harness.Log, id string) (line trips) {
	t.Helper()
	harness.Eventually(t, "the log has the line of request "+id, func() bool {
		lines := bufio.NewScanner(strings.NewReader(log.Text(t)))
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			line = trips{}
			if json.Unmarshal(lines.Bytes(), &line) == nil && line.Request == id {
				return true
			}
		}
		return false
	})
	return line
}
