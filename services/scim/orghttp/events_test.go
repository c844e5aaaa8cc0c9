package orghttp_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/history"
)

type eventsPage struct {
	Events []history.Event
	Next   int64
	More   bool
}

func (p eventsPage) types() (types []history.Type) {
	for _, e := range p.Events {
		types = append(types, e.Type)
	}
	return types
}

// provisioned creates a user and a group with it, by one request of Okta's.
func (d *deployment) provisioned(name string) (directory.User, directory.Group) {
	d.Helper()
	made := func() *directory.Change {
		return &directory.Change{Cause: directory.Cause{RequestID: "R", TokenID: "T", Client: "okta"}}
	}
	u, err := d.Users.Create(d.Context(), d.Org, scim.NewDocument("schemas", []any{scim.UserSchema}, "userName", name), made())
	d.Must(err)
	g, err := d.Groups.Create(d.Context(), d.Org, scim.NewDocument(
		"schemas", []any{scim.GroupSchema}, "displayName", name, "members", []any{scim.NewDocument("value", string(u.ID))},
	), made())
	d.Must(err)
	return u, g
}

func TestEventsAreRead(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	u, g := d.provisioned("ann@example.com")
	d.Must(d.Users.Delete(d.Context(), d.Org, u.ID, &directory.Change{}))
	all := []history.Type{history.UserCreated, history.GroupCreated, history.MembersChanged, history.UserDeleted, history.MembersChanged}
	for query, want := range map[string]struct {
		types []history.Type
		next  int64
		more  bool
	}{
		"":                                 {all, 5, false},
		"?limit=2":                         {all[:2], 2, true},
		"?after=2&limit=2":                 {all[2:4], 4, true},
		"?after=4":                         {all[4:], 5, false},
		"?after=5":                         {nil, 5, false},
		"?limit=0":                         {nil, 0, true},
		"?limit=0&after=5":                 {nil, 5, false},
		"?limit=9999":                      {all, 5, false},
		"?types=user.deleted,user.created": {[]history.Type{history.UserCreated, history.UserDeleted}, 5, false},
		"?types=user.deleted,user.created&limit=1": {all[:1], 1, true},
		"?types=group.deleted":                     {nil, 5, false},
	} {
		var page eventsPage
		d.must("/events"+query, &page)
		if diff := cmp.Diff(want.types, page.types()); diff != "" || page.Next != want.next || page.More != want.more {
			t.Errorf("%q: next %d, more %t, -want +got:\n%s", query, page.Next, page.More, diff)
		}
	}
	var page eventsPage
	d.must("/events?after=2&limit=1", &page)
	want := history.Event{
		Seq: 3, ID: string(g.ID) + "-1-2", Type: history.MembersChanged, At: g.Created, Resource: history.Resource{Type: "Group", ID: string(g.ID)}, Version: 1,
		Change: history.Change{Added: []directory.UserID{u.ID}, Part: 1, Parts: 1}, Cause: history.Cause{RequestID: "R", TokenID: "T", Client: "okta"},
	}
	if diff := cmp.Diff([]history.Event{want}, page.Events); diff != "" {
		t.Error(diff)
	}
}

func TestBadQuestionsAboutEventsAreRefused(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	for _, query := range []string{"?after=x", "?after=-1", "?limit=-1", "?limit=1.5", "?types=user.exploded", "?types=user.created,", "?sort=at", "?types="} {
		if w := d.get("/events"+query, ""); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "invalid-value") {
			t.Errorf("%s was answered with %d: %s", query, w.Code, w.Body)
		}
	}
}

// gone reads the answer to events behind after, which must be 410.
func (d *deployment) gone(after int64) (oldest, last int64) {
	d.Helper()
	w := d.get("/events?after="+strconv.FormatInt(after, 10), "")
	var body struct {
		Type, Detail, Snapshot string
		Oldest, Last           int64
	}
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != http.StatusGone {
		d.Fatalf("got %d (%v): %s", w.Code, err, w.Body)
	}
	const snapshot = "/api/v1/organisations/acme/snapshot"
	if body.Type != "urn:devrev:scim:problem:events-gone" || body.Snapshot != snapshot || !strings.Contains(body.Detail, snapshot) {
		d.Errorf("got %+v", body)
	}
	return body.Oldest, body.Last
}

