package e2e

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/mongodb/mongotest"
	"github.com/devrev/scim/services/local/devstack"
	"github.com/devrev/scim/services/scim/mongostore"
)

// A message to MongoDB meets one of these fates, and scimd goes on or is killed at it.
var fates = []struct {
	fate fate
	kill bool
}{{dropped, false}, {halved, false}, {delivered, false}, {late, false}, {dropped, true}, {delivered, true}}

// change is a request of an identity provider. Its path and body have ids as {NAME}.
type change struct {
	rule, method, path, body string
	first, again             int // its status
}

var changes = []change{
	{"a user is created", "POST", "/Users", `{"schemas":["` + userSchema + `"],"userName":"new@example.com"}`, 201, 409},
	{"a user is replaced", "PUT", "/Users/{ann}", `{"schemas":["` + userSchema + `"],"userName":"ann@example.com","title":"Guide"}`, 200, 200},
	{"a user is renamed", "PATCH", "/Users/{ann}", patchOf(`[{"op":"replace","path":"userName","value":"anna@example.com"}]`), 200, 200},
	{"a user is deactivated", "PATCH", "/Users/{ann}", patchOf(`[{"op":"replace","path":"active","value":false}]`), 200, 200},
	{"a user in two groups is deleted", "DELETE", "/Users/{ann}", "", 204, 404},
	{"a group is created with members", "POST", "/Groups", `{"schemas":["` + groupSchema + `"],"displayName":"New","members":[{"value":"{ann}"},{"value":"{ben}"}]}`, 201, 409},
	{"a group is replaced", "PUT", "/Groups/{one}", `{"schemas":["` + groupSchema + `"],"displayName":"Uno","members":[{"value":"{ben}"}]}`, 200, 200},
	{"a group is renamed, and its members change", "PATCH", "/Groups/{one}", patchOf(`[{"op":"replace","path":"displayName","value":"Uno"},` +
		`{"op":"add","path":"members","value":[{"value":"{ben}"}]},{"op":"remove","path":"members[value eq \"{ann}\"]"}]`), 204, 204},
	{"a group is deleted", "DELETE", "/Groups/{one}", "", 204, 404},
}

