package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/exactjson"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/local"
	"github.com/devrev/scim/services/local/devstack"
)

// dryRunner asks what requests of an organisation would do.
type dryRunner struct {
	harness.Client // of the organisation's API, as an administrator

	org string
	sum checksum
}

// dryRunWirings are the wirings with the checksum of their stores.
var dryRunWirings = map[string]func(*testing.T) (local.Ready, checksum){
	"embedded": func(t *testing.T) (local.Ready, checksum) {
		t.Helper()
		folder := t.TempDir()
		p := harness.RunAllInOne(t, "-data", folder)
		return p.Ready, ofFile(p, folder)
	},
	"production": func(t *testing.T) (local.Ready, checksum) {
		t.Helper()
		s := harness.StartStack(t, devstack.Config{})
		return s.Ready, ofMongoDB(t, s)
	},
}

// newDryRunner makes an organisation.
func newDryRunner(t *testing.T, ready local.Ready, sum checksum) (dryRunner, client) {
	t.Helper()
	org := harness.Unique("dry")
	platform := local.Platform{BaseURL: ready.APIBaseURL, Credential: ready.PlatformCredential}
	token, err := platform.Prepare(t.Context(), org, "email", true)
	assert.NilError(t, err)
	api := harness.Client{Base: ready.APIBaseURL + "/organisations/" + org, Credential: ready.PlatformCredential, MediaType: harness.JSON}
	return dryRunner{api, org, sum}, newClient(ready.SCIMBaseURL, token)
}

// foreseen is the answer of a dry run.
type foreseen struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"`
	Change  map[string]any    `json:"change"`
	BasedOn map[string]string `json:"basedOn"`
}

// render returns it as a response section.
func (f foreseen) render() string {
	header := http.Header{}
	for name, value := range f.Headers {
		header.Set(name, value)
	}
	return render(harness.Answer{Status: f.Status, Header: header, Body: f.Body})
}

// ask makes a dry run, and asserts that the store stays as it is. What was counted of refusals is
// written behind them, and may come in between; a dry run that writes does so every time.
func (d dryRunner) ask(t *testing.T, request map[string]any) (f foreseen) {
	t.Helper()
	if request["method"] == http.MethodGet {
		return d.try(t, request) // which writes nothing of this anyway
	}
	for range 10 {
		before := d.sum(t, d.org)
		if f = d.try(t, request); d.sum(t, d.org) == before {
			return f
		}
	}
	t.Errorf("the dry run of %v changes the store", request)
	return f
}

// try makes a dry run as soon as the rate lets one pass.
func (d dryRunner) try(t *testing.T, request map[string]any) (f foreseen) {
	t.Helper()
	var a harness.Answer
	harness.Eventually(t, "the rate lets a dry run pass", func() bool {
		if a = d.Served(t, "POST", "/dry-run", request); a.Status == http.StatusTooManyRequests {
			time.Sleep(100 * time.Millisecond)
		}
		return a.Status != http.StatusTooManyRequests
	})
	if a.Status != http.StatusOK {
		t.Fatalf("the dry run of %v is answered with %d %s", request, a.Status, a.Body)
	}
	a.Into(t, &f)
	return f
}

// dryRunOf returns what a request section asks for, and whether a dry run can ask it: it has no
// token.
func dryRunOf(t *testing.T, section string) (request map[string]any, ok bool) {
	t.Helper()
	head, body, _ := strings.Cut(section, "\n\n")
	lines := strings.Split(strings.TrimRight(head, "\n"), "\n")
	method, path, _ := strings.Cut(lines[0], " ")
	request = map[string]any{"method": method, "path": path}
	headers := map[string]string{"Content-Type": ""}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ":")
		switch value = strings.TrimSpace(value); name {
		case "Accept", "Accept-Charset": // which change nothing
		case "User-Agent":
			if c := terms.ClientOf(value); c == "okta" || c == "entra" {
				request["as"] = map[string]any{"client": c}
			}
		case "Authorization":
			return nil, false
		default:
			headers[name] = value
		}
	}
	request["headers"] = headers
	var anything any
	switch body = strings.TrimSpace(body); {
	case body == "":
	case exactjson.Unmarshal([]byte(body), &anything) == nil:
		request["body"] = json.RawMessage(body)
	default:
		request["body"] = body
	}
	return request, true
}

