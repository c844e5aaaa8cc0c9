package orghttp_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/local/embedded/embeddedtest"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/activity/activitytest"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/doctor"
	"github.com/devrev/scim/services/scim/drift"
	"github.com/devrev/scim/services/scim/erasure"
	"github.com/devrev/scim/services/scim/guard"
	"github.com/devrev/scim/services/scim/history"
	"github.com/devrev/scim/services/scim/orghttp"
	"github.com/devrev/scim/services/scim/undo"
)

// deployment is the API over an embedded store, called by an auditor of acme.
type deployment struct {
	*embeddedtest.World
	engine *gin.Engine
	audit  *auditTrail
	undo   *undo.Undo
	watch  *guard.Watch
	actor  access.Actor
	verify func(context.Context, string) (access.Actor, error) // nil: everyone is actor
}

func newDeployment(t *testing.T) *deployment {
	t.Helper()
	return newDeploymentOver(t, func(s activity.Store) activity.Store { return s })
}

// newDeploymentOver returns a deployment that has its activity in what over makes of the embedded
// store.
func newDeploymentOver(t *testing.T, over func(activity.Store) activity.Store) *deployment {
	t.Helper()
	d := &deployment{World: embeddedtest.NewWorld(t), engine: web.NewEngine(web.Config{Name: "organisation", WriteError: orghttp.WriteError})}
	d.Log = activity.NewLog(over(d.Activity), []byte(embeddedtest.NameKey))
	d.Org.UserNameFormat = ""
	d.audit = &auditTrail{Book: d.Audit}
	d.actor = access.Actor{Subject: "auditor", Org: "acme", Roles: []string{access.Auditor}}
	var err error
	d.watch, err = guard.New(guard.Deps{
		Counter: guard.NewLocal(), Holds: d.Holds, Users: d.Users, Groups: d.Groups, Activity: d.Log, Audit: d.audit, Now: time.Now,
		Tag:          func(context.Context, directory.Tenant) (string, error) { return "tag", nil },
		Count:        func(context.Context, guard.Outcome, int) {},
		Organisation: func(context.Context, directory.Tenant) (directory.Organisation, bool, error) { return d.Org, true, nil },
		Since:        func(context.Context, directory.Tenant) (time.Time, error) { return time.Time{}, nil },
		Failed:       func(_ context.Context, err error) { t.Error(err) },
	})
	assert.NilError(t, err)
	d.undo, err = undo.New(undo.Deps{
		Directory: d.Directory, History: d.History, Activity: d.Log, Store: d.Undos, Now: time.Now,
		Organisation: func(context.Context, string) (directory.Organisation, error) { return d.Org, nil },
	})
	d.Must(err)
	err = orghttp.Register(d.engine, orghttp.Deps{
		Users: d.Users, Groups: d.Groups, Activity: d.Log, Events: history.NewFeed(d.History), Audit: d.audit, People: erasure.People{Users: d.Users, Activity: d.Log, Audit: d.audit, Store: d.Tenants}, Doctor: &doctor.Doctor{},
		Guard: d.watch, Undo: d.undo, Drift: drift.NewReport(d.Users, d.Groups, d.Holds),
		Verify: func(ctx context.Context, authorization string) (access.Actor, error) {
			if d.verify != nil {
				return d.verify(ctx, authorization)
			}
			return d.actor, nil
		},
		Organisation: func(context.Context, string) (directory.Organisation, error) { return d.Org, nil },
	})
	assert.NilError(t, err)
	return d
}

// get asks for a path of acme's.
func (d *deployment) get(path, accept string) *httptest.ResponseRecorder {
	d.Helper()
	return d.ask("/api/v1/organisations/acme"+path, accept)
}

func (d *deployment) ask(path, accept string) *httptest.ResponseRecorder {
	d.Helper()
	req := httptest.NewRequestWithContext(d.Context(), http.MethodGet, path, nil)
	req.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	d.engine.ServeHTTP(w, req)
	return w
}

// must reads the answer to path, which must be 200.
func (d *deployment) must(path string, answer any) {
	d.Helper()
	w := d.get(path, "application/json")
	if w.Code != http.StatusOK {
		d.Fatalf("GET %s was answered with %d: %s", path, w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), answer); err != nil {
		d.Fatalf("GET %s: %v: %s", path, err, w.Body)
	}
}

// series records entries, a minute apart, and returns them latest first.
func (d *deployment) series(n int, change func(i int, e *activity.Entry)) []activity.Entry {
	d.Helper()
	entries := make([]activity.Entry, n)
	for i := range entries {
		entries[i] = activitytest.NewEntry(time.Now().Add(time.Duration(i-n) * time.Minute))
		change(i, &entries[i])
		assert.NilError(d.T, d.Activity.Record(d.Context(), d.Org.Tenant, entries[i], nil))
	}
	slices.Reverse(entries)
	return entries
}

type activityPage struct {
	Activity []activity.Entry `json:"activity"`
	Next     string           `json:"next"`
}