// TestNoMessageThatFailsCostsAnything makes changes on the production wiring, and each time another
// message to MongoDB does not arrive, or not whole, or its answer does not, or it is late; or scimd
// is killed at it. The change is answered with a success that did it, 503 with Retry-After, or not
// at all; the same request again does it, and nothing is left half done.
func TestNoMessageThatFailsCostsAnything(t *testing.T) {
	t.Parallel() // on services of its own
	seed, cases := *tortureSeed, 6
	if seed == 0 {
		seed = rand.Uint64()
	}
	if os.Getenv("TORTURE") == "1" {
		cases = 150
	}
	t.Logf("-seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	m := newMessages(t)
	quiet := m.scene(t)
	before := quiet.everything(t)
	wholes, messages := map[string]string{}, map[string]int{}
	for range cases {
		c, f := changes[random.IntN(len(changes))], fates[random.IntN(len(fates))]
		if wholes[c.rule] == "" {
			s := m.scene(t)
			m.tap.arm(0, dropped, nil)
			s.ask(t, c, c.first)
			messages[c.rule] = m.tap.messages()
			wholes[c.rule] = s.everything(t)
		}
		m.hold(t, c, 1+random.IntN(messages[c.rule]), f.fate, f.kill, wholes[c.rule])
	}
	if diff := cmp.Diff(before, quiet.everything(t)); diff != "" {
		t.Errorf("another organisation is another one (-before +after):\n%s", diff)
	}
}

// messages is the production wiring with a tap before MongoDB.
type messages struct {
	stack harness.Stack
	tap   *tap
	store *mongostore.Store // past the tap
}

func newMessages(t *testing.T) *messages {
	t.Helper()
	m := &messages{tap: &tap{}}
	database := fmt.Sprintf("messages_%d", time.Now().UnixNano())
	m.store = mongostore.New(harness.MongoDB(t, mongotest.URI(t), database))
	m.stack = harness.StartStack(t, devstack.Config{MongoURI: m.tap.through(t, mongotest.URI(t)), Database: database})
	return m
}

// hold makes a change while a message meets its fate, and again.
func (m *messages) hold(t *testing.T, c change, at int, f fate, kill bool, whole string) {
	t.Helper()
	s := m.scene(t)
	stop := func() {}
	if kill {
		stop = m.stack.Scimd.Kill
	} else if f == late {
		stop = func() { time.Sleep(2500 * time.Millisecond) } // a call waits 2 s
	}
	m.tap.arm(at, f, stop)
	a := s.try(t, c)
	m.tap.arm(0, dropped, nil)
	what := fmt.Sprintf("%s, and message %d is %s (scimd is killed: %t): answered with %d", c.rule, at, f, kill, a.Status)
	switch {
	case a.Status == c.first:
		if diff := cmp.Diff(whole, s.everything(t)); diff != "" && !kill {
			t.Errorf("%s, and not done (-want +got):\n%s", what, diff)
		}
	case a.Status == 0 && kill:
	case a.Status != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "":
		t.Errorf("%s: %s", what, a.Body)
	}
	if kill {
		m.stack.Scimd.Kill() // if there were fewer messages this time
		assert.NilError(t, m.stack.Scimd.Start(t.Context()))
	}
	var again harness.Answer
	harness.Eventually(t, what+"; again it is answered", func() bool {
		again = s.try(t, c)
		return again.Status == c.first || again.Status == c.again
	})
	if err := m.store.Repair(t.Context()); err != nil {
		t.Errorf("%s; Repair: %v", what, err)
	}
	if diff := cmp.Diff(whole, s.everything(t)); diff != "" {
		t.Errorf("%s, again with %d; in the end (-want +got):\n%s", what, again.Status, diff)
	}
}

// messageScene is an organisation with two people in two groups.
type messageScene struct {
	harness.Client
	ids map[string]string // by name in braces
}

func (m *messages) scene(t *testing.T) *messageScene {
	t.Helper()
	token := m.stack.Organisation(t, harness.Unique("org"), "email")
	s := &messageScene{harness.Client{Base: "http://" + m.stack.Scimd.Addr() + "/scim/v2", Credential: token, MediaType: harness.SCIM}, map[string]string{}}
	for _, name := range []string{"ann", "ben"} {
		s.ids["{"+name+"}"] = s.ask(t, change{"", "POST", "/Users", `{"schemas":["` + userSchema + `"],"userName":"` + name + `@example.com"}`, 201, 409}, 201).Text("id")
	}
	for _, name := range []string{"one", "two"} {
		body := `{"schemas":["` + groupSchema + `"],"displayName":"` + name + `","members":[{"value":"{ann}"}]}`
		s.ids["{"+name+"}"] = s.ask(t, change{"", "POST", "/Groups", body, 201, 409}, 201).Text("id")
	}
	return s
}

func (s *messageScene) named(text string) string {
	for name, id := range s.ids {
		text = strings.ReplaceAll(text, name, id)
	}
	return text
}

func (s *messageScene) try(t *testing.T, c change) harness.Answer {
	t.Helper()
	return s.Try(t, c.method, s.named(c.path), s.named(c.body))
}

func (s *messageScene) ask(t *testing.T, c change, status int) harness.Answer {
	t.Helper()
	return s.Want(t, status, c.method, s.named(c.path), s.named(c.body))
}

// everything is who is there and in which group, as users and as groups have it.
func (s *messageScene) everything(t *testing.T) string {
	t.Helper()
	type reference struct{ Value string }
	var users, groups struct {
		Resources []struct {
			ID, UserName, DisplayName, Title string
			Active                           bool
			Groups, Members                  []reference
		}
	}
	s.Want(t, http.StatusOK, "GET", "/Users", nil).Into(t, &users)
	s.Want(t, http.StatusOK, "GET", "/Groups", nil).Into(t, &groups)
	names := map[string]string{}
	for _, u := range users.Resources {
		names[u.ID] = u.UserName
	}
	for _, g := range groups.Resources {
		names[g.ID] = g.DisplayName
	}
	set := func(references []reference) []string {
		all := map[string]bool{}
		for _, r := range references {
			all[names[r.Value]] = true
		}
		return slices.Sorted(maps.Keys(all))
	}
	var lines []string
	for _, u := range users.Resources {
		lines = append(lines, fmt.Sprintf("%s %q active %t in %q", u.UserName, u.Title, u.Active, set(u.Groups)))
	}
	for _, g := range groups.Resources {
		lines = append(lines, fmt.Sprintf("%s with %q", g.DisplayName, set(g.Members)))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
