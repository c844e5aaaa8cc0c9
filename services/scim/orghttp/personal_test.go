package orghttp_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/history"
)

// seeded is a person of whom there is something in every place where personal data are kept.
func (d *deployment) seeded() directory.User {
	d.Helper()
	d.actor = administrator
	const name = "seeded-name@example.com"
	provider := activity.Request{RequestID: "r", TokenID: "t", Client: "okta", Method: http.MethodPost, Resource: activity.Resource{Type: "User"}}
	refused := &directory.Change{Asked: name}
	assert.NilError(d.T, d.Log.Refuse(d.Context(), d.Org, provider, refused, scim.BadRequest(scim.InvalidValue, "seeded refusal")))
	assert.NilError(d.T, d.Log.RefuseRead(d.Context(), d.Org.Tenant, provider, scim.BadRequest(scim.InvalidFilter, `no such attribute beside "SEEDED-name@example.com"`)))
	u := d.person(name, "displayName", "Seeded Display", "title", "Seeded Title", "externalId", "seeded-external")
	d.group("Guides", u)
	path := "/users/" + string(u.ID)
	d.put(path+"/email", `{"email":"seeded-other@example.com"}`)
	d.put(path+"/display-name", `{"displayName":"Seeded Again"}`)
	return u
}

// post sends a request without a body, and returns the status of the answer.
func (d *deployment) post(path string) int {
	d.Helper()
	req := httptest.NewRequestWithContext(d.Context(), http.MethodPost, "/api/v1/organisations/acme"+path, nil)
	w := httptest.NewRecorder()
	d.engine.ServeHTTP(w, req)
	return w.Code
}

func TestAPersonsDataAreExportedWhole(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	u := d.seeded()
	d.person("other@example.com", "title", "Of another")
	w := d.get("/users/"+string(u.ID)+"/export", "")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/x-ndjson" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	kinds, text := []string{}, w.Body.String()
	for line := range strings.Lines(text) {
		kind, _, _ := strings.Cut(strings.TrimPrefix(line, `{"`), `"`)
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	want := map[string]int{"user": 1, "before": 2, "activity": 4, "audit": 3}
	for kind, n := range want {
		if got := slices.Index(append(kinds, kind), kind); got == len(kinds) || count(kinds, kind) < n {
			t.Errorf("%d lines of %s, want %d or more: %s", count(kinds, kind), kind, n, text)
		}
	}
	for _, part := range []string{"Seeded Title", "seeded-external", "seeded-other@example.com", "Seeded Display", "seeded refusal", "no such attribute", "user.email", "user.export"} {
		if !strings.Contains(text, part) {
			t.Errorf("the export lacks %q: %s", part, text)
		}
	}
	if strings.Contains(text, "Of another") {
		t.Errorf("the export has another person's data: %s", text)
	}
}

// TestAnExportHasWhatWaitsAndWhatTheProviderBelieves: of the person alone, by id or by name.
func TestAnExportHasWhatWaitsAndWhatTheProviderBelieves(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	d.actor = administrator
	id, guides := d.apart("ann"), d.group("Guides")
	_, err := d.Directory.Wait(t.Context(), d.Org.Tenant, guides.ID, []string{"ann@example.org", "other@example.org"}, directory.Moment{At: directory.Now(time.Now())})
	assert.NilError(t, err)
	w := d.get("/users/"+string(id)+"/export", "")
	assert.Equal(t, w.Code, http.StatusOK)
	text := w.Body.String()
	for _, part := range []string{
		`{"drift":{"kind":"kept",`, `{"drift":{"kind":"changed-here",`, `"said":"Bo"`,
		`{"waiting":{"group":"` + string(guides.ID) + `","value":"ann@example.org","reason":"unknown",`,
	} {
		assert.Check(t, strings.Contains(text, part), "%q is not in %s", part, text)
	}
	assert.Check(t, !strings.Contains(text, "other@example.org"), "it has what waits for another person: %s", text)
}

func count(all []string, one string) (n int) {
	for _, s := range all {
		if s == one {
			n++
		}
	}
	return n
}

func TestAPersonsDataAreErased(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	u := d.seeded()
	path := "/users/" + string(u.ID)
	if status := d.post(path + "/erase"); status != http.StatusConflict {
		t.Errorf("an active user is erased with %d, want 409", status)
	}
	other := d.person("other@example.com")
	assert.NilError(t, d.Users.Delete(t.Context(), d.Org, u.ID, &directory.Change{}))
	if status := d.post(path + "/erase"); status != http.StatusNoContent {
		t.Fatalf("erase: %d", status)
	}
	if status := d.post(path + "/erase"); status != http.StatusNotFound {
		t.Errorf("again: %d, want 404", status)
	}
	content, err := os.ReadFile(d.Path)
	assert.NilError(t, err)
	if at := strings.Index(strings.ToLower(string(content)), "seeded"); at >= 0 {
		t.Errorf("the file holds %q", content[max(0, at-100):min(len(content), at+100)])
	}
	if _, err := d.Users.Get(t.Context(), d.Org, other.ID); err != nil {
		t.Errorf("another user: %v", err)
	}
	entries := d.audited()
	last := entries[len(entries)-1]
	if last.Action != audit.ActionForget || last.UserID != string(u.ID) || last.Caller.Subject != administrator.Subject {
		t.Errorf("the last entry is %+v", last)
	}
	if v := audit.Verify(slices.Values(entries), last.Head(), time.Now()); !v.Intact {
		t.Errorf("the chain: %+v", v)
	}
	if again := d.person("seeded-name@example.com"); again.ID == u.ID {
		t.Error("the person comes back with the same id")
	}
}

// TestTheEndOfAnErasedPersonIsTheAdministrators: the event does not say that the identity provider
// deleted the person.
func TestTheEndOfAnErasedPersonIsTheAdministrators(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	d.actor = administrator
	u := d.person("left@example.com", "active", false)
	if status := d.post("/users/" + string(u.ID) + "/erase"); status != http.StatusNoContent {
		t.Fatalf("erase: %d", status)
	}
	events, err := d.History.Events(t.Context(), d.Org.Tenant, 0, 100)
	if err != nil || len(events) == 0 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	last := events[len(events)-1]
	if last.Type != history.UserDeleted || last.Cause.By != string(activity.VoiceAdministrator) || last.Cause.Actor != administrator.Subject {
		t.Errorf("the last event is %+v", last)
	}
}

func TestOnlyAdministratorsExportAndErase(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	u := d.seeded()
	for name, actor := range map[string]access.Actor{
		"an auditor": {Subject: "auditor", Org: "acme", Roles: []string{access.Auditor}},
		"staff":      {Subject: "staff", Staff: true},
	} {
		d.actor = actor
		if w := d.get("/users/"+string(u.ID)+"/export", ""); w.Code != http.StatusForbidden {
			t.Errorf("%s exports: %d", name, w.Code)
		}
		if status := d.post("/users/" + string(u.ID) + "/erase"); status != http.StatusForbidden {
			t.Errorf("%s erases: %d", name, status)
		}
	}
}
