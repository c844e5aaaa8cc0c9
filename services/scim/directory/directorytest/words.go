package directorytest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"
	"pgregory.net/rapid"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/patch"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/scim/directory"
)

// fullWord has each field away from its zero.
func fullWord() directory.Word {
	return directory.Word{
		Said: []directory.Said{
			{Attribute: "displayName", Value: "B. Jensen", Because: directory.DriftKept, Since: at(3), RequestID: "r1", Client: "okta"},
			{Attribute: "emails", Value: []any{scim.NewDocument("value", "b@example.com", "$ref", "x.y%")}, Because: directory.DriftChanged, Since: at(4), RequestID: "r2", By: "administrator"},
			{Attribute: "title", Because: directory.DriftChanged, Since: at(4), RequestID: "r2", By: "person"},
		},
		Refused: &directory.Refused{Since: at(5), RequestID: "r3", Client: "entra", Status: 400, Detail: "title: it is too long."},
	}
}

func wordCases() []testCase {
	return []testCase{
		{"a Word is stored with its user", func(w world) {
			u := fullUser()
			u.Word = fullWord()
			w.ok(w.CreateUser(w.Context(), w.tenant, u))
			same(w, u, w.read(u.ID))
			byName, err := w.UserByName(w.Context(), w.tenant, u.NameKey)
			w.ok(err)
			same(w, u, byName)
			byExternalID, err := w.UsersByExternalID(w.Context(), w.tenant, u.ExternalID())
			w.ok(err)
			same(w, []directory.User{u}, byExternalID)
			u.Word.Refused = nil
			stored, err := w.ReplaceUser(w.Context(), w.tenant, u)
			w.ok(err)
			u.Version++
			same(w, u, stored)
			same(w, u, w.read(u.ID))
		}},
		{"a list has no Word", func(w world) {
			u := w.user("a@example.com")
			u.Word = fullWord()
			w.ok(w.HearUser(w.Context(), w.tenant, u))
			for _, browse := range []int{0, 10} {
				page, err := w.ListUsers(w.Context(), w.tenant, directory.Query{Limit: 5, Browse: browse})
				w.ok(err)
				u.Word = directory.Word{}
				same(w, []directory.User{u}, page.Items)
			}
		}},
		{"HearUser stores the Word and no more", func(w world) {
			u := w.user("a@example.com")
			heard := renamedUser(u, "b@example.com")
			heard.Word = fullWord()
			w.ok(w.HearUser(w.Context(), w.tenant, heard))
			u.Word = heard.Word
			same(w, u, w.read(u.ID))
			u.Word = directory.Word{}
			w.ok(w.HearUser(w.Context(), w.tenant, u))
			same(w, u, w.read(u.ID))
		}},
		{"HearUser MUST return ErrVersionConflict for another version, and ErrNotFound for an unknown id", func(w world) {
			u := w.user("a@example.com")
			stale := u
			stale.Version, stale.Word = 2, fullWord()
			w.refused(w.HearUser(w.Context(), w.tenant, stale), directory.ErrVersionConflict)
			same(w, u, w.read(u.ID))
			w.refused(w.HearUser(w.Context(), w.tenant, NewUser("b@example.com")), directory.ErrNotFound)
			w.refused(w.HearUser(w.Context(), w.other, u), directory.ErrNotFound)
		}},
		{"Drifting returns those with the kind in ascending order of id", func(w world) {
			var refused []directory.User
			for i := range 5 {
				u := w.user(fmt.Sprintf("user%d@example.com", i))
				switch {
				case i%2 == 0:
					u.Word = fullWord()
					refused = append(refused, u)
				default:
					u.Word.Said = fullWord().Said[:1]
				}
				w.ok(w.HearUser(w.Context(), w.tenant, u))
			}
			drifting := func(kind directory.Drift, after directory.UserID, limit int) []directory.User {
				found, err := w.Drifting(w.Context(), w.tenant, kind, after, limit)
				w.ok(err)
				return found
			}
			same(w, refused, drifting(directory.DriftRefused, "", 9))
			same(w, refused[:1], drifting(directory.DriftRefused, "", 1))
			same(w, refused[1:], drifting(directory.DriftRefused, refused[0].ID, 2))
			same(w, 0, len(drifting(directory.DriftRefused, refused[2].ID, 2)))
			same(w, 5, len(drifting(directory.DriftKept, "", 9)))
			for most, want := range map[int]int{2: 2, 9: 3} {
				n, err := w.CountDrifting(w.Context(), w.tenant, directory.DriftRefused, most)
				w.ok(err)
				same(w, want, n)
			}
			refused[0].Word = directory.Word{}
			_, err := w.ReplaceUser(w.Context(), w.tenant, refused[0])
			w.ok(err)
			same(w, refused[1:], drifting(directory.DriftRefused, "", 9))
			n, err := w.CountDrifting(w.Context(), w.other, directory.DriftRefused, 9)
			w.ok(err)
			same(w, 0, n)
		}},
		{"Drifting has who may have an address with somebody else, as long as that is so", func(w world) {
			marked := func() []directory.User {
				found, err := w.Drifting(w.Context(), w.tenant, directory.DriftAddress, "", 9)
				w.ok(err)
				n, err := w.CountDrifting(w.Context(), w.tenant, directory.DriftAddress, 9)
				w.ok(err)
				same(w, len(found), n)
				return found
			}
			w.user("a@example.com", "emails", emailsOf("A@Example.com"))
			w.user("none@example.com")
			u := w.user("b@example.com", "emails", emailsOf("a@example.com"))
			same(w, []directory.User{u}, marked())
			u.Word = fullWord()
			w.ok(w.HearUser(w.Context(), w.tenant, u))
			same(w, []directory.User{u}, marked())
			u.Word = directory.Word{}
			w.ok(w.HearUser(w.Context(), w.tenant, u))
			same(w, []directory.User{u}, marked())
			u.Document.Set("emails", emailsOf("B@example.com"))
			u, err := w.ReplaceUser(w.Context(), w.tenant, u)
			w.ok(err)
			same(w, 0, len(marked()))
			u.Document.Set("emails", emailsOf("c@example.com"))
			u, err = w.ReplaceUser(w.Context(), w.tenant, u)
			w.ok(err)
			same(w, 1, len(marked()))
			w.ok(w.DeleteUser(w.Context(), w.tenant, u))
			same(w, 0, len(marked()))
		}},
		{"UsersByAddress returns those who have one of the addresses, and no deleted ones", func(w world) {
			emails := func(addresses ...string) (list []any) {
				for _, a := range addresses {
					list = append(list, emailsOf(a)...)
				}
				return list
			}
			a := w.user("a@example.com", "emails", emails("A@Example.com", "home@example.com", "a@example.com"))
			b := w.user("b@example.com", "emails", emails("a@example.com"))
			w.user("c@example.com", "emails", emails("a@example.com.au"))
			w.ok(w.DeleteUser(w.Context(), w.tenant, w.user("d@example.com", "emails", emails("a@example.com"))))
			found := func(t directory.Tenant, limit int, addresses ...string) []directory.User {
				users, err := w.UsersByAddress(w.Context(), t, addresses, limit)
				w.ok(err)
				slices.SortFunc(users, func(a, b directory.User) int { return strings.Compare(string(a.ID), string(b.ID)) })
				return users
			}
			same(w, []directory.User{a, b}, found(w.tenant, 9, "home@example.com", "a@example.com"))
			same(w, []directory.User{a}, found(w.tenant, 9, "home@example.com", "nobody@example.com", "\xff"))
			same(w, 1, len(found(w.tenant, 1, "a@example.com")))
			same(w, 0, len(found(w.tenant, 9)))
			same(w, 0, len(found(w.other, 9, "a@example.com")))
		}},
	}
}