var newMark = regexp.MustCompile(`\(new(?: \d+)?\)`)

// fill puts ids in the place of the marks for new ones, in the order in which they appear.
func fill(text string, ids []string) string {
	var marks []string
	return newMark.ReplaceAllStringFunc(text, func(mark string) string {
		if !slices.Contains(marks, mark) {
			marks = append(marks, mark)
		}
		if i := slices.Index(marks, mark); i < len(ids) {
			return ids[i]
		}
		return mark
	})
}

// TestADryRunIsTheRealAnswer: before each step of each dialogue, a dry run says what the step is
// then answered with, byte for byte but ids and times, and which entry the activity then has. It
// leaves the store as it is.
func TestADryRunIsTheRealAnswer(t *testing.T) {
	t.Parallel() // on services of its own
	for name, start := range dryRunWirings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ready, sum := start(t)
			var tried atomic.Int32
			t.Run("dialogues", func(t *testing.T) {
				for _, file := range dialogues(t) {
					t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
						t.Parallel()
						d, c := newDryRunner(t, ready, sum)
						for i, s := range parseDialogue(t, file).steps {
							request, ok := dryRunOf(t, c.names.resolve(s.request))
							if !ok { // it is not sent either: the entry of a token that is turned away comes behind it
								continue
							}
							tried.Add(1)
							f := d.ask(t, request)
							known, real := len(c.names.ids), c.ask(t, s.request)
							want := c.names.replace(render(real))
							ids := c.names.ids[known:]
							if diff := cmp.Diff(want, c.names.replace(fill(f.render(), ids))); diff != "" {
								t.Fatalf("step %d: %s\n(-real +dry)\n%s", i+1, firstLine(s.request), diff)
							}
							if f.Change == nil {
								continue
							}
							if request["as"] == nil {
								f.Change["client"] = "other" // as this test names itself
							}
							d.hasEntry(t, real.Header.Get("X-Request-Id"), f.Change, ids)
						}
					})
				}
			})
			if n := tried.Load(); n < 300 {
				t.Errorf("only %d requests were tried", n)
			}
		})
	}
}

// hasEntry asserts that the entry of the real request is the one that was foreseen. After some
// refusals of one kind the activity only counts them.
func (d dryRunner) hasEntry(t *testing.T, requestID string, want map[string]any, ids []string) {
	t.Helper()
	a := d.Served(t, "GET", "/requests/"+requestID, nil)
	if a.Status == http.StatusNotFound && want["effect"] == "refused" {
		return
	}
	list, _ := a.Object()["activity"].([]any)
	list = slices.DeleteFunc(list, func(e any) bool { // the groups that a deleted person left have lines of their own
		m, _ := e.(map[string]any)
		return m["effect"] == "left"
	})
	if len(list) != 1 {
		t.Fatalf("the entries are %s; foreseen was %v", a.Body, want)
	}
	got, _ := list[0].(map[string]any)
	for _, e := range []map[string]any{got, want} {
		for _, name := range []string{"id", "at", "requestId", "traceId", "tokenId", "sentence"} {
			delete(e, name)
		}
	}
	blank := func(e map[string]any) string {
		return requestText.ReplaceAllString(timeText.ReplaceAllString(fill(marshal(e), ids), "<time>"), "<request>")
	}
	if diff := cmp.Diff(blank(got), blank(want)); diff != "" {
		t.Errorf("the entry (-real +dry)\n%s", diff)
	}
}

