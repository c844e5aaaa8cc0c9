package everycall

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/devrev/scim/services/e2e/harness"
)

var seed = flag.Uint64("seed", 0, "what TestNoCallThatFailsCostsAnything draws from; 0: another one each time")

// make test draws so many requests for a wiring, and so many of their cases; make torture takes
// all.
const (
	mostRequests = 5
	mostCases    = 20
)

// failing is one case.
type failing struct {
	request request
	call    int
	mode    mode
}

func TestNoCallThatFailsCostsAnything(t *testing.T) {
	drawn := *seed
	if drawn == 0 {
		drawn = rand.Uint64()
	}
	t.Logf("-seed %d", drawn)
	all := os.Getenv("TORTURE") == "1"
	for _, name := range slices.Sorted(maps.Keys(harness.Wirings)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProduct(t, name)
			quiet := newScene(t, p, "quiet")
			before := quiet.everything()
			random, chosen := rand.New(rand.NewPCG(drawn, 0)), slices.Clone(requests)
			if !all {
				random.Shuffle(len(chosen), func(i, j int) { chosen[i], chosen[j] = chosen[j], chosen[i] })
				chosen = chosen[:mostRequests]
			}
			var cases []failing
			wholes := map[string]string{}
			for _, r := range chosen {
				calls, whole := unfailing(t, p, r)
				wholes[r.rule] = whole
				for call := range calls {
					for _, m := range []mode{lost, answerLost, away} {
						cases = append(cases, failing{r, call + 1, m})
					}
				}
			}
			there := len(cases)
			if !all {
				random.Shuffle(len(cases), func(i, j int) { cases[i], cases[j] = cases[j], cases[i] })
				cases = cases[:min(mostCases, len(cases))]
			}
			for n, c := range cases {
				c.hold(t, p, fmt.Sprintf("org-%d", n), wholes[c.request.rule])
			}
			if diff := cmp.Diff(before, quiet.everything()); diff != "" {
				t.Errorf("another organisation is another one (-before +after):\n%s", diff)
			}
			t.Logf("%d cases of %d", len(cases), there)
		})
	}
}

// unfailing returns how many calls the request makes if none fails, and what is there when it was
// made twice.
func unfailing(t *testing.T, p *product, r request) (calls int, whole string) {
	t.Helper()
	s := newScene(t, p, "whole-"+strings.Trim(regexp.MustCompile(`[^a-z]+`).ReplaceAllString(strings.ToLower(r.rule), "-"), "-"))
	for _, b := range r.before {
		s.want(b.first, b.as, b.method, b.path, b.body)
	}
	p.arm(0, lost)
	a := s.make(r)
	calls = len(p.disarm())
	if a.status != r.first {
		t.Fatalf("%s: %d, want %d: %s", r.rule, a.status, r.first, a.body)
	}
	once := s.everything()
	if a := s.make(r); a.status != r.again {
		t.Fatalf("%s, again: %d, want %d: %s", r.rule, a.status, r.again, a.body)
	}
	if diff := cmp.Diff(once, s.everything()); diff != "" {
		t.Fatalf("%s: made again, it changes something (-once +twice):\n%s", r.rule, diff)
	}
	return calls, once
}

// removed is what an activity line tells of members who left a group.
var removed = regexp.MustCompile(`(,"removed":\[[^]]*\]|,"membersRemoved":\d+)`)