// refusedWord is a Word of a group.
func refusedWord() directory.Word { return directory.Word{Refused: fullWord().Refused} }

func groupWordCases() []testCase {
	return []testCase{
		{"HearGroup stores the Word and no more, and takes it back", func(w world) {
			u := w.user("a@example.com")
			g := w.group("Guides", u.ID)
			heard := renamedGroup(g, "Leaders")
			heard.Word = refusedWord()
			w.ok(w.HearGroup(w.Context(), w.tenant, heard))
			g.Word, g.Members = refusedWord(), ids(u)
			same(w, g, w.readGroup(g.ID))
			g.Word = directory.Word{}
			w.ok(w.HearGroup(w.Context(), w.tenant, g))
			same(w, g, w.readGroup(g.ID))
		}},
		{"HearGroup MUST return ErrVersionConflict for another version, and ErrNotFound for an unknown id", func(w world) {
			g := w.group("Guides")
			stale := g
			stale.Version, stale.Word = 2, refusedWord()
			w.refused(w.HearGroup(w.Context(), w.tenant, stale), directory.ErrVersionConflict)
			same(w, g, w.readGroup(g.ID))
			w.refused(w.HearGroup(w.Context(), w.tenant, NewGroup("Leaders")), directory.ErrNotFound)
			w.refused(w.HearGroup(w.Context(), w.other, g), directory.ErrNotFound)
		}},
		{"UpdateGroup stores the Word with a version, and whoever leaves or joins by themselves leaves it alone", func(w world) {
			u, v := w.user("a@example.com"), w.user("b@example.com")
			g := w.group("Guides", u.ID)
			g.Word = refusedWord()
			g, _, err := w.UpdateGroup(w.Context(), w.tenant, renamedGroup(g, "Leaders"), directory.MemberDelta{Add: ids(v)})
			w.ok(err)
			same(w, refusedWord(), w.readGroup(g.ID).Word)
			w.ok(w.DeleteUser(w.Context(), w.tenant, v))
			same(w, refusedWord(), w.readGroup(g.ID).Word)
			g = w.readGroup(g.ID)
			g.Members, g.Word = nil, directory.Word{}
			_, _, err = w.UpdateGroup(w.Context(), w.tenant, renamedGroup(g, "Guides"), directory.MemberDelta{})
			w.ok(err)
			same(w, directory.Word{}, w.readGroup(g.ID).Word)
		}},
		{"a list of groups has no Word", func(w world) {
			g := w.group("Guides")
			g.Word = refusedWord()
			w.ok(w.HearGroup(w.Context(), w.tenant, g))
			g.Word = directory.Word{}
			for _, browse := range []int{0, 10} {
				page, err := w.ListGroups(w.Context(), w.tenant, directory.Query{Limit: 5, Browse: browse})
				w.ok(err)
				same(w, []directory.Group{g}, page.Items)
			}
		}},
		{"DriftingGroups returns those with the kind in ascending order of id, and no deleted ones or users", func(w world) {
			u := w.user("a@example.com")
			u.Word = refusedWord()
			w.ok(w.HearUser(w.Context(), w.tenant, u))
			var refused []directory.Group
			for i := range 4 {
				g := w.group(fmt.Sprintf("Group %d", i))
				if i == 2 {
					continue
				}
				g.Word = refusedWord()
				w.ok(w.HearGroup(w.Context(), w.tenant, g))
				refused = append(refused, g)
			}
			found := func(after directory.GroupID, limit int) []directory.Group {
				groups, err := w.DriftingGroups(w.Context(), w.tenant, directory.DriftRefused, after, limit)
				w.ok(err)
				return groups
			}
			same(w, refused, found("", 9))
			same(w, refused[:1], found("", 1))
			same(w, refused[1:], found(refused[0].ID, 2))
			w.ok(w.DeleteGroup(w.Context(), w.tenant, refused[1]))
			same(w, []directory.Group{refused[0], refused[2]}, found("", 9))
			for most, want := range map[int]int{1: 1, 9: 2} {
				n, err := w.CountDriftingGroups(w.Context(), w.tenant, directory.DriftRefused, most)
				w.ok(err)
				same(w, want, n)
			}
			users, err := w.Drifting(w.Context(), w.tenant, directory.DriftRefused, "", 9)
			w.ok(err)
			same(w, []directory.User{u}, users)
			n, err := w.CountDriftingGroups(w.Context(), w.other, directory.DriftRefused, 9)
			w.ok(err)
			same(w, 0, n)
		}},
	}
}

