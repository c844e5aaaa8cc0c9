package orghttp_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/drift"
	"github.com/devrev/scim/services/scim/guard"
	"github.com/devrev/scim/services/scim/history"
)

type driftAnswer struct {
	Drift []drift.Row `json:"drift"`
	Next  string      `json:"next"`
}

// apart makes a user whose displayName was kept and whose e-mail address an administrator changed.
func (d *deployment) apart(name string) directory.UserID {
	d.Helper()
	doc := func(displayName string) *scim.Document {
		return scim.NewDocument("schemas", []any{scim.UserSchema}, "userName", name+"@example.com", "displayName", displayName)
	}
	u, err := d.Users.Create(d.Context(), d.Org, doc("Ann"), &directory.Change{})
	d.Must(err)
	_, err = d.Users.Replace(d.Context(), d.Org, u.ID, doc("Bo"), &directory.Change{Cause: directory.Cause{RequestID: "put", Client: "okta"}})
	d.Must(err)
	_, err = d.Users.SetEmail(d.Context(), d.Org, u.ID, name+"@example.org", &directory.Change{Cause: directory.Cause{RequestID: "edit", By: "administrator"}})
	d.Must(err)
	return u.ID
}

func TestDriftIsRowsWithAReasonAndARemedy(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	id := string(d.apart("ann"))
	d.Must(d.Users.Refuse(t.Context(), d.Org, directory.UserID(id), directory.Refused{RequestID: "bad", Client: "entra", Status: 400, Detail: "title: it is too long."}))
	var got driftAnswer
	d.must("/drift", &got)
	email := func(address string) []any {
		return []any{map[string]any{"value": address, "type": "work", "primary": true}}
	}
	of := history.Resource{Type: "User", ID: id}
	want := driftAnswer{Drift: []drift.Row{
		{Kind: directory.DriftRefused, Resource: of, Name: "ann@example.org", Because: "title: it is too long.", RequestID: "bad", Client: "entra"},
		{Kind: directory.DriftKept, Resource: of, Name: "ann@example.org", Attribute: "displayName", Stored: "Ann", Said: "Bo", RequestID: "put", Client: "okta", Because: "The identity provider sent another displayName. It was not applied: once a person has one, it is the person's own."},
		{Kind: directory.DriftChanged, Resource: of, Name: "ann@example.org", Attribute: "emails", Stored: email("ann@example.org"), Said: email("ann@example.com"), RequestID: "edit", Because: "The administrator changed emails in DevRev."},
		{Kind: directory.DriftChanged, Resource: of, Name: "ann@example.org", Attribute: "userName", Stored: "ann@example.org", Said: "ann@example.com", RequestID: "edit", Because: "The administrator changed userName in DevRev."},
	}}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(drift.Row{}, "Since", "Remedy")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, row := range got.Drift {
		if row.Since.IsZero() || row.Remedy == "" {
			t.Errorf("a row without a time or a remedy: %+v", row)
		}
	}
	d.Org.HideValues = true
	got = driftAnswer{}
	d.must("/drift?kind=kept", &got)
	if len(got.Drift) != 1 || !got.Drift[0].Withheld || got.Drift[0].Stored != nil || got.Drift[0].Said != nil || got.Drift[0].Attribute != "displayName" {
		t.Errorf("hidden values: got %+v", got.Drift)
	}
}