// TestADryRunOfABulkRequest: references among new resources are marked, each with a number, and
// each operation has an entry.
func TestADryRunOfABulkRequest(t *testing.T) {
	t.Parallel() // on services of its own
	ready, sum := dryRunWirings["embedded"](t)
	d, _ := newDryRunner(t, ready, sum)
	bulk := func(operations ...string) string {
		return `{"method":"POST","path":"/Bulk","body":{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[` + strings.Join(operations, ",") + `]}}`
	}
	a := d.Want(t, 200, "POST", "/dry-run", bulk(
		`{"method":"POST","path":"/Users","bulkId":"a","data":{"schemas":["`+userURN+`"],"userName":"ann@example.com"}}`,
		`{"method":"POST","path":"/Groups","bulkId":"g","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Guides","members":[{"value":"bulkId:a"}]}}`,
	))
	for _, part := range []string{`/Users/(new)"`, `/Groups/(new 2)"`, `"Added":["(new)"]`} {
		if !strings.Contains(strings.ReplaceAll(string(a.Body), `"added"`, `"Added"`), part) {
			t.Errorf("it lacks %s: %s", part, a.Body)
		}
	}
	if changes, _ := a.Object()["changes"].([]any); len(changes) != 2 {
		t.Errorf("it has %d changes: %s", len(changes), a.Body)
	}
	if uuidText.Match(a.Body) {
		t.Errorf("it has an id: %s", a.Body)
	}
	many := slices.Repeat([]string{`{"method":"DELETE","path":"/Users/x"}`}, 101)
	if got := d.Want(t, 413, "POST", "/dry-run", bulk(many...)); !strings.Contains(got.Text("detail"), "100 operations") {
		t.Errorf("101 operations: %s", got.Body)
	}
	d.Want(t, 200, "POST", "/dry-run", bulk(many[:100]...))
}

// TestADryRunIsBounded: what changes more than it can hold is 413, and says so.
func TestADryRunIsBounded(t *testing.T) {
	t.Parallel() // on services of its own
	for name, start := range dryRunWirings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ready, sum := start(t)
			d, c := newDryRunner(t, ready, sum)
			var members []string
			for first := range 2 {
				var operations []string
				for i := range 501 {
					n := strconv.Itoa(first*501 + i)
					operations = append(operations, `{"method":"POST","path":"/Users","bulkId":"`+n+`","data":{"schemas":["`+userURN+`"],"userName":"u`+n+`@example.com"}}`)
				}
				a := c.Want(t, 200, "POST", "/Bulk", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[`+strings.Join(operations, ",")+`]}`)
				for _, id := range uuidText.FindAllString(string(a.Body), -1) {
					members = append(members, `{"value":"`+id+`"}`)
				}
			}
			group := func(n int) string {
				return `{"method":"POST","path":"/Groups","body":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"All","members":[` + strings.Join(members[:n], ",") + `]}}`
			}
			d.Want(t, 200, "POST", "/dry-run", group(999))
			if a := d.Want(t, 413, "POST", "/dry-run", group(1000)); !strings.Contains(a.Text("detail"), "more than 1000 users, groups and memberships") {
				t.Errorf("it says %s", a.Body)
			}
		})
	}
}

// TestADryRunIsForThoseWhoMayRead: it takes no right that reading does not have, and none of an
// identity provider's.
func TestADryRunIsForThoseWhoMayRead(t *testing.T) {
	t.Parallel() // on services of its own
	ready, sum := dryRunWirings["embedded"](t)
	d, c := newDryRunner(t, ready, sum)
	const request = `{"method":"POST","path":"/Users","body":{"userName":"ann@example.com"}}`
	d.Want(t, 200, "POST", "/dry-run", request)
	for what, credential := range map[string]string{"an API token": c.Credential, "another organisation's administrator": ready.Orgs[0].AdminToken, "no one": ""} {
		d.Credential = credential
		if a := d.Served(t, "POST", "/dry-run", request); a.Status != 401 && a.Status != 403 && a.Status != 404 {
			t.Errorf("%s is answered with %d %s", what, a.Status, a.Body)
		}
	}
	if got := c.Want(t, 200, "GET", "/Users", nil).Object()["totalResults"]; fmt.Sprint(got) != "0" {
		t.Errorf("there are %v users", got)
	}
}