// RunWord draws what an identity provider, an administrator and a person do with a user, and holds
// the user's Word against a model: it has the attributes of which the identity provider's last word
// is not what is stored, and no others.
func RunWord(t *testing.T, store directory.Store) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		tenant := newTenant()
		s := heardScene{
			T: t, org: directory.Organisation{Tenant: tenant, UserNameFormat: terms.UserNameEmail, Schemas: Schemas()},
			users: directory.NewUsers(store, time.Now), believed: map[string]string{}, //nolint:forbidigo // no time decides anything here
		}
		s.post()
		t.Repeat(map[string]func(*rapid.T){
			"put": s.turn(s.put), "patch": s.turn(s.patch), "email": s.turn(s.email), "name": s.turn(s.name),
			"sign in": s.turn(s.signIn), "refuse": s.turn(s.refuse), "leave": s.turn(s.leave), "": s.check,
		})
	})
}

// heardScene is one user of an organisation, and the model.
type heardScene struct {
	*rapid.T
	org      directory.Organisation
	users    *directory.Users
	id       directory.UserID
	believed map[string]string // by attribute; "" means none
	refused  bool
}

func (s *heardScene) turn(act func()) func(*rapid.T) {
	return func(t *rapid.T) {
		s.T = t
		act()
	}
}