// TestWhoIsHeldIsDrift as long as the person waits and has not left.
func TestWhoIsHeldIsDrift(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	at := directory.Now(time.Now())
	hold := guard.Hold{ID: "019bd6a1-5d7e-7c2a-9a57-3f0c1d2e4b5a", Version: 1, State: guard.HoldOpen, Opened: at}
	d.Must(d.Holds.PutHold(t.Context(), d.Org.Tenant, hold))
	var want []drift.Row
	for i, state := range []guard.HeldState{guard.Waiting, guard.HeldApplied, guard.Waiting, guard.Waiting} {
		u := d.person(fmt.Sprintf("u%d@example.com", i))
		d.Must(d.Holds.Keep(t.Context(), d.Org.Tenant, guard.Held{Hold: hold.ID, User: u.ID, Wanted: directory.EffectDeleted, State: state, At: at, RequestID: "R", Client: "okta"}))
		switch {
		case i == 3:
			d.Must(d.Users.Delete(t.Context(), d.Org, u.ID, &directory.Change{}))
		case state == guard.Waiting:
			want = append(want, drift.Row{
				Kind: drift.Held, Resource: history.Resource{Type: "User", ID: string(u.ID)}, Name: u.UserName(), Attribute: "active", Stored: true, Said: false,
				Because: "The guard holds the change back: the person is to be deleted.", Since: at, RequestID: "R", Client: "okta",
			})
		}
	}
	var got []drift.Row
	for after := "/drift?kind=held&limit=1"; after != ""; {
		var page driftAnswer
		if d.must(after, &page); page.Next == "" {
			after = ""
		} else {
			after = "/drift?kind=held&limit=1&after=" + page.Next
		}
		got = append(got, page.Drift...)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(drift.Row{}, "Remedy")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	var counted struct{ Summary []drift.Count }
	d.must("/drift/summary", &counted)
	if !slices.Contains(counted.Summary, drift.Count{Kind: drift.Held, Users: 3}) {
		t.Errorf("the summary is %+v", counted.Summary)
	}
}

// walk reads the rows of one kind, looking at so many at a time.
func (d *deployment) walk(kind directory.Drift, limit int) (rows []drift.Row) {
	d.Helper()
	path := fmt.Sprintf("/drift?kind=%s&limit=%d", kind, limit)
	for after := path; after != ""; {
		var page driftAnswer
		d.must(after, &page)
		rows = append(rows, page.Drift...)
		if after = page.Next; after != "" {
			after = path + "&after=" + after
		}
	}
	return rows
}

// summary is how much there is of one kind.
func (d *deployment) summary(kind directory.Drift) drift.Count {
	d.Helper()
	var counted struct{ Summary []drift.Count }
	d.must("/drift/summary", &counted)
	i := slices.IndexFunc(counted.Summary, func(c drift.Count) bool { return c.Kind == kind })
	if i < 0 {
		d.Fatalf("the summary has no %s: %+v", kind, counted.Summary)
	}
	return counted.Summary[i]
}

// TestAGroupWhoseLastRequestWasRefusedIsDrift, until one is accepted, whether it changes anything
// or not. Users come before groups.
func TestAGroupWhoseLastRequestWasRefusedIsDrift(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	u, guides, leaders := d.person("ann@example.com"), d.group("Guides"), d.group("Leaders")
	bad := directory.Refused{RequestID: "bad", Client: "okta", Status: 409, Detail: "displayName: another group has it."}
	d.Must(d.Groups.Refuse(t.Context(), d.Org, guides.ID, bad))
	d.Must(d.Groups.Refuse(t.Context(), d.Org, leaders.ID, bad))
	d.Must(d.Users.Refuse(t.Context(), d.Org, u.ID, bad))
	d.Must(d.Groups.Refuse(t.Context(), d.Org, "01900000-0000-7000-8000-00000000000a", bad))
	row := func(kind, id, name string) drift.Row {
		return drift.Row{Kind: directory.DriftRefused, Resource: history.Resource{Type: kind, ID: id}, Name: name, Because: bad.Detail, RequestID: "bad", Client: "okta"}
	}
	want := []drift.Row{row("User", string(u.ID), "ann@example.com"), row("Group", string(guides.ID), "Guides"), row("Group", string(leaders.ID), "Leaders")}
	for _, limit := range []int{1, 2, 3, 9} {
		if diff := cmp.Diff(want, d.walk(directory.DriftRefused, limit), cmpopts.IgnoreFields(drift.Row{}, "Since", "Remedy")); diff != "" {
			t.Errorf("%d at a time: -want +got:\n%s", limit, diff)
		}
	}
	if got := d.summary(directory.DriftRefused); got != (drift.Count{Kind: directory.DriftRefused, Users: 1, Groups: 2}) {
		t.Errorf("the summary has %+v", got)
	}
	for name, id := range map[string]directory.GroupID{"Guides": guides.ID, "Heads": leaders.ID} {
		_, err := d.Groups.Replace(t.Context(), d.Org, id, scim.NewDocument("schemas", []any{scim.GroupSchema}, "displayName", name), &directory.Change{})
		d.Must(err)
	}
	if got := d.walk(directory.DriftRefused, 9); len(got) != 1 {
		t.Errorf("what was accepted is no drift: %+v", got)
	}
}

// TestWhoWaitsIsDrift: a row for each membership, with the group, and the person who was deleted.
func TestWhoWaitsIsDrift(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	ann, ben := d.person("ann@example.com"), d.person("ben@example.com")
	guides, leaders := d.group("Guides", ann), d.group("Leaders", ann, ben)
	d.Must(d.Users.Delete(t.Context(), d.Org, ann.ID, &directory.Change{Cause: directory.Cause{RequestID: "leave"}}))
	made := &directory.Change{Cause: directory.Cause{RequestID: "push"}}
	_, err := d.Groups.Replace(t.Context(), d.Org, guides.ID, scim.NewDocument("schemas", []any{scim.GroupSchema}, "displayName", "Guides",
		"members", []any{scim.NewDocument("value", string(ann.ID)), scim.NewDocument("value", "zoe@example.com")}), made)
	d.Must(err)
	row := func(g directory.Group, value string, because, request string, people ...drift.Person) drift.Row {
		return drift.Row{
			Kind: drift.Waiting, Resource: history.Resource{Type: "Group", ID: string(g.ID)}, Name: g.DisplayName(), Attribute: "members", Said: value,
			Because: because, RequestID: request, People: people,
		}
	}
	who := drift.Person{ID: ann.ID, UserName: "ann@example.com"}
	want := []drift.Row{
		row(guides, string(ann.ID), "The person was deleted. The identity provider has added the person since, who is a member after the return.", "leave", who),
		row(leaders, string(ann.ID), "The person was a member when deleted, and is one again after the return.", "leave", who),
		row(guides, "zoe@example.com", "No person has this id. The identity provider may send an id of another service, or of before a restore.", "push"),
	}
	slices.SortFunc(want[:2], func(a, b drift.Row) int { return strings.Compare(a.Resource.ID, b.Resource.ID) })
	for _, limit := range []int{1, 2, 9} {
		got := d.walk(drift.Waiting, limit)
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(drift.Row{}, "Since", "Remedy")); diff != "" {
			t.Errorf("%d at a time: -want +got:\n%s", limit, diff)
		}
		for _, row := range got {
			if row.Since.IsZero() || row.Remedy == "" {
				t.Errorf("a row without a time or a remedy: %+v", row)
			}
		}
	}
	if got := d.summary(drift.Waiting); got != (drift.Count{Kind: drift.Waiting, Members: 3}) {
		t.Errorf("the summary has %+v", got)
	}
	d.Org.HideValues = true
	if got := d.walk(drift.Waiting, 9); got[0].Said != string(ann.ID) || got[0].Withheld || got[2].Said != nil || !got[2].Withheld {
		t.Errorf("where values are hidden, an id is shown and an address is not: %+v", got)
	}
}

