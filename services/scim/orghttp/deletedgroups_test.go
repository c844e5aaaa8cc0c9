package orghttp_test

import (
	"net/http"
	"slices"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

func TestDeletedGroupsAreListedLatestFirst(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	gone := map[string]directory.GroupID{}
	for _, name := range []string{"Guides", "Guests", "Drivers"} {
		id := d.group(name).ID
		gone[name] = id
		made := &directory.Change{}
		d.did("DELETE", "Group", string(id), made, d.Groups.Delete(t.Context(), d.Org, id, made))
	}
	kept := d.group("Kept")
	u, made := d.person("gone@example.com"), &directory.Change{}
	d.did("DELETE", "User", string(u.ID), made, d.Users.Delete(t.Context(), d.Org, u.ID, made))

	var list struct {
		Groups []map[string]any
	}
	d.must("/groups?state=deleted&limit=1", &list)
	entries, err := d.Log.List(t.Context(), d.Org, activity.Query{Resource: activity.Resource{Type: "Group", ID: string(gone["Drivers"])}, Limit: 1})
	assert.NilError(t, err)
	assert.DeepEqual(t, list.Groups, []map[string]any{{
		"id": string(gone["Drivers"]), "displayName": "Drivers", "memberCount": 0.0, "deleted": true,
		"modified": directory.Timestamp(entries[0].At), "entry": entries[0].ID,
	}})

	first, next := d.named("/groups?state=deleted&limit=2", "groups")
	second, end := d.named("/groups?state=deleted&limit=2&after="+next, "groups")
	if !slices.Equal(first, []string{"Drivers", "Guests"}) || !slices.Equal(second, []string{"Guides"}) || end != "" {
		t.Errorf("%v, then %v and %q", first, second, end)
	}
	if got, _ := d.named("/groups?state=deleted&limit=0", "groups"); got != nil {
		t.Errorf("a page of none has %v", got)
	}

	// As an undo leaves it: the deletion of a group that is there.
	d.did("DELETE", "Group", string(kept.ID), &directory.Change{Effect: directory.EffectDeleted}, nil)
	if got, _ := d.named("/groups?state=deleted", "groups"); !slices.Equal(got, []string{"Drivers", "Guests", "Guides"}) {
		t.Errorf("with one that came back: %v", got)
	}

	for _, path := range []string{"/groups?state=deleted&q=gu", "/groups?state=deleted&sort=modified", "/groups?state=deleted&after=foo", "/groups?state=gone"} {
		if w := d.get(path, ""); w.Code != http.StatusBadRequest {
			t.Errorf("%s is answered with %d", path, w.Code)
		}
	}
}