// attributesOfModel are those that are drawn. Each has one text as its value.
var attributesOfModel = []string{"active", "displayName", "emails", "title", "userName"}

func (s *heardScene) address() string {
	return rapid.SampledFrom([]string{"a@example.com", "A@Example.com", "b@example.com", "c@example.com"}).Draw(s.T, "address")
}

func (s *heardScene) word() string {
	return rapid.SampledFrom([]string{"Ann", "ann", "Bo", "Cy"}).Draw(s.T, "word")
}

// whole draws a document and puts what it says in the model.
func (s *heardScene) whole(said map[string]string) *scim.Document {
	doc := scim.NewDocument("schemas", []any{scim.UserSchema}, "userName", s.address())
	said["userName"], said["emails"], said["title"] = doc.String("userName"), "", ""
	if rapid.Bool().Draw(s.T, "with emails") {
		said["emails"] = s.address()
		doc.Set("emails", emailsOf(said["emails"]))
	}
	if rapid.Bool().Draw(s.T, "with title") {
		said["title"] = s.word()
		doc.Set("title", said["title"])
	}
	if rapid.Bool().Draw(s.T, "with displayName") {
		said["displayName"] = s.word()
		doc.Set("displayName", said["displayName"])
	}
	if rapid.Bool().Draw(s.T, "with active") {
		on := rapid.Bool().Draw(s.T, "active")
		said["active"] = strconv.FormatBool(on)
		doc.Set("active", on)
	}
	return doc
}

func emailsOf(address string) []any {
	return []any{scim.NewDocument("value", address, "type", "work", "primary", true)}
}

// post creates the user, or brings it back.
func (s *heardScene) post() {
	said := map[string]string{"active": "true", "displayName": s.believed["displayName"]}
	doc, was := s.whole(said), s.believed["userName"]
	if was != "" {
		doc.Set("userName", was)
		said["userName"] = was
	}
	u, err := s.users.Create(s.Context(), s.org, doc, s.provider())
	assert.NilError(s, err)
	s.id = u.ID
	s.heard(said, was)
}

// heard settles the model after a request of the identity provider. was is the userName that it
// believed in before it.
func (s *heardScene) heard(said map[string]string, was string) {
	followed := map[string]string{}
	for _, a := range attributesOfModel {
		followed[a] = said[a]
	}
	switch {
	case said["emails"] == "":
		followed["emails"] = said["userName"]
	case was != "" && was != said["userName"] && said["emails"] == s.believed["emails"]:
		followed["emails"] = said["userName"]
	}
	is := s.stored()
	for _, a := range attributesOfModel {
		s.believed[a] = followed[a]
		if strings.EqualFold(is[a], said[a]) {
			s.believed[a] = is[a]
		}
	}
	s.agree()
	s.refused = false
}

// agree has the model forget how what is one by the schema was written.
func (s *heardScene) agree() {
	is := s.stored()
	for _, a := range attributesOfModel {
		if strings.EqualFold(is[a], s.believed[a]) {
			s.believed[a] = is[a]
		}
	}
}

func (s *heardScene) stored() map[string]string {
	u, err := s.users.Get(s.Context(), s.org, s.id)
	assert.NilError(s, err)
	return map[string]string{
		"active": strconv.FormatBool(u.State.Enabled()), "displayName": u.Document.String("displayName"), "emails": u.Email(),
		"title": u.Document.String("title"), "userName": u.UserName(),
	}
}

func (s *heardScene) provider() *directory.Change { return &directory.Change{} }

