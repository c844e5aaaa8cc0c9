package orghttp_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/patch"
	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/activity/activitytest"
	"github.com/devrev/scim/services/scim/directory"
)

// timeline is the answer of both timelines.
type timeline struct {
	Timeline []struct {
		activity.Entry
		Sentence string
	}
	Names         map[directory.UserID]string
	Next          string
	FirstSignInAt time.Time
	LastSignInAt  time.Time
}

func (l timeline) sentences() (all []string) {
	for _, m := range l.Timeline {
		all = append(all, m.Sentence)
	}
	return all
}

// did records what Okta has changed.
func (d *deployment) did(method, kind, id string, made *directory.Change, err error) {
	d.Helper()
	if err == nil {
		by := activity.Request{RequestID: "R", TokenID: "T", Client: "okta", Method: method, Resource: activity.Resource{Type: kind, ID: id}}
		err = d.Log.Record(d.Context(), d.Org, by, made)
	}
	assert.NilError(d.T, err)
}

// signIn tells of a sign-in, as the platform does.
func (d *deployment) signIn(userName string) {
	d.Helper()
	was := d.actor
	d.actor = access.Actor{Subject: "platform", Platform: true}
	defer func() { d.actor = was }()
	body := strings.NewReader(fmt.Sprintf(`{"userName":%q}`, userName))
	w := httptest.NewRecorder()
	d.engine.ServeHTTP(w, httptest.NewRequestWithContext(d.Context(), http.MethodPost, "/api/v1/organisations/acme/sign-ins", body))
	if w.Code != http.StatusOK {
		d.Fatalf("a sign-in was answered with %d: %s", w.Code, w.Body)
	}
}

// members changes the members of a group as Okta does.
func (d *deployment) members(g directory.GroupID, op, id string) {
	d.Helper()
	body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":%q,"path":"members","value":[{"value":%q}]}]}`, op, id)
	doc, err := scim.Decode([]byte(body), scim.MaxDepth)
	assert.NilError(d.T, err)
	made := &directory.Change{}
	req, err := patch.Decode(doc, &made.Tolerance)
	if err == nil {
		_, err = d.Groups.Patch(d.Context(), d.Org, g, req, made)
	}
	d.did("PATCH", "Group", string(g), made, err)
}

// life is that of a person who is created, joins a group with another, signs in twice on a day, is
// renamed by an administrator, leaves the group, and is deleted.
func (d *deployment) life() (person, other directory.User, group directory.Group) {
	d.Helper()
	create := func(userName string) directory.User {
		made := &directory.Change{}
		doc := scim.NewDocument("schemas", []any{scim.UserSchema}, "userName", userName)
		u, err := d.Users.Create(d.Context(), d.Org, doc, made)
		d.did("POST", "User", string(u.ID), made, err)
		return u
	}
	person, other = create("bjensen@example.com"), create("jsmith@example.com")
	made := &directory.Change{}
	doc := scim.NewDocument("schemas", []any{scim.GroupSchema}, "displayName", "Guides", "members", []any{scim.NewDocument("value", string(other.ID))})
	group, err := d.Groups.Create(d.Context(), d.Org, doc, made)
	d.did("POST", "Group", string(group.ID), made, err)
	d.members(group.ID, "add", string(person.ID))
	d.signIn("bjensen@example.com")
	d.signIn("bjensen@example.com")
	d.actor = access.Actor{Subject: "administrator-7", Org: "acme", Roles: []string{access.ScimAdmin}}
	d.put("/users/"+string(person.ID)+"/email", `{"email":"barbara@example.com"}`)
	d.members(group.ID, "remove", string(person.ID))
	made = &directory.Change{}
	d.did("DELETE", "User", string(person.ID), made, d.Users.Delete(d.Context(), d.Org, person.ID, made))
	return person, other, group
}