func TestActivityIsListed(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	e := d.series(6, func(i int, e *activity.Entry) {
		if i%2 == 0 {
			e.Resource.Type = "Group"
		}
		e.Effect = []directory.Effect{directory.EffectCreated, directory.EffectUpdated, activity.EffectRefused}[i/2]
		if i == 4 {
			e.Refusal.Status = http.StatusConflict
		}
	})
	at := func(i int) string { return e[i].At.Format(time.RFC3339Nano) }
	for query, want := range map[string][]activity.Entry{
		"":                                    e,
		"?limit=2":                            e[:2],
		"?limit=2&after=" + e[1].ID:           e[2:4],
		"?after=" + e[5].ID:                   {},
		"?limit=0":                            {},
		"?user=" + e[0].Resource.ID:           e[:1],
		"?group=" + e[1].Resource.ID:          e[1:2],
		"?group=" + e[0].Resource.ID:          {},
		"?requestId=" + e[3].RequestID:        e[3:4],
		"?effect=refused":                     e[:2],
		"?effect=deleted":                     {},
		"?since=" + at(2):                     e[:3],
		"?until=" + at(2):                     e[3:],
		"?effect=created&until=" + at(4):      e[5:],
		"?since=" + at(3) + "&until=" + at(1): e[2:4],
		"?traceId=" + e[2].TraceID:            e[2:3],
		"?client=okta":                        e,
		"?client=entra":                       {},
		"?tokenId=" + e[0].TokenID:            e,
		"?kind=change":                        e,
		"?kind=auth":                          {},
		"?status=409":                         e[1:2],
	} {
		var got activityPage
		d.must("/activity"+query, &got)
		if diff := cmp.Diff(want, got.Activity); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
		if next := "?limit=2"; strings.HasPrefix(query, next) && got.Next != want[1].ID || !strings.HasPrefix(query, next) && got.Next != "" {
			t.Errorf("%s: next is %q", query, got.Next)
		}
	}
}

func TestActivityRefusesWhatIsNoFilter(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	for query, says := range map[string]string{
		"?user=7&group=8": "not for both", "?effect=exploded": "exploded", "?since=yesterday": "since", "?until=1700000000": "until", "?limit=many": "limit",
	} {
		w := d.get("/activity"+query, ndjson)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), says) || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s was answered with %d %s", query, w.Code, w.Body)
		}
	}
}

const ndjson = "application/x-ndjson"

func TestActivityIsExportedWhole(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	e := d.series(401, func(i int, e *activity.Entry) { // more than two pages
		if i == 0 {
			e.Effect = directory.EffectCreated
		}
	})
	for query, want := range map[string][]activity.Entry{
		"": e, "?limit=1": e, "?after=" + e[398].ID: e[399:], "?effect=created": e[400:], "?effect=deleted": nil,
	} {
		w := d.get("/activity"+query, ndjson)
		if got := w.Header().Get("Content-Type"); w.Code != http.StatusOK || got != ndjson {
			t.Fatalf("%s was answered with %d %s", query, w.Code, got)
		}
		var got []activity.Entry
		for lines := bufio.NewScanner(w.Body); lines.Scan(); {
			var e activity.Entry
			if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
				t.Fatalf("%s: line %d: %v", query, len(got), err)
			}
			got = append(got, e)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %d lines, want %d", query, len(got), len(want))
		}
	}
}

// failing is a Store whose second page cannot be read.
type failing struct{ activity.Store }

func (s failing) List(ctx context.Context, t directory.Tenant, q activity.Query) ([]activity.Entry, error) {
	if q.After != "" {
		return nil, directory.ErrUnavailable
	}
	return s.Store.List(ctx, t, q)
}

func TestAnExportThatFailsIsCut(t *testing.T) {
	t.Parallel()
	d := newDeploymentOver(t, func(s activity.Store) activity.Store { return failing{s} })
	d.series(201, func(int, *activity.Entry) {})
	defer func() {
		if ended, _ := recover().(error); !errors.Is(ended, http.ErrAbortHandler) {
			t.Errorf("the answer ended with %v; a client must not take the part for the whole", ended)
		}
	}()
	d.get("/activity", ndjson)
}

func TestActivityIsTheOrganisationsOwn(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	for _, path := range []string{"/activity", "/coercions", "/users/7/why"} {
		if w := d.ask("/api/v1/organisations/other"+path, ""); w.Code != http.StatusForbidden {
			t.Errorf("%s of another organisation was answered with %d %s", path, w.Code, w.Body)
		}
	}
}