// TestTwoWithOneAddressAreDrift: a row for each of them, which names the others, wherever the page
// ends; and none once one of them has another address.
func TestTwoWithOneAddressAreDrift(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	with := func(userName, address string) directory.User {
		return d.person(userName, "emails", []any{scim.NewDocument("value", address, "type", "work", "primary", true)})
	}
	alone := with("alone@example.com", "nobody@example.com")
	b, c := with("b@example.com", "A@Example.com"), with("c@example.com", "a@example.com")
	a := d.person("a@example.com")
	x, y := with("x@example.com", "shared@example.com"), with("y@example.com", "shared@example.com")
	row := func(u directory.User, because string, others ...directory.User) drift.Row {
		row := drift.Row{
			Kind: drift.SameAddress, Resource: history.Resource{Type: "User", ID: string(u.ID)}, Name: u.UserName(), Attribute: "emails", Stored: u.Email(), Because: because,
		}
		for _, o := range others {
			row.People = append(row.People, drift.Person{ID: o.ID, UserName: o.UserName()})
		}
		return row
	}
	const one, two = "Another person has the same e-mail address.", "2 other people have the same e-mail address."
	want := []drift.Row{row(b, two, c, a), row(a, two, b, c), row(c, two, b, a), row(x, one, y), row(y, one, x)}
	for _, limit := range []int{1, 2, 9} {
		if diff := cmp.Diff(want, d.walk(drift.SameAddress, limit), cmpopts.IgnoreFields(drift.Row{}, "Since", "Remedy")); diff != "" {
			t.Errorf("%d at a time: -want +got:\n%s", limit, diff)
		}
	}
	if got := d.summary(drift.SameAddress); got != (drift.Count{Kind: drift.SameAddress, Users: 5}) {
		t.Errorf("the summary has %+v", got)
	}
	_, err := d.Users.SetEmail(t.Context(), d.Org, x.ID, "x@example.com", &directory.Change{Cause: directory.Cause{By: "administrator"}})
	d.Must(err)
	d.Must(d.Users.Delete(t.Context(), d.Org, a.ID, &directory.Change{}))
	d.Must(d.Users.Delete(t.Context(), d.Org, c.ID, &directory.Change{}))
	if got := d.walk(drift.SameAddress, 9); len(got) != 0 {
		t.Errorf("nobody has an address with somebody else, %s included, and it shows %+v", alone.UserName(), got)
	}
}