func TestAPersonsTimeline(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	person, other, _ := d.life()
	path := "/users/" + string(person.ID) + "/timeline"
	want := []string{
		"Okta created the user.",
		"Okta added the person to the group Guides.",
		"The person signed in for the first time.",
		"The administrator administrator-7 changed emails, userName of the user.",
		"Okta removed the person from the group Guides.",
		"Okta deleted the user.",
	}
	var all timeline
	d.must(path+"?sort=at", &all)
	if diff := cmp.Diff(want, all.sentences()); diff != "" {
		t.Fatalf("the timeline, oldest first (-want +got):\n%s", diff)
	}
	joined, edit, left := all.Timeline[1], all.Timeline[3], all.Timeline[4]
	if diff := cmp.Diff(activity.Members{Added: []directory.UserID{person.ID}}, joined.Members); diff != "" {
		t.Errorf("who joined (-want +got):\n%s", diff)
	}
	if len(left.Operations) != 1 || len(left.Members.Removed) != 1 {
		t.Errorf("who left is %+v", left)
	}
	if d := edit.Attributes; len(d) != 2 || string(d[1].Before) != `"bjensen@example.com"` || string(d[1].After) != `"barbara@example.com"` || edit.Actor != "administrator-7" {
		t.Errorf("the edit is %+v", edit.Entry)
	}
	if at := all.Timeline[2].At; !all.FirstSignInAt.Equal(at) || !all.LastSignInAt.Equal(at) {
		t.Errorf("signed in first at %v and last at %v, want %v", all.FirstSignInAt, all.LastSignInAt, at)
	}

	slices.Reverse(want)
	for _, order := range []string{"", "&sort=-at"} {
		var got []string
		for next := "first"; next != ""; {
			var page timeline
			after := "&after=" + next
			if next == "first" {
				after = ""
			}
			d.must(path+"?limit=4"+order+after, &page)
			got, next = append(got, page.sentences()...), page.Next
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the timeline by pages, newest first (-want +got):\n%s", diff)
		}
	}

	var theirs timeline
	d.must("/users/"+string(other.ID)+"/timeline", &theirs)
	if got := theirs.sentences(); !slices.Equal(got, []string{"Okta added the person to the group Guides.", "Okta created the user."}) || !theirs.FirstSignInAt.IsZero() {
		t.Errorf("the other's timeline is %q", got)
	}
	for path, status := range map[string]int{"/users/nobody/timeline": 404, "/groups/nothing/timeline": 404, path + "?sort=name": 400, path + "?since=x": 400} {
		if w := d.get(path, "application/json"); w.Code != status {
			t.Errorf("GET %s: %d, want %d: %s", path, w.Code, status, w.Body)
		}
	}
}