// hold makes the request while a call fails, and again when none does.
func (c failing) hold(t *testing.T, p *product, org, whole string) {
	t.Helper()
	r := c.request
	s := newScene(t, p, org)
	for _, b := range r.before {
		s.want(b.first, b.as, b.method, b.path, b.body)
	}
	p.arm(c.call, c.mode)
	a := s.make(r)
	called := p.disarm()
	if len(called) < c.call {
		t.Errorf("%s: it made the calls %v, and %d when none failed", r.rule, called, c.call)
		return
	}
	shown := s.everything
	if called[c.call-1] == "UpdateGroup" && c.mode == answerLost {
		// Who was removed by a change that replaced all members is known no more.
		shown = func() string { return removed.ReplaceAllString(s.everything(), "") }
		whole = removed.ReplaceAllString(whole, "")
	}
	what := fmt.Sprintf("%s, and call %d, %s, %s: answered with %d", r.rule, c.call, called[c.call-1], modes[c.mode], a.status)
	switch {
	case a.status == r.first:
		if diff := cmp.Diff(whole, shown()); diff != "" {
			t.Errorf("%s, and not done (-want +got):\n%s", what, diff)
		}
	case !a.unavailable(r.as):
		t.Errorf("%s %s", what, a.body)
	}
	if again := s.make(r); again.status != r.first && again.status != r.again {
		t.Errorf("%s; again with %d %s", what, again.status, again.body)
	}
	must(t, p.tend(t.Context()))
	if diff := cmp.Diff(whole, shown()); diff != "" {
		t.Errorf("%s; in the end it is not as if nothing had failed (-want +got):\n%s", what, diff)
	}
}

// everything is what the organisation can read of itself, with names in the place of ids, sorted,
// and without what depends on time. Of the activity it is what changed anything; of the audit,
// which acts there were.
func (s *scene) everything() string {
	s.t.Helper()
	read := func(path, member string) []map[string]any {
		var all []map[string]any
		for _, each := range s.want(200, "platform", "GET", s.api+path, "").object()[member].([]any) {
			all = append(all, each.(map[string]any))
		}
		return all
	}
	users := slices.Concat(read("/users?limit=100", "users"), read("/users?limit=100&state=deleted", "users"))
	groups := read("/groups?limit=100", "groups")
	for _, g := range groups {
		maps.Copy(g, s.want(200, "platform", "GET", s.api+"/groups/"+g["id"].(string), "").object())
	}
	lines := slices.DeleteFunc(read("/activity?limit=100", "activity"), func(line map[string]any) bool {
		return line["effect"] == "unchanged" || line["effect"] == "refused"
	})
	acts := map[string]bool{}
	for _, entry := range read("/scim/audit?limit=100", "audit") {
		acts[entry["action"].(string)] = true
	}
	if v := s.want(200, "platform", "GET", s.api+"/scim/audit/verify", ""); v.object()["intact"] != true {
		s.t.Errorf("the audit is %s", v.body)
	}
	var names []string
	for id, name := range s.ids(users, groups) {
		names = append(names, id, name)
	}
	var all []string
	for what, rows := range map[string][]map[string]any{
		"user": users, "group": groups, "line": lines, "token": read("/scim/tokens", "tokens"),
		"organisation": {s.want(200, "platform", "GET", s.api, "").object()}, "settings": {s.want(200, "platform", "GET", s.api+"/scim/settings", "").object()},
		"acts": {{"all": slices.Sorted(maps.Keys(acts))}},
	} {
		for _, row := range rows {
			for _, timely := range []string{"at", "created", "modified", "createdAt", "modifiedAt", "issuedAt", "revokedAt", "verdict", "requestId", "traceId", "version"} {
				delete(row, timely)
			}
			if what == "line" || what == "token" || what == "organisation" {
				delete(row, "id")
				delete(row, "tokenId")
			}
			text, err := json.Marshal(row)
			must(s.t, err)
			all = append(all, what+" "+strings.NewReplacer(names...).Replace(string(text)))
		}
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// ids returns the names of users and groups by their ids, also of those who have gone.
func (s *scene) ids(users, groups []map[string]any) map[string]string {
	names := map[string]string{}
	for name, id := range s.names {
		names[id] = name
	}
	for _, u := range users {
		if names[u["id"].(string)] == "" {
			names[u["id"].(string)] = "the id of " + u["userName"].(string)
		}
	}
	for _, g := range groups {
		if names[g["id"].(string)] == "" {
			names[g["id"].(string)] = "the id of " + g["displayName"].(string)
		}
	}
	return names
}
