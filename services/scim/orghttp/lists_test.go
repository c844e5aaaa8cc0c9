package orghttp_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
)

// person creates a user of acme.
func (d *deployment) person(userName string, pairs ...any) directory.User {
	d.Helper()
	doc := scim.NewDocument("schemas", []any{scim.UserSchema}, "userName", userName)
	for name, value := range scim.NewDocument(pairs...).All() {
		doc.Set(name, value)
	}
	u, err := d.Users.Create(d.Context(), d.Org, doc, &directory.Change{})
	assert.NilError(d.T, err)
	return u
}

// group creates a group of acme.
func (d *deployment) group(name string, members ...directory.User) directory.Group {
	d.Helper()
	var list []any
	for _, u := range members {
		list = append(list, scim.NewDocument("value", string(u.ID)))
	}
	doc := scim.NewDocument("schemas", []any{scim.GroupSchema}, "displayName", name, "members", list)
	g, err := d.Groups.Create(d.Context(), d.Org, doc, &directory.Change{})
	assert.NilError(d.T, err)
	return g
}

// named returns the first parts of the userNames, or the display names, that a list shows, and what
// comes next.
func (d *deployment) named(path, list string) (names []string, next string) {
	d.Helper()
	var got map[string]any
	d.must(path, &got)
	for _, item := range got[list].([]any) {
		member := item.(map[string]any)
		name, ok := member["userName"].(string)
		if !ok {
			name = member["displayName"].(string)
		}
		name, _, _ = strings.Cut(name, "@")
		names = append(names, name)
	}
	return names, got["next"].(string)
}

// A name may begin with white space: it is found by what it begins with, and a search that was
// pasted with some finds others too.
func TestNamesThatBeginWithSpacesAreFound(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	d.group("  Guides")
	d.group("Guests")
	for q, want := range map[string][]string{"%20%20gu": {"  Guides", "Guests"}, "%20%20guests": {"Guests"}, "gu": {"Guests"}, "%20%20guides%20": {"  Guides"}, "%20": {"  Guides", "Guests"}} {
		if got, _ := d.named("/groups?q="+q, "groups"); !slices.Equal(got, want) {
			t.Errorf("%q finds %q, want %q", q, got, want)
		}
	}
}

func TestUsersAreFound(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	clerk := d.person("clerk@example.com", "displayName", "Zoë Clerk", "name", scim.NewDocument("familyName", "Clerk", "givenName", "Zoë"))
	baker := d.person("baker@example.com", "displayName", "Abe Baker", "externalId", "00uBAKER")
	driver := d.person("driver@example.com", "emails", []any{scim.NewDocument("value", "zz@example.com", "primary", true)})
	gone := d.person("gone@example.com")
	g := d.group("Guides", clerk, driver)
	assert.NilError(t, d.Users.Delete(t.Context(), d.Org, gone.ID, &directory.Change{}))
	if _, err := d.Users.SignIn(t.Context(), d.Org, "baker@example.com", &directory.Change{}); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string][]string{
		"":                                     {"clerk", "baker", "driver"},
		"?q=CLE":                               {"clerk"},
		"?q=zo%C3%AB":                          {"clerk"},
		"?q=abe":                               {"baker"},
		"?q=00uBAKER":                          {"baker"},
		"?q=00ubaker":                          nil,
		"?q=zz@":                               {"driver"},
		"?q=lerk":                              nil,
		"?q=%20cle%20":                         {"clerk"},
		"?q=%22%20or%20userName%20pr":          nil,
		"?state=active":                        {"baker"},
		"?state=shadow":                        {"clerk", "driver"},
		"?state=deleted":                       {"gone"},
		"?state=deleted&q=cl":                  nil,
		"?group=" + string(g.ID):               {"clerk", "driver"},
		"?group=" + string(g.ID) + "&q=driver": {"driver"},
		"?group=nobody":                        nil,
		"?userName=BAKER@example.com":          {"baker"},
		"?ids=" + string(driver.ID) + "," + string(clerk.ID):          {"clerk", "driver"},
		"?ids=" + string(driver.ID) + "," + string(driver.ID):         {"driver"},
		"?ids=" + string(driver.ID) + ",nobody":                       {"driver"},
		"?ids=nobody":                                                 nil,
		"?ids=" + string(gone.ID):                                     nil,
		"?ids=" + string(gone.ID) + "&state=deleted":                  {"gone"},
		"?ids=" + string(driver.ID) + "," + string(baker.ID) + "&q=b": {"baker"},
		"?ids=" + string(driver.ID) + strings.Repeat(",nobody", 99):   {"driver"},
		"?sort=userName":                                              {"baker", "clerk", "driver"},
		"?sort=-userName":                                             {"driver", "clerk", "baker"},
		"?sort=displayName":                                           {"baker", "clerk", "driver"},
	} {
		if got, _ := d.named("/users"+query, "users"); !slices.Equal(got, want) {
			t.Errorf("%s lists %v, want %v", query, got, want)
		}
	}
	var shown struct{ Deleted bool }
	d.must("/users/"+string(gone.ID)+"?deleted=true", &shown)
	if w := d.get("/users/"+string(gone.ID), ""); !shown.Deleted || w.Code != http.StatusNotFound {
		t.Errorf("a deleted user is shown as %+v and else answered with %d", shown, w.Code)
	}
}