func TestDriftIsReadInPagesThatJoin(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	for _, name := range []string{"a", "b", "c"} {
		d.apart(name)
	}
	var all driftAnswer
	d.must("/drift", &all)
	var joined []drift.Row
	for after := "/drift?limit=2"; after != ""; {
		var page driftAnswer
		d.must(after, &page)
		joined = append(joined, page.Drift...)
		if after = page.Next; after != "" {
			after = "/drift?limit=2&after=" + after
		}
	}
	if len(all.Drift) != 9 {
		t.Errorf("got %d rows, want three for each of three", len(all.Drift))
	}
	if diff := cmp.Diff(all.Drift, joined); diff != "" {
		t.Errorf("-all +joined:\n%s", diff)
	}
	var summary struct {
		Summary []drift.Count `json:"summary"`
	}
	d.must("/drift/summary", &summary)
	want := []drift.Count{{Kind: directory.DriftRefused}, {Kind: directory.DriftKept, Users: 3}, {Kind: directory.DriftChanged, Users: 3}, {Kind: directory.DriftUndone}, {Kind: drift.Held}, {Kind: drift.Waiting}, {Kind: drift.SameAddress}}
	if diff := cmp.Diff(want, summary.Summary); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestDriftIsAskedForInItsOwnWords(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	for path, says := range map[string]string{
		"/drift?kind=gone":             "is not a kind of drift: there are refused, kept, changed-here, undone, held, waiting, same-address.",
		"/drift?state=active":          "state",
		"/drift?after=x":               "what the answer before gave as next",
		"/drift?kind=kept&after=gone/": "what the answer before gave as next",
		"/drift?after=waiting/x":       "what the answer before gave as next",
		"/drift?limit=-1":              "limit",
		"/drift/summary?kind=kept":     "kind",
	} {
		if w := d.get(path, ""); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), says) {
			t.Errorf("GET %s: got %d %s, want 400 with %q", path, w.Code, w.Body, says)
		}
	}
}

// TestHeldMembersDiffer: each as a row about the person, and the deletion of a group as one about
// the group; page after page.
func TestHeldMembersDiffer(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	ann := d.person("ann@example.com")
	group := d.group("Admins", ann).ID
	const id = "019bd6a1-5d7e-7c2a-9a57-3f0c1d2e4b5a"
	d.Must(d.Holds.PutHold(t.Context(), d.Org.Tenant, guard.Hold{ID: id, Version: 1, State: guard.HoldOpen, Opened: time.Now().UTC(), Group: group}))
	member := guard.Held{Hold: id, Group: group, User: ann.ID, Wanted: guard.Removed, State: guard.Waiting, At: time.Now().UTC(), RequestID: "R", Client: "okta"}
	itself := member
	itself.User, itself.Wanted = "", directory.EffectDeleted
	d.Must(d.Holds.Keep(t.Context(), d.Org.Tenant, member, itself))
	var first, second driftAnswer
	d.must("/drift?kind=held&limit=1", &first)
	d.must("/drift?kind=held&limit=1&after="+first.Next, &second)
	want := []drift.Row{
		{Kind: drift.Held, Resource: history.Resource{Type: "Group", ID: string(group)}, Name: "Admins", Because: "The guard holds the change back: the group is to be deleted.", RequestID: "R", Client: "okta"},
		{Kind: drift.Held, Resource: history.Resource{Type: "User", ID: string(ann.ID)}, Name: "ann@example.com", Attribute: "groups", Stored: string(group), Because: "The guard holds the change back: the person is to leave the group " + string(group) + ".", RequestID: "R", Client: "okta"},
	}
	if diff := cmp.Diff(want, append(first.Drift, second.Drift...), cmpopts.IgnoreFields(drift.Row{}, "Since", "Remedy")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	var counts struct{ Summary []drift.Count }
	d.must("/drift/summary", &counts)
	if !slices.Contains(counts.Summary, drift.Count{Kind: drift.Held, Users: 2}) {
		t.Errorf("the summary is %+v", counts.Summary)
	}
}
