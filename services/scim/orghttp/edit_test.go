package orghttp_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/scim/activity"
)

// put sends a change of acme's.
func (d *deployment) put(path, body string) {
	d.Helper()
	req := httptest.NewRequestWithContext(d.Context(), http.MethodPut, "/api/v1/organisations/acme"+path, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	if d.engine.ServeHTTP(w, req); w.Code != http.StatusOK {
		d.Fatalf("PUT %s was answered with %d: %s", path, w.Code, w.Body)
	}
}

func TestWhatPeopleChangeIsToldWithBeforeAndAfter(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	u := d.person("bjensen@example.com", "displayName", "Babs")
	path := "/users/" + string(u.ID)
	d.actor = access.Actor{Subject: "admin-7", Org: "acme", Roles: []string{access.ScimAdmin}}
	d.put(path+"/email", `{"email":"barbara@example.com"}`)
	d.actor = access.Actor{Subject: access.PlatformSubject, Platform: true}
	d.put(path+"/display-name", `{"displayName":"Barbara"}`)
	d.put(path+"/display-name", `{"displayName":"Barbara"}`) // changes nothing

	var got activityPage
	d.must("/activity?kind=edit&user="+string(u.ID), &got)
	if len(got.Activity) != 2 {
		t.Fatalf("%d entries, want one of each change: %+v", len(got.Activity), got.Activity)
	}
	byPerson, byAdmin := got.Activity[0], got.Activity[1]
	if byPerson.By != activity.VoicePerson || byPerson.Actor != "" || byAdmin.By != activity.VoiceAdministrator || byAdmin.Actor != "admin-7" {
		t.Errorf("they were changed by %s %q and by %s %q", byPerson.By, byPerson.Actor, byAdmin.By, byAdmin.Actor)
	}
	want := []activity.Difference{{Attribute: "displayName", Before: []byte(`"Babs"`), After: []byte(`"Barbara"`)}}
	if diff := cmp.Diff(want, byPerson.Attributes); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	var shown struct{ Sources activity.Sources }
	if d.must(path, &shown); shown.Sources["displayName"].By != activity.VoicePerson || shown.Sources["userName"].By != activity.VoiceAdministrator {
		t.Errorf("the sources are %+v", shown.Sources)
	}
}