func TestASortedListIsWalkedPageByPage(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	want := []string{"a", "b", "c", "d", "e"}
	for _, name := range []string{"c", "a", "e", "b", "d"} {
		d.person(name+"@example.com", "displayName", "one for all")
		d.group(name)
	}
	for _, list := range []string{"users", "groups"} {
		for _, sort := range []string{"displayName", "-displayName", "created", "modified"} {
			var met []string
			for next, pages := "", 0; pages == 0 || next != ""; pages++ {
				var names []string
				if names, next = d.named("/"+list+"?limit=2&sort="+sort+"&after="+next, list); len(names) > 2 || pages > 5 {
					t.Fatalf("%s by %s: page %d has %v", list, sort, pages, names)
				}
				met = append(met, names...)
			}
			slices.Sort(met)
			if !slices.Equal(met, want) {
				t.Errorf("%s by %s: met %v", list, sort, met)
			}
		}
	}
}

func TestAListRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	for path, says := range map[string]string{
		"/users?state=foo": "foo", "/users?stat=active": "stat", "/users?sort=password": "password",
		"/users?sort=userName&after=nonsense": "after", "/users?after=foo": "after", "/users?sort=&after=7": "after", "/groups?after=foo": "after", "/groups/7/members?after=foo": "after", "/waiting?after=foo": "after", "/groups/7/waiting?after=foo": "after", "/activity?after=foo": "after", "/users/7/timeline?after=foo": "after", "/groups/7/timeline?after=foo&sort=at": "after", "/users?limit=all": "limit", "/users?limit=-1": "limit", "/users?ids=": "ids", "/users?ids": "ids", "/users?ids=,": "ids", "/users?ids=7,": "ids", "/users?ids=7" + strings.Repeat(",7", 100): "101", "/users/7?deleted=maybe": "deleted", "/users/7?deletd=true": "deletd",
		"/users/7/why?x=1": "nor any other", "/groups?state=active": "state", "/groups?sort=userName": "userName", "/groups/7?q=a": "It has members", "/groups/7?members=no": "true or false", "/groups/7/members?state=active": "state",
		"/activity?status=200": "status", "/activity?status=x": "status", "/activity?client=google": "google", "/activity?kind=all": "all",
		"/activity?token=x": "token", "/activity/7?x=1": "nor any other", "/coercions?x=1": "nor any other",
	} {
		w := d.get(path, "")
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), says) || !strings.Contains(w.Body.String(), "invalid-value") {
			t.Errorf("%s was answered with %d %s", path, w.Code, w.Body)
		}
	}
}

func TestGroupsTellHowManyMembersTheyHave(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	clerk, baker := d.person("clerk@example.com", "displayName", "Zoë Clerk"), d.person("baker@example.com")
	guides, empty := d.group("Guides", clerk, baker), d.group("Empty")
	var list struct {
		Groups []struct {
			ID          directory.GroupID
			MemberCount int
		}
	}
	d.must("/groups", &list)
	if len(list.Groups) != 2 || list.Groups[0].MemberCount != 2 || list.Groups[1].MemberCount != 0 || list.Groups[1].ID != empty.ID {
		t.Errorf("the groups are %+v", list.Groups)
	}
	var one struct {
		MemberCount int
		Members     []string
	}
	d.must("/groups/"+string(guides.ID), &one)
	if one.MemberCount != 2 || len(one.Members) != 2 {
		t.Errorf("the group is %+v", one)
	}
	one.Members = nil
	d.must("/groups/"+string(guides.ID)+"?members=false", &one)
	if one.MemberCount != 2 || one.Members != nil {
		t.Errorf("without members, the group is %+v", one)
	}
	if w := d.get("/groups/7?members=false", ""); w.Code != http.StatusNotFound {
		t.Errorf("no group is answered with %d", w.Code)
	}
	if got, _ := d.named("/groups?q=gui", "groups"); !slices.Equal(got, []string{"Guides"}) {
		t.Errorf("q finds %v", got)
	}

	var members struct {
		Members []map[string]any
		Total   int
		Next    string
	}
	d.must("/groups/"+string(guides.ID)+"/members?limit=1", &members)
	want := []map[string]any{{"id": string(clerk.ID), "userName": "clerk@example.com", "displayName": "Zoë Clerk", "state": "shadow"}}
	if diff := cmp.Diff(want, members.Members); diff != "" || members.Total != 2 {
		t.Errorf("the first member of %d (-want +got):\n%s", members.Total, diff)
	}
	if got, next := d.named("/groups/"+string(guides.ID)+"/members?limit=2&after="+members.Next, "members"); !slices.Equal(got, []string{"baker"}) || next != "" {
		t.Errorf("then come %v and %q", got, next)
	}
	if got, _ := d.named("/groups/"+string(guides.ID)+"/members?q=zo", "members"); !slices.Equal(got, []string{"clerk"}) {
		t.Errorf("q finds the members %v", got)
	}
	if w := d.get("/groups/7/members", ""); w.Code != http.StatusNotFound {
		t.Errorf("the members of no group are answered with %d", w.Code)
	}
}
