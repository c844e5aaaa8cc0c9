package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/local"
	"github.com/devrev/scim/services/local/devstack"
	"github.com/devrev/scim/services/scim/guard/guardtest"
)

// TestAPushThatDeactivatesEverybodyIsHeld: an identity provider deactivates everybody through two
// scimds. As many as the limit says leave, and one more for each process at most. The others leave
// once an administrator has approved, although a scimd is killed then, and no one is lost. Another
// organisation is answered meanwhile.
func TestAPushThatDeactivatesEverybodyIsHeld(t *testing.T) {
	t.Parallel() // on services of its own
	const processes, requests = 2, 8
	people, redisURL := guardtest.People(t, 60), redistest.Start(t).URL()
	stack := harness.StartStack(t, devstack.Config{Options: local.Options{Rate: rate}, RedisURL: redisURL, Scimds: processes})
	org := harness.Unique("held")
	token, quiet := stack.Organisation(t, org, "email"), newClient(stack.Ready.SCIMBaseURL, stack.Organisation(t, harness.Unique("quiet"), "email"))
	enabledBefore(t, redisURL, org, 48*time.Hour)
	api := harness.Client{Base: stack.Ready.APIBaseURL + "/organisations/" + org, Credential: stack.Ready.PlatformCredential, MediaType: harness.JSON}
	api.Want(t, http.StatusOK, "PATCH", "/scim/settings", `{"guard":{"mode":"hold"}}`)

	okta := newClient(stack.Ready.SCIMBaseURL, token)
	send := func(method, path, body string) harness.Answer {
		return okta.Try(t, method, path, body, "User-Agent", "Okta SCIM Client 1.0.0")
	}
	ids := make([]string, people)
	each := func(do func(i int)) {
		var clients sync.WaitGroup
		for first := range requests {
			clients.Go(func() {
				for i := first; i < people; i += requests {
					do(i)
				}
			})
		}
		clients.Wait()
	}
	each(func(i int) {
		a := send("POST", "/Users", fmt.Sprintf(`{"schemas":["`+userURN+`"],"userName":"u%d@example.com"}`, i))
		if ids[i] = a.Text("id"); a.Status != http.StatusCreated {
			t.Errorf("a creation is answered with %d %s", a.Status, a.Body)
		}
	})
	if t.Failed() {
		t.FailNow()
	}
	deactivate := patchOf(`[{"op":"replace","path":"active","value":false}]`)
	calm := watched(t, quiet, func() { time.Sleep(min(time.Duration(people)*10*time.Millisecond, 10*time.Second)) })
	var left, held atomic.Int64
	storm := watched(t, quiet, func() {
		each(func(i int) {
			switch a := send("PATCH", "/Users/"+ids[i], deactivate); {
			case a.Status == http.StatusOK:
				left.Add(1)
			case a.Status == http.StatusTooManyRequests && a.Header.Get("Retry-After") == "300":
				held.Add(1)
			default:
				t.Errorf("%d %s", a.Status, a.Body)
			}
		})
	})
	t.Logf("p99 of another organisation: calm %v, beside %d deactivations %v", calm, people, storm)
	if limit := int64(max(20, people/10)); left.Load() < limit || left.Load() > limit+processes {
		t.Errorf("%d left, want %d, and %d more at most", left.Load(), limit, processes)
	}
	report := func() (r struct {
		Hold struct {
			ID, State string
			People    map[string]int64
		}
	},
	) {
		api.Want(t, http.StatusOK, "GET", "/guard", nil).Into(t, &r)
		return r
	}
	hold := report().Hold
	if hold.State != "open" || hold.People["waiting"] != held.Load() || left.Load()+held.Load() != int64(people) {
		t.Fatalf("%d left and %d were held of %d, the hold is %+v", left.Load(), held.Load(), people, hold)
	}
	foreseen := api.Want(t, http.StatusOK, "POST", "/dry-run", fmt.Sprintf(`{"method":"DELETE","path":"/Users/%s","as":{"client":"okta"}}`, ids[people-1]))
	var dry struct {
		Status    int
		WouldHold []struct{ UserID string }
	}
	if foreseen.Into(t, &dry); dry.Status != http.StatusTooManyRequests || len(dry.WouldHold) != 1 || dry.WouldHold[0].UserID != ids[people-1] {
		t.Errorf("a dry run says %s", foreseen.Body)
	}

	api.Want(t, http.StatusOK, "POST", "/guard/holds/"+hold.ID+"/approve", `{}`)
	applied := func(n int64) {
		for last, now := int64(-1), int64(0); now < n; { // it goes on, however long all of it takes
			last = now
			harness.Eventually(t, "the approval is carried out further", func() bool {
				now = report().Hold.People["applied"]
				return now > last || now >= n
			})
		}
	}
	for i, p := range stack.Scimds { // whichever carries it out
		applied(held.Load() * int64(i+1) / 4)
		p.Kill()
		assert.NilError(t, p.Start(t.Context()))
		t.Logf("scimd %d killed, the hold has %v", i+1, report().Hold.People)
	}
	applied(held.Load())
	harness.Eventually(t, "the hold is decided", func() bool { return report().Hold.State == "decided" })
	if hold = report().Hold; hold.People["applied"] != held.Load() {
		t.Errorf("%d were held, the hold is %+v", held.Load(), hold)
	}
	var deactivated struct{ Total int }
	if api.Want(t, http.StatusOK, "GET", "/users?state=deactivated&limit=0", nil).Into(t, &deactivated); deactivated.Total != people {
		t.Errorf("%d of %d have left", deactivated.Total, people)
	}
	if a := send("PATCH", "/Users/"+ids[people-1], deactivate); a.Status != http.StatusOK {
		t.Errorf("the repetition is answered with %d %s", a.Status, a.Body)
	}

	// So are the members of a privileged group, as a dry run of two operations foresees.
	var members [2]string
	for i := range members {
		members[i] = send("POST", "/Users", fmt.Sprintf(`{"schemas":["`+userURN+`"],"userName":"admin%d@example.com"}`, i)).Text("id")
	}
	group := send("POST", "/Groups", fmt.Sprintf(`{"schemas":["`+groupURN+`"],"displayName":"Admins","members":[{"value":%q},{"value":%q}]}`, members[0], members[1])).Text("id")
	api.Want(t, http.StatusOK, "PATCH", "/groups/"+group, `{"privileged":true}`)
	removal := func(id string) string {
		return patchOf(fmt.Sprintf(`[{"op":"remove","path":"members","value":[{"value":%q}]}]`, id))
	}
	bulk := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{"method":"PATCH","path":"/Groups/%[1]s","data":%[2]s},{"method":"PATCH","path":"/Groups/%[1]s","data":%[3]s}]}`,
		group, removal(members[0]), removal(members[1]))
	var both struct {
		WouldHold []struct {
			GroupID string
			Members []string
		}
	}
	foreseen = api.Want(t, http.StatusOK, "POST", "/dry-run", fmt.Sprintf(`{"method":"POST","path":"/Bulk","body":%s,"as":{"client":"okta"}}`, bulk))
	if foreseen.Into(t, &both); len(both.WouldHold) != 1 || both.WouldHold[0].GroupID != group || !slices.Equal(both.WouldHold[0].Members, members[1:]) {
		t.Errorf("a dry run of both says %s", foreseen.Body)
	}
	if a := send("PATCH", "/Groups/"+group, removal(members[0])); a.Status != http.StatusNoContent {
		t.Errorf("the first of two is answered with %d %s", a.Status, a.Body)
	}
	if a := send("DELETE", "/Groups/"+group, ""); a.Status != http.StatusTooManyRequests || a.Header.Get("Retry-After") != "300" {
		t.Errorf("the end of the group is answered with %d %s", a.Status, a.Body)
	}
	api.Want(t, http.StatusOK, "POST", "/guard/holds/"+report().Hold.ID+"/approve", `{"changes":["`+group+`"]}`)
	if a := send("GET", "/Groups/"+group, ""); a.Status != http.StatusNotFound {
		t.Errorf("after the approval the group is answered with %d %s", a.Status, a.Body)
	}
}

// enabledBefore has SCIM have been enabled so long ago: that is when the organisation's first token
// was issued. Soon after it, the guard only observes.
func enabledBefore(t *testing.T, redisURL, org string, ago time.Duration) {
	t.Helper()
	client := harness.Redis(t, redisURL)
	tag, err := client.Get(t.Context(), "scim:org:"+org).Result()
	assert.NilError(t, err)
	records, err := client.Keys(t.Context(), "scim:{"+tag+"}:t:*").Result()
	assert.NilError(t, err)
	assert.Equal(t, len(records), 1)
	assert.NilError(t, client.HSet(t.Context(), records[0], "iat", time.Now().Add(-ago).UnixMilli()).Err())
}

// watched returns the 99th percentile of how long the requests of a client take while do runs.
func watched(t *testing.T, c client, do func()) time.Duration {
	t.Helper()
	done := make(chan struct{})
	var took []time.Duration
	var asking sync.WaitGroup
	asking.Go(func() {
		for {
			took = append(took, c.Served(t, "GET", `/Users?filter=userName+eq+%22ann@example.com%22`, nil).Took)
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	do()
	close(done)
	asking.Wait()
	slices.Sort(took)
	return took[len(took)*99/100]
}