// Those who joined and left are named by id, and by name as far as the reader may see it.
func TestAGroupsTimelineNamesItsMembers(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	person, other, group := d.life()
	var got timeline
	d.must("/groups/"+string(group.ID)+"/timeline?sort=at", &got)
	want := []string{
		"Okta created the group Guides.",
		"Okta changed the members of the group Guides: 1 joined.",
		"Okta changed the members of the group Guides: 1 left.",
	}
	if diff := cmp.Diff(want, got.sentences()); diff != "" {
		t.Errorf("the timeline (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[directory.UserID]string{other.ID: "jsmith@example.com"}, got.Names); diff != "" {
		t.Errorf("names, of whom is not deleted (-want +got):\n%s", diff)
	}
	var entry struct {
		activity.Entry
		Sentence string
		Names    map[directory.UserID]string
	}
	d.must("/activity/"+got.Timeline[0].ID, &entry)
	if entry.Names[other.ID] != "jsmith@example.com" || entry.Sentence != want[0] {
		t.Errorf("the entry is %+v", entry)
	}
	type moved struct{ ID, Name, Change string }
	var page struct {
		Members []moved
		Next    string
	}
	d.must("/activity/"+got.Timeline[0].ID+"/members?limit=1", &page)
	if diff := cmp.Diff([]moved{{string(other.ID), "jsmith@example.com", "joined"}}, page.Members); diff != "" || page.Next != "1" {
		t.Errorf("next %q (-want +got):\n%s", page.Next, diff)
	}
	d.must("/activity/"+got.Timeline[0].ID+"/members?limit=1&after=1", &page)
	if len(page.Members) != 0 || page.Next != "" {
		t.Errorf("behind the last: %+v", page)
	}
	d.must("/activity/"+got.Timeline[2].ID+"/members", &page)
	if diff := cmp.Diff([]moved{{string(person.ID), "", "left"}}, page.Members); diff != "" {
		t.Errorf("who left and is deleted by now (-want +got):\n%s", diff)
	}
	d.Org.HideValues, page.Members = true, nil
	d.must("/activity/"+got.Timeline[0].ID+"/members", &page)
	var hidden timeline
	d.must("/groups/"+string(group.ID)+"/timeline", &hidden)
	if hidden.Names != nil || page.Members[0].Name != "" {
		t.Errorf("where values are hidden, names are %v and %v", hidden.Names, page.Members)
	}
	for path, status := range map[string]int{"/activity/nothing/members": 404, "/activity/" + got.Timeline[0].ID + "/members?after=x": 400} {
		if w := d.get(path, "application/json"); w.Code != status {
			t.Errorf("GET %s: %d, want %d: %s", path, w.Code, status, w.Body)
		}
	}
}

// silentStore is an activity.Store that a test can break.
type silentStore struct {
	activity.Store
	broken bool
}

func (s *silentStore) Record(ctx context.Context, t directory.Tenant, e activity.Entry, moved []activity.Moved) error {
	if s.broken {
		return directory.ErrUnavailable
	}
	return s.Store.Record(ctx, t, e, moved)
}

// The first sign-in is an entry, and so is the first of each day, which does not fail without one.
func TestSignInsAreEntries(t *testing.T) {
	t.Parallel()
	var store silentStore
	d := newDeploymentOver(t, func(s activity.Store) activity.Store { store.Store = s; return &store })
	signIns := func() []activity.Entry {
		t.Helper()
		entries, err := d.Log.List(t.Context(), d.Org, activity.Query{Kinds: []activity.Kind{activity.KindSignIn}, Limit: 10})
		assert.NilError(t, err)
		return entries
	}
	d.person("bjensen@example.com")
	d.signIn("bjensen@example.com")
	d.signIn("bjensen@example.com")
	first := signIns()
	if len(first) != 1 || first[0].State != (activity.Transition{Before: directory.StateShadow, After: directory.StateActive}) || first[0].By != activity.VoicePerson {
		t.Fatalf("got %+v, want the first sign-in", first)
	}

	late := d.person("jsmith@example.com")
	if _, err := d.Users.SignIn(t.Context(), d.Org, "jsmith@example.com", &directory.Change{}); err != nil {
		t.Fatal(err)
	}
	yesterday := activitytest.NewEntry(time.Now().Add(-24 * time.Hour))
	yesterday.Kind, yesterday.Effect, yesterday.Resource = activity.KindSignIn, directory.EffectUpdated, activity.Resource{Type: "User", ID: string(late.ID)}
	assert.NilError(t, d.Activity.Record(t.Context(), d.Org.Tenant, yesterday, nil))
	store.broken = true
	d.signIn("jsmith@example.com")
	store.broken = false
	d.signIn("jsmith@example.com")
	d.signIn("jsmith@example.com")
	if got := signIns(); len(got) != 3 || got[0].Resource.ID != string(late.ID) || got[0].Effect != directory.EffectUnchanged {
		t.Errorf("got %+v, want one of today", got)
	}
}

// TestAGroupTellsOfMembersWhoWereDeleted: of one who is erased too, and then by id alone.
func TestAGroupTellsOfMembersWhoWereDeleted(t *testing.T) {
	t.Parallel()
	deleted := func(d *deployment, id directory.UserID) {
		made := &directory.Change{}
		d.did("DELETE", "User", string(id), made, d.Users.Delete(d.Context(), d.Org, id, made))
	}
	erased := func(d *deployment, id directory.UserID) {
		if status := d.post("/users/" + string(id) + "/erase"); status != http.StatusNoContent {
			d.Fatalf("erase: %d", status)
		}
	}
	for name, end := range map[string]struct {
		steps []func(*deployment, directory.UserID)
		want  string
	}{
		"a person whom the identity provider deletes":           {[]func(*deployment, directory.UserID){deleted}, "Okta deleted a member of the group Guides."},
		"a person whom the identity provider deletes, erased":   {[]func(*deployment, directory.UserID){deleted, erased}, "Okta deleted a member of the group Guides."},
		"a deactivated person whom an administrator has erased": {[]func(*deployment, directory.UserID){erased}, "The administrator administrator-7 deleted a member of the group Guides."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDeployment(t)
			d.actor = access.Actor{Subject: "administrator-7", Org: "acme", Roles: []string{access.ScimAdmin}}
			person := d.person("bjensen@example.com", "active", false)
			made := &directory.Change{}
			doc := scim.NewDocument("schemas", []any{scim.GroupSchema}, "displayName", "Guides", "members", []any{scim.NewDocument("value", string(person.ID))})
			group, err := d.Groups.Create(d.Context(), d.Org, doc, made)
			d.did("POST", "Group", string(group.ID), made, err)
			for _, step := range end.steps {
				step(d, person.ID)
			}
			var got timeline
			d.must("/groups/"+string(group.ID)+"/timeline", &got)
			last := got.Timeline[0]
			if last.Sentence != end.want || last.Effect != directory.EffectLeft || !slices.Equal(last.Members.Removed, []directory.UserID{person.ID}) {
				t.Errorf("the last line is %+v: %s", last.Entry, last.Sentence)
			}
		})
	}
}
