package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/devrev/scim/services/e2e/harness"
)

// The all-in-one is killed so often, each time once so many groups more were acknowledged with
// their member, in the middle of the next.
const (
	rounds         = 5
	groupsPerRound = 25
)

// TestKillLosesNothingAcknowledged kills the all-in-one under load, again and again, and asks after
// each restart for all that was ever acknowledged: every user, every membership that a group was
// pushed with or without, the activity entry of each, and the events.
func TestKillLosesNothingAcknowledged(t *testing.T) {
	t.Parallel() // on services of its own
	data := t.TempDir()
	var acked ledger
	var reader *follower
	for round := range rounds {
		run := harness.RunAllInOne(t, "-data", data)
		acked.verify(t, first(run))
		acked.told(t, run)
		reader = reader.after(t, run)
		stop := make(chan struct{})
		var writers sync.WaitGroup
		for w := range 8 {
			writers.Go(func() { acked.write(first(run), fmt.Sprintf("r%d-w%d", round, w), stop) })
		}
		acked.wait(t, (round+1)*groupsPerRound)
		time.Sleep(rand.N(50 * time.Millisecond))
		run.Kill()
		close(stop)
		writers.Wait()
	}
	run := harness.RunAllInOne(t, "-data", data)
	acked.verify(t, first(run))
	acked.told(t, run)
	reader.after(t, run)
	t.Logf("%d users and %d groups acknowledged over %d kills, none lost", len(acked.users), len(acked.groups), rounds)
}

// ledger is what the service has acknowledged.
type ledger struct {
	sync.Mutex
	users  map[string]string // id to userName
	groups map[string]string // id to the one member it must have
}

// wait returns once so many groups are acknowledged.
func (l *ledger) wait(t *testing.T, groups int) {
	t.Helper()
	harness.Eventually(t, fmt.Sprint(groups, " groups are acknowledged"), func() bool {
		l.Lock()
		defer l.Unlock()
		return len(l.groups) >= groups
	})
}

// write creates users and pushes groups with them until the service is gone.
func (l *ledger) write(c client, prefix string, stop <-chan struct{}) {
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		default:
		}
		name := fmt.Sprintf("%s-%d@example.com", prefix, i)
		user, ok := c.post("POST", "/Users", map[string]any{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:User"}, "userName": name})
		if !ok {
			return
		}
		l.note(&l.users, user, name)
		group, ok := c.post("POST", "/Groups", map[string]any{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:Group"}, "displayName": name})
		if !ok {
			return
		}
		add := map[string]any{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": []any{
			map[string]any{"op": "add", "path": "members", "value": []any{map[string]any{"value": user}}},
		}}
		if _, ok := c.post("PATCH", "/Groups/"+group, add); !ok {
			return
		}
		l.note(&l.groups, group, user)
	}
}

func (l *ledger) note(to *map[string]string, id, what string) {
	l.Lock()
	defer l.Unlock()
	if *to == nil {
		*to = map[string]string{}
	}
	(*to)[id] = what
}

func (l *ledger) verify(t *testing.T, c client) {
	t.Helper()
	users, groups := map[string]string{}, map[string]string{}
	c.walk(t, "/Users", func(r listed) { users[r.ID] = r.UserName })
	c.walk(t, "/Groups", func(r listed) {
		if len(r.Members) == 1 {
			groups[r.ID] = r.Members[0].Value
		}
	})
	for id, name := range l.users {
		if users[id] != name {
			t.Errorf("user %s was acknowledged as %s and is %q", id, name, users[id])
		}
	}
	for id, member := range l.groups {
		if groups[id] != member {
			t.Errorf("group %s was acknowledged with member %s and has %q", id, member, groups[id])
		}
	}
}

// told looks for the line of each user's creation and of each group's members in the organisation's
// activity.
func (l *ledger) told(t *testing.T, run *harness.AllInOne) {
	t.Helper()
	api := harness.Client{Base: run.Ready.APIBaseURL, Credential: run.Ready.PlatformCredential}
	activity := api.Want(t, http.StatusOK, "GET", "/organisations/"+run.Ready.Orgs[0].Org+"/activity", nil, "Accept", "application/x-ndjson")
	created, filled := map[string]bool{}, map[string]bool{}
	for lines := json.NewDecoder(bytes.NewReader(activity.Body)); ; {
		var line struct {
			Effect       string `json:"effect"`
			MembersAdded int    `json:"membersAdded"`
			Resource     struct {
				ID string `json:"id"`
			} `json:"resource"`
		}
		err := lines.Decode(&line)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("export the activity: %v", err)
		}
		created[line.Resource.ID] = created[line.Resource.ID] || line.Effect == "created"
		filled[line.Resource.ID] = filled[line.Resource.ID] || line.MembersAdded > 0
	}
	for id := range l.users {
		if !created[id] {
			t.Errorf("user %s was acknowledged, and no line of activity tells of it", id)
		}
	}
	for id := range l.groups {
		if !filled[id] {
			t.Errorf("the members of group %s were acknowledged, and no line of activity tells of them", id)
		}
	}
}

// post sends a body and returns the id of the answer. It is false once the service is gone.
func (c client) post(method, path string, body any) (id string, ok bool) {
	answer, ok := c.send(method, path, body)
	var resource listed
	_ = json.Unmarshal(answer, &resource) // 204 has no body
	return resource.ID, ok
}

// send returns the body of an answer, and whether there was one that is a success.
func (c client) send(method, path string, body any) ([]byte, bool) {
	a, err := c.Send(context.Background(), method, path, body)
	return a.Body, err == nil && a.Status < 300
}

// listed is what the tests read of a listed resource.
type listed struct {
	ID       string `json:"id"`
	UserName string `json:"userName"`
	Members  []struct {
		Value string `json:"value"`
	} `json:"members"`
}

// walk reads a whole list as Okta's import does.
func (c client) walk(t *testing.T, path string, each func(listed)) {
	t.Helper()
	for start := 1; ; start += 100 {
		answer, ok := c.send(http.MethodGet, fmt.Sprintf("%s?startIndex=%d&count=100", path, start), nil)
		var page struct {
			TotalResults int      `json:"totalResults"`
			Resources    []listed `json:"Resources"`
		}
		if err := json.Unmarshal(answer, &page); !ok || err != nil {
			t.Fatalf("list %s: %v: %s", path, err, answer)
		}
		for _, r := range page.Resources {
			each(r)
		}
		if start+len(page.Resources) > page.TotalResults {
			return
		}
		if len(page.Resources) == 0 {
			t.Fatalf("list %s ends at %d of %d", path, start, page.TotalResults)
		}
	}
}