func TestWhyIsAnswered(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	made := &directory.Change{}
	u, err := d.Users.Create(t.Context(), d.Org, scim.NewDocument("schemas", []any{scim.UserSchema}, "userName", "bjensen@example.com"), made)
	assert.NilError(t, err)
	tell := func(method string, made *directory.Change) {
		t.Helper()
		request := activity.Request{RequestID: "R", TokenID: "T", Client: "okta", Method: method, Resource: activity.Resource{Type: "User", ID: string(u.ID)}}
		assert.NilError(t, d.Log.Record(t.Context(), d.Org, request, made))
	}
	tell("POST", made)
	var got struct {
		ID, State, Why string
		Deleted        bool
		Entry          *activity.Entry
	}
	ask := func(state string, deleted bool, begins, ends string) {
		t.Helper()
		d.must("/users/"+string(u.ID)+"/why", &got)
		if got.ID != string(u.ID) || got.State != state || got.Deleted != deleted || !strings.HasPrefix(got.Why, begins) || !strings.HasSuffix(got.Why, ends) ||
			got.Entry.TokenID != "T" || !strings.Contains(got.Why, directory.Timestamp(got.Entry.At)) {
			t.Errorf("got %+v", got)
		}
	}
	ask("shadow", false, "Shadow: the person has never signed in.", "(token T, request R): POST created the user.")
	made = &directory.Change{}
	assert.NilError(t, d.Users.Delete(t.Context(), d.Org, u.ID, made))
	tell("DELETE", made)
	ask("deactivated", true, "Deleted on ", "DELETE removed the user.")
	if w := d.get("/users/nobody/why", ""); w.Code != http.StatusNotFound {
		t.Errorf("of a user who never was: %d %s", w.Code, w.Body)
	}
}

func TestOneEntryIsShown(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	e := d.series(2, func(int, *activity.Entry) {})
	var got activity.Entry
	d.must("/activity/"+e[1].ID, &got)
	if diff := cmp.Diff(e[1], got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if w := d.get("/activity/"+e[1].RequestID, ""); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "90 days") {
		t.Errorf("an entry that is not there is answered with %d %s", w.Code, w.Body)
	}
}

func TestARequestIsFoundByItsIDOrItsTrace(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	e := d.series(3, func(i int, e *activity.Entry) {
		if i > 0 {
			e.RequestID, e.TraceID = "BULK", "4bf92f3577b34da6a3ce929d0e0e4736"
		}
	})
	for id, want := range map[string][]activity.Entry{"BULK": e[:2], e[0].TraceID: e[:2], e[2].RequestID: e[2:]} {
		var got activityPage
		d.must("/requests/"+id, &got)
		if diff := cmp.Diff(want, got.Activity); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
	if w := d.get("/requests/"+e[0].ID, ""); w.Code != http.StatusNotFound {
		t.Errorf("an id of no request is answered with %d %s", w.Code, w.Body)
	}
}

func TestAUserIsShownWithAllAttributesAndWhoSaidThem(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	u := d.person("bjensen@example.com", "title", "Guide", "displayName", "Babs",
		scim.EnterpriseUserSchema, scim.NewDocument("department", "Tours"))
	by := func(voice activity.Voice, minutes int, attributes ...string) activity.Entry {
		e := activitytest.NewEntry(time.Now().Add(time.Duration(minutes) * time.Minute))
		e.By, e.Resource, e.Attributes = voice, activity.Resource{Type: "User", ID: string(u.ID)}, nil
		for _, name := range attributes {
			e.Attributes = append(e.Attributes, activity.Difference{Attribute: name, Withheld: activity.ReasonHidden})
		}
		assert.NilError(t, d.Activity.Record(t.Context(), d.Org.Tenant, e, nil))
		return e
	}
	by("", -3, "title", "displayName")
	edit := by(activity.VoiceAdministrator, -2, "displayName")
	push := by("", -1, "title")
	var got struct {
		Attributes map[string]any
		Sources    activity.Sources
	}
	d.must("/users/"+string(u.ID), &got)
	department := scim.EnterpriseUserSchema + ":department"
	want := activity.Sources{
		"title":       {By: activity.VoiceProvider, At: push.At, Entry: push.ID},
		"displayName": {By: activity.VoiceAdministrator, At: edit.At, Entry: edit.ID},
		department:    {By: activity.VoiceProvider},
	}
	if diff := cmp.Diff(want, got.Sources); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
	if got.Attributes["title"] != "Guide" || got.Attributes[scim.EnterpriseUserSchema].(map[string]any)["department"] != "Tours" {
		t.Errorf("the attributes are %v", got.Attributes)
	}
	var list struct{ Users []map[string]any }
	d.must("/users", &list)
	if _, there := list.Users[0]["attributes"]; there {
		t.Error("a list has all attributes of everybody")
	}
}

func TestCoercionsAreCounted(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	var got struct{ Coercions activity.Counts }
	d.must("/coercions", &got)
	if got.Coercions == nil || len(got.Coercions) > 0 {
		t.Errorf("got %v of nothing", got)
	}
	d.series(2, func(int, *activity.Entry) {})
	d.must("/coercions", &got)
	if diff := cmp.Diff(activity.Counts{scim.CapitalOp: 2, scim.UnknownIgnored: 4}, got.Coercions); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