func TestAPlaceThatIsNotInTheFeedIsGone(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	d.provisioned("ann@example.com")
	if oldest, last := d.gone(4); oldest != 1 || last != 3 {
		t.Errorf("one that never was: got %d to %d", oldest, last)
	}
	if w := d.get("/events?after=4", ""); !strings.Contains(w.Body.String(), "There is no event 4 yet. The feed has the events 1 to 3.") {
		t.Errorf("one that never was: %s", w.Body)
	}
	d.Must(d.History.Prune(d.Context(), time.Now().Add(history.Retention+time.Hour)))
	if oldest, last := d.gone(0); oldest != 0 || last != 3 {
		t.Errorf("all are forgotten: got %d to %d", oldest, last)
	}
	if oldest, last := d.gone(4); oldest != 0 || last != 3 {
		t.Errorf("one that never was, and all are forgotten: got %d to %d", oldest, last)
	}
	d.must("/events?after=3", &eventsPage{})
	d.provisioned("bob@example.com")
	if oldest, last := d.gone(2); oldest != 4 || last != 6 {
		t.Errorf("some are forgotten: got %d to %d", oldest, last)
	}
	var page eventsPage
	if d.must("/events?after=3", &page); len(page.Events) != 3 || page.Events[0].Seq != 4 {
		t.Errorf("got %+v", page)
	}
}

func TestAReaderWaitsForTheNextEvent(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	for prefer, applied := range map[string]string{"wait=20": "wait=20", "respond-async, Wait = \"99\"; x=y": "wait=25"} {
		var before eventsPage
		d.must("/events", &before)
		answered := make(chan *httptest.ResponseRecorder)
		go func() {
			req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/organisations/acme/events?after="+strconv.FormatInt(before.Next, 10), nil)
			req.Header.Set("Prefer", prefer)
			w := httptest.NewRecorder()
			d.engine.ServeHTTP(w, req)
			answered <- w
		}()
		d.provisioned(applied + "@example.com")
		w := <-answered
		var page eventsPage
		if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || len(page.Events) == 0 || w.Header().Get("Preference-Applied") != applied {
			t.Errorf("got %d %v: %s", w.Code, w.Header(), w.Body)
		}
	}
}

func TestTheSnapshotIsWholeAndSaysWhereToGoOn(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	d.actor.Roles = []string{access.Auditor}
	u, g := d.provisioned("ann@example.com")
	gone, empty := d.provisioned("bob@example.com")
	d.Must(d.Users.Delete(d.Context(), d.Org, gone.ID, &directory.Change{}))
	w := d.get("/snapshot", "")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/x-ndjson" {
		t.Fatalf("got %d %v: %s", w.Code, w.Header(), w.Body)
	}
	var lines []map[string]any
	for line := range strings.Lines(w.Body.String()) {
		var object map[string]any
		d.Must(json.Unmarshal([]byte(line), &object))
		lines = append(lines, object)
	}
	delete(lines[0]["snapshot"].(map[string]any), "at")
	want := []map[string]any{
		{"snapshot": map[string]any{"seq": 8.0}},
		{"user": map[string]any{
			"id": string(u.ID), "version": 1.0, "userName": "ann@example.com", "email": "ann@example.com", "state": "shadow", "signedIn": false,
		}},
		{"group": map[string]any{"id": string(g.ID), "version": 1.0, "displayName": "ann@example.com"}},
		{"membership": map[string]any{"group": string(g.ID), "user": string(u.ID)}},
		{"group": map[string]any{"id": string(empty.ID), "version": 2.0, "displayName": "bob@example.com"}},
		{"end": map[string]any{"users": 1.0, "groups": 2.0, "memberships": 1.0}},
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
	var page eventsPage
	if d.must("/events?after=8", &page); len(page.Events) != 0 {
		t.Errorf("there is more behind the snapshot: %+v", page)
	}
}
