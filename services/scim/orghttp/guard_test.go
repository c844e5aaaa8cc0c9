package orghttp_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/guard"
)

// TestTheGuardIsReported: with the limits that hold, and the mass changes that were noticed.
func TestTheGuardIsReported(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	d.Org.Guard = terms.Guard{Mode: terms.GuardObserve, People: terms.Mass{Count: 3, Percent: 5, Minutes: 7}, Members: terms.MemberMass{Mass: terms.Mass{Count: 9, Percent: 8, Minutes: 1}, OnlyPrivileged: true}}
	by := activity.Request{RequestID: "R", Client: "okta", Method: "DELETE", Resource: activity.Resource{Type: "User"}}
	d.Must(d.Log.Observe(t.Context(), d.Org.Tenant, by, activity.Mass{Left: 4, Of: 30, Minutes: 7}))

	var got map[string]any
	d.must("/guard", &got)
	observed := got["observed"].([]any)[0].(map[string]any)
	delete(got, "observed")
	want := map[string]any{
		"mode":    "observe",
		"hold":    nil,
		"people":  map[string]any{"count": 3.0, "percent": 5.0, "minutes": 7.0, "left": 0.0},
		"members": map[string]any{"count": 9.0, "percent": 8.0, "minutes": 1.0, "onlyPrivileged": true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the report (-want +got):\n%s", diff)
	}
	if observed["sentence"] != "4 of 30 enabled people were deactivated or deleted within 7 minutes." || observed["kind"] != "guard" || observed["effect"] != "observed" {
		t.Errorf("observed is %v", observed)
	}
}

// TestAHoldIsDecided by an administrator alone, of some people or of all; what cannot be is refused
// with a problem, and changes nothing.
func TestAHoldIsDecided(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	const id = "019bd6a1-5d7e-7c2a-9a57-3f0c1d2e4b5a"
	hold := guard.Hold{ID: id, Version: 1, State: guard.HoldOpen, Opened: time.Now().UTC(), Limit: terms.Mass{Count: 3, Percent: 5, Minutes: 7}, Of: 30}
	d.Must(d.Holds.PutHold(t.Context(), d.Org.Tenant, hold))
	var ids []directory.UserID
	for i := range 3 {
		u := d.person(fmt.Sprintf("u%d@example.com", i))
		ids = append(ids, u.ID)
		d.Must(d.Holds.Keep(t.Context(), d.Org.Tenant, guard.Held{Hold: id, User: u.ID, Wanted: directory.EffectDeactivated, State: guard.Waiting, At: time.Now().UTC()}))
	}
	post := func(hold, verb, body string) (int, string) {
		t.Helper()
		w := httptest.NewRecorder()
		d.engine.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/organisations/acme/guard/holds/"+hold+"/"+verb, strings.NewReader(body)))
		return w.Code, w.Body.String()
	}
	var list struct {
		Changes []struct{ UserID, Name, Wanted, State string }
		Next    string
	}
	d.must("/guard/holds/"+id+"/changes?state=waiting&limit=2", &list)
	if len(list.Changes) != 2 || list.Changes[0].UserID != string(ids[0]) || list.Changes[0].Name != "u0@example.com" || list.Changes[0].Wanted != "deactivated" || list.Next != string(ids[1]) {
		t.Errorf("the people are %+v", list)
	}
	if w := d.get("/guard/holds/"+id+"/changes?state=gone", ""); w.Code != 400 {
		t.Errorf("a state that there is not: %d %s", w.Code, w.Body)
	}
	if code, body := post(id, "approve", ""); code != 403 {
		t.Errorf("an auditor decides: %d %s", code, body)
	}
	d.actor = access.Actor{Subject: "admin-7", Org: "acme", Roles: []string{access.ScimAdmin}}
	for rule, c := range map[string]struct {
		hold, body string
		status     int
	}{
		"a hold that there is not":   {"019bd6a1-5d7e-7c2a-9a57-000000000000", "", 404},
		"a person who is not held":   {id, `{"changes":["nobody"]}`, 404},
		"an empty list is not all":   {id, `{"changes":[]}`, 400},
		"an unknown member":          {id, `{"people":[]}`, 400},
		"no JSON":                    {id, `all`, 400},
		"a note that is too long":    {id, `{"note":"` + strings.Repeat("x", guard.MaxNote+1) + `"}`, 400},
		"more people than at a time": {id, `{"changes":["x"` + strings.Repeat(`,"x"`, guard.MostDecided) + `]}`, 400},
	} {
		if code, body := post(c.hold, "approve", c.body); code != c.status || !strings.Contains(body, `"detail"`) {
			t.Errorf("%s: %d %s", rule, code, body)
		}
	}
	if code, body := post(id, "approve", `{"changes":["`+string(ids[1])+`"],"note":"left"}`); code != 200 || !strings.Contains(body, `"changes":[{"id":"`+string(ids[1])+`","userId":"`+string(ids[1])+`","state":"applied"}]`) {
		t.Errorf("one is let through: %d %s", code, body)
	}
	if code, body := post(id, "reject", ""); code != 200 || !strings.Contains(body, `"state":"deciding","verdict":"rejected"`) || !strings.Contains(body, `"by":"admin-7"`) {
		t.Errorf("all are rejected: %d %s", code, body)
	}
	if code, body := post(id, "approve", ""); code != 409 {
		t.Errorf("the opposite: %d %s", code, body)
	}
	d.Must(d.watch.Tend(t.Context()))
	var shown guard.HoldReport
	if d.must("/guard/holds/"+id, &shown); shown.State != guard.HoldDecided || shown.People[guard.HeldApplied] != 1 || shown.People[guard.HeldRejected] != 2 {
		t.Errorf("the hold is %+v", shown)
	}
	if code, body := post(id, "approve", ""); code != 409 || !strings.Contains(body, "The hold was rejected before.") {
		t.Errorf("a hold that is decided: %d %s", code, body)
	}
	next := guard.Hold{ID: "019bd6a1-5d7e-7c2a-9a57-3f0c1d2e4b5b", Version: shown.Version + 1, State: guard.HoldOpen, Opened: time.Now().UTC()}
	d.Must(d.Holds.PutHold(t.Context(), d.Org.Tenant, next))
	if code, body := post(id, "approve", ""); code != 404 || !strings.Contains(body, `"detail"`) {
		t.Errorf("a hold that is gone: %d %s", code, body)
	}
	for i, id := range ids {
		if u, err := d.Users.Get(t.Context(), d.Org, id); err != nil || u.State.Enabled() == (i == 1) {
			t.Errorf("person %d is %+v, %v", i, u.State, err)
		}
	}
}

// TestHeldMembersAreListedAndDecided: by group and name, and named by the ids of the list, or by
// the group.
func TestHeldMembersAreListedAndDecided(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	ann, bob, cid := d.person("ann@example.com"), d.person("bob@example.com"), d.person("cid@example.com")
	group := d.group("Admins", ann, bob, cid).ID
	const id = "019bd6a1-5d7e-7c2a-9a57-3f0c1d2e4b5a"
	hold := guard.Hold{ID: id, Version: 1, State: guard.HoldOpen, Opened: time.Now().UTC(), Group: group, Limit: terms.Mass{Count: 3, Percent: 5, Minutes: 7}, Of: 30}
	d.Must(d.Holds.PutHold(t.Context(), d.Org.Tenant, hold))
	for _, user := range []directory.UserID{ann.ID, bob.ID, cid.ID} {
		d.Must(d.Holds.Keep(t.Context(), d.Org.Tenant, guard.Held{Hold: id, Group: group, User: user, Wanted: guard.Removed, State: guard.Waiting, At: time.Now().UTC()}))
	}
	var list struct {
		Changes []struct{ ID, UserID, Name, GroupID, GroupName, Wanted string }
		Next    string
	}
	d.must("/guard/holds/"+id+"/changes?limit=2", &list)
	want := string(group) + "/" + string(ann.ID)
	if c := list.Changes[0]; len(list.Changes) != 2 || c.ID != want || c.UserID != string(ann.ID) || c.Name != "ann@example.com" || c.GroupID != string(group) || c.GroupName != "Admins" || c.Wanted != "removed" {
		t.Fatalf("the list is %+v", list)
	}
	d.must("/guard/holds/"+id+"/changes?limit=2&after="+list.Next, &list)
	if len(list.Changes) != 1 || list.Changes[0].UserID != string(cid.ID) || list.Next != "" {
		t.Errorf("the next page is %+v", list)
	}
	if w := d.get("/guard/holds/"+id+"/changes?after=all/of", ""); w.Code != 400 {
		t.Errorf("an after that was not given: %d %s", w.Code, w.Body)
	}
	d.actor = access.Actor{Subject: "admin-7", Org: "acme", Roles: []string{access.ScimAdmin}}
	for _, c := range []struct{ verb, change, state string }{{"approve", want, "applied"}, {"reject", string(group), "rejected"}} {
		w := httptest.NewRecorder()
		d.engine.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/organisations/acme/guard/holds/"+id+"/"+c.verb, strings.NewReader(`{"changes":["`+c.change+`"]}`)))
		if w.Code != 200 || !strings.Contains(w.Body.String(), `{"id":"`+c.change+`","groupId":"`+string(group)+`"`) || !strings.Contains(w.Body.String(), `"state":"`+c.state+`"`) {
			t.Errorf("%s: %d %s", c.verb, w.Code, w.Body)
		}
	}
	var shown guard.HoldReport
	d.must("/guard/holds/"+id, &shown)
	if diff := cmp.Diff(map[guard.HeldState]int{guard.Waiting: 0, guard.HeldApplied: 1, guard.HeldRejected: 2, guard.HeldDropped: 0}, shown.Members); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
	g, err := d.Groups.Get(t.Context(), d.Org, group, true)
	d.Must(err)
	if diff := cmp.Diff([]directory.UserID{bob.ID, cid.ID}, g.Members); diff != "" {
		t.Errorf("members of the group (-want +got):\n%s", diff)
	}
}
