package orghttp_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

func (d *deployment) startUndo(body string, keys ...string) *httptest.ResponseRecorder {
	d.Helper()
	req := httptest.NewRequestWithContext(d.Context(), http.MethodPost, "/api/v1/organisations/acme/undo", strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	for _, key := range keys {
		req.Header.Add("Idempotency-Key", key)
	}
	w := httptest.NewRecorder()
	d.engine.ServeHTTP(w, req)
	return w
}

func TestAnIdempotencyKeyBeginsOneUndo(t *testing.T) {
	t.Parallel()
	d, _, entry := pushed(t)
	first := d.startUndo(`{"push": "`+entry+`"}`, "key-1")
	again := d.startUndo(`{"push": "`+entry+`"}`, "key-1")
	if first.Code != http.StatusAccepted || again.Code != http.StatusAccepted || again.Body.String() != first.Body.String() ||
		again.Header().Get("Location") != first.Header().Get("Location") {
		t.Errorf("first %d %s, again %d %s", first.Code, first.Body, again.Code, again.Body)
	}
	if told := d.audited(); len(told) != 1 {
		t.Errorf("the audit has %+v", told)
	}
	if other := d.startUndo(`{"push": "`+entry+`", "dryRun": true}`, "key-1"); other.Code != http.StatusConflict || !strings.Contains(other.Body.String(), "problem:repeated") {
		t.Errorf("for something else: %d %s", other.Code, other.Body)
	}
	for _, keys := range [][]string{{""}, {"with space"}, {"a", "b"}, {strings.Repeat("a", 101)}} {
		if got := d.startUndo(`{"push": "`+entry+`", "dryRun": true}`, keys...); got.Code != http.StatusBadRequest {
			t.Errorf("%q: %d %s", keys, got.Code, got.Body)
		}
	}
}

// pushed is a deployment in which Okta created a user and then deactivated them, by an entry.
func pushed(t *testing.T) (d *deployment, u directory.User, entry string) {
	t.Helper()
	d = newDeployment(t)
	d.actor = access.Actor{Subject: "ann", Org: "acme", Roles: []string{access.ScimAdmin}}
	u, err := d.Users.Create(t.Context(), d.Org, scim.NewDocument("userName", "bob@example.com"), &directory.Change{Cause: directory.Cause{RequestID: "first"}})
	d.Must(err)
	made := &directory.Change{Cause: directory.Cause{RequestID: "second", TokenID: "T1", Client: "okta"}}
	_, err = d.Users.Replace(t.Context(), d.Org, u.ID, scim.NewDocument("userName", "bob@example.com", "active", false), made)
	d.Must(err)
	by := activity.Request{RequestID: "second", TokenID: "T1", Client: "okta", Method: "PUT", Resource: activity.Resource{Type: "User", ID: string(u.ID)}}
	d.Must(d.Log.Record(t.Context(), d.Org, by, made))
	entries, err := d.Log.List(t.Context(), d.Org, activity.Query{Limit: 1})
	d.Must(err)
	return d, u, entries[0].ID
}

func TestAnUndoIsStartedAndShown(t *testing.T) {
	t.Parallel()
	d, u, entry := pushed(t)
	began := d.startUndo(`{"push": "` + entry + `"}`)
	var answer struct{ Undo string }
	if err := json.Unmarshal(began.Body.Bytes(), &answer); began.Code != http.StatusAccepted || err != nil || !strings.HasSuffix(began.Header().Get("Location"), "/undo/"+answer.Undo) {
		t.Fatalf("%d %s %v", began.Code, began.Body, err)
	}
	d.Must(d.undo.Round(t.Context()))
	shown := d.get("/undo/"+answer.Undo, "")
	var job struct {
		State   string
		Counts  map[string]int
		Told    []string
		Results []struct {
			Effect, Entry string
			State         struct{ Is, Becomes string }
		}
	}
	d.Must(json.Unmarshal(shown.Body.Bytes(), &job))
	if job.State != "done" || job.Counts["undone"] != 1 || len(job.Told) != 1 || !strings.HasPrefix(job.Told[0], "Okta still believes what it pushed.") ||
		job.Results[0].State.Becomes != "shadow" || job.Results[0].State.Is != "deactivated" {
		t.Errorf("the undo is %s", shown.Body)
	}
	if u, err := d.Users.Get(t.Context(), d.Org, u.ID); err != nil || u.State != directory.StateShadow {
		t.Errorf("the user is %s, %v", u.State, err)
	}
	e, err := d.Log.Entry(t.Context(), d.Org, job.Results[0].Entry)
	if err != nil || e.Undo != answer.Undo || e.Sentence() != "An undo by the administrator ann reactivated the user." {
		t.Errorf("the entry is %+v (%s), %v", e, e.Sentence(), err)
	}
	want := []audit.Change{{Member: "undo", After: answer.Undo}}
	if told := d.audited(); len(told) != 1 || told[0].Action != audit.ActionUndo || !slices.Equal(told[0].Changes, want) {
		t.Errorf("the audit has %+v", told)
	}
	again := d.startUndo(`{"push": "` + entry + `"}`)
	if again.Code != http.StatusConflict || !strings.Contains(again.Body.String(), "undone-already") || !strings.Contains(again.Body.String(), answer.Undo) {
		t.Errorf("twice: %d %s", again.Code, again.Body)
	}
	if got := d.get("/undo?after=x", ""); got.Code != http.StatusBadRequest {
		t.Errorf("a place that is no id is answered with %d", got.Code)
	}
	if list := d.get("/undo", ""); list.Code != http.StatusOK || !strings.Contains(list.Body.String(), answer.Undo) {
		t.Errorf("the list: %d %s", list.Code, list.Body)
	}
}

// TestWhatCannotGoBackSaysWhy: with the value that is there and the one that was left, and the user
// stays as it is.
func TestWhatCannotGoBackSaysWhy(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	d.actor = access.Actor{Subject: "ann", Org: "acme", Roles: []string{access.ScimAdmin}}
	u := d.person("bob@example.com", "title", "Guide")
	for _, c := range []struct{ request, title string }{{"push", "Host"}, {"later", "Chief"}} {
		made := &directory.Change{Cause: directory.Cause{RequestID: c.request}}
		_, err := d.Users.Replace(t.Context(), d.Org, u.ID, scim.NewDocument("userName", "bob@example.com", "title", c.title), made)
		d.Must(err)
		d.Must(d.Log.Record(t.Context(), d.Org, activity.Request{RequestID: c.request, Method: "PUT", Resource: activity.Resource{Type: "User", ID: string(u.ID)}}, made))
	}
	before, err := d.Users.Get(t.Context(), d.Org, u.ID)
	d.Must(err)
	began := d.startUndo(`{"requestId": "push"}`)
	var answer struct{ Undo string }
	if err := json.Unmarshal(began.Body.Bytes(), &answer); began.Code != http.StatusAccepted || err != nil {
		t.Fatalf("%d %s %v", began.Code, began.Body, err)
	}
	d.Must(d.undo.Round(t.Context()))
	var job struct {
		State   string
		Counts  map[string]int
		Results []struct {
			Outcome   string
			Conflicts []map[string]any
		}
	}
	d.must("/undo/"+answer.Undo, &job)
	want := map[string]any{"what": "attributes", "attribute": "title", "is": "Chief", "left": "Host", "was": "Guide", "why": "The value was changed since."}
	if job.State != "done" || job.Counts["conflict"] != 1 || len(job.Results) != 1 || job.Results[0].Outcome != "conflict" {
		t.Fatalf("the undo is %+v", job)
	}
	if diff := cmp.Diff([]map[string]any{want}, job.Results[0].Conflicts); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if after, err := d.Users.Get(t.Context(), d.Org, u.ID); err != nil || after.Version != before.Version {
		t.Errorf("the user is %+v, %v", after, err)
	}
}

func TestWhatIsNoUndoIsRefused(t *testing.T) {
	t.Parallel()
	d, _, entry := pushed(t)
	for body, want := range map[string]int{
		`{"push": 7}`: 400, `{"names": []}`: 400, `{`: 400, `{}`: 400, `{"push": "none"}`: 404, `{"undo": "none"}`: 404, `{"since": "x", "until": "y"}`: 400,
	} {
		if got := d.startUndo(body); got.Code != want {
			t.Errorf("%s: %d %s", body, got.Code, got.Body)
		}
	}
	for _, path := range []string{"/undo/none", "/undo/none?after=x", "/undo?limit=x"} {
		if got := d.get(path, ""); got.Code/100 != 4 {
			t.Errorf("%s: %d", path, got.Code)
		}
	}
	d.actor = access.Actor{Subject: "auditor", Org: "acme", Roles: []string{access.Auditor}}
	if got := d.startUndo(`{"push": "` + entry + `"}`); got.Code != http.StatusForbidden {
		t.Errorf("an auditor: %d", got.Code)
	}
	if len(d.audited()) != 0 {
		t.Error("what was refused is in the audit")
	}
}