func (s *heardScene) here(by string) *directory.Change {
	return &directory.Change{Cause: directory.Cause{By: by}}
}

// said is what the identity provider believes, to be changed by what it says next.
func (s *heardScene) said() map[string]string {
	said := map[string]string{}
	for a, v := range s.believed {
		said[a] = v
	}
	return said
}

func (s *heardScene) put() {
	said, was := s.said(), s.believed["userName"]
	if _, err := s.users.Replace(s.Context(), s.org, s.id, s.whole(said), s.provider()); err != nil {
		s.Fatal(err)
	}
	s.heard(said, was)
}

func (s *heardScene) patch() {
	said, was := s.said(), s.believed["userName"]
	a := rapid.SampledFrom(attributesOfModel).Draw(s.T, "attribute")
	op := scim.NewDocument("op", "replace", "path", a)
	switch a {
	case "active":
		on := rapid.Bool().Draw(s.T, "active")
		said[a] = strconv.FormatBool(on)
		op.Set("value", on)
	case "emails":
		said[a] = s.address()
		op.Set("value", emailsOf(said[a]))
		if rapid.Bool().Draw(s.T, "by value path") {
			op.Set("path", `emails[type eq "work"].value`)
			op.Set("value", said[a])
		}
	case "userName":
		said[a] = s.address()
		op.Set("value", said[a])
	default:
		if rapid.Bool().Draw(s.T, "remove") {
			said[a] = ""
			op.Set("op", "remove")
			break
		}
		said[a] = s.word()
		op.Set("value", said[a])
	}
	c := s.provider()
	req, err := patch.Decode(scim.NewDocument("schemas", []any{scim.PatchOpSchema}, "Operations", []any{op}), &c.Tolerance)
	assert.NilError(s, err)
	if _, err := s.users.Patch(s.Context(), s.org, s.id, req, c); err != nil {
		s.Fatal(err)
	}
	s.heard(said, was)
}

func (s *heardScene) email() {
	if _, err := s.users.SetEmail(s.Context(), s.org, s.id, s.address(), s.here("administrator")); err != nil {
		s.Fatal(err)
	}
	s.agree()
}

func (s *heardScene) name() {
	if _, err := s.users.SetDisplayName(s.Context(), s.org, s.id, s.word(), s.here("person")); err != nil {
		s.Fatal(err)
	}
	s.agree()
}

func (s *heardScene) signIn() {
	u := s.stored()
	if _, err := s.users.SignIn(s.Context(), s.org, u["userName"], s.here("person")); (err == nil) != (u["active"] == "true") {
		s.Fatal(err)
	}
}

func (s *heardScene) refuse() {
	assert.NilError(s, s.users.Refuse(s.Context(), s.org, s.id, directory.Refused{Status: 400, Detail: s.word()}))
	s.refused = true
}

// leave deletes the user, who comes back.
func (s *heardScene) leave() {
	s.believed = s.stored()
	assert.NilError(s, s.users.Delete(s.Context(), s.org, s.id, s.provider()))
	s.post()
}

func (s *heardScene) check(t *rapid.T) {
	u, err := s.users.Get(t.Context(), s.org, s.id)
	assert.NilError(t, err)
	is := s.stored()
	var want, got []string
	for _, a := range attributesOfModel {
		if !strings.EqualFold(is[a], s.believed[a]) {
			want = append(want, a+" "+s.believed[a])
		}
	}
	for _, said := range u.Word.Said {
		text := fmt.Sprint(said.Value)
		switch v := said.Value.(type) {
		case nil:
			text = ""
		case []any:
			text = v[0].(*scim.Document).String("value")
		}
		got = append(got, said.Attribute+" "+text)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("stored is %v; -want +got:\n%s", is, diff)
	}
	if (u.Word.Refused != nil) != s.refused {
		t.Fatalf("refused is %v, want %v", u.Word.Refused, s.refused)
	}
	for _, kind := range directory.Drifts() {
		found, err := s.users.Drifting(t.Context(), s.org, kind, "", 2)
		assert.NilError(t, err)
		if listed := len(found) == 1; listed != slices.Contains(u.Word.Drifts(), kind) {
			t.Fatalf("the list of %s has %d, and the user %v", kind, len(found), u.Word.Drifts())
		}
	}
}
