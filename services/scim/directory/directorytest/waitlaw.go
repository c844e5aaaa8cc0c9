package directorytest

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"
	"pgregory.net/rapid"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/patch"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/scim/directory"
)

var interleavings = flag.Int("waiting", 6, "how many interleavings of a law about members that wait are drawn")

// step is one request: of one organisation, about a group and some of the people of both.
type step struct {
	org, group int
	what       string
	people     []int // 0 and 1 are of organisation 0, 2 and 3 of organisation 1
}

var drawnSteps = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
	return step{
		org: rapid.IntRange(0, 1).Draw(t, "organisation"), group: rapid.IntRange(0, 1).Draw(t, "group"),
		what:   rapid.SampledFrom([]string{"add", "add", "remove", "replace", "delete", "return", "delete group"}).Draw(t, "what"),
		people: rapid.SliceOfNDistinct(rapid.IntRange(0, 3), 1, 3, rapid.ID[int]).Draw(t, "people"),
	}
}), 25, 25)

// lanes is how many interleavings are played at once, each in organisations of its own: a store
// that is a server away keeps one of them waiting most of the time.
const lanes = 4

// RunWaiting plays drawn interleavings of adding, removing, deleting and bringing back members in
// two organisations, and compares after each request who is a member and who waits with a model.
func RunWaiting(t *testing.T, s directory.Store) {
	t.Helper()
	for lane := range min(lanes, *interleavings) {
		t.Run(fmt.Sprintf("lane %d", lane), func(t *testing.T) {
			t.Parallel()
			for n := lane; n < *interleavings; n += lanes {
				w := &waitWorld{T: t, store: s, users: directory.NewUsers(s, time.Now), groups: directory.NewGroups(s, time.Now)} //nolint:forbidigo // no time decides anything here
				w.interleave(n)
			}
		})
	}
}

// interleave plays the nth interleaving.
func (w *waitWorld) interleave(n int) {
	w.Helper()
	w.begin()
	steps := drawnSteps.Example(n)
	for i, st := range steps {
		w.play(st)
		if diff := w.differs(w.listed); diff != "" {
			w.Fatalf("interleaving %d, after step %d of %+v (-want +got):\n%s", n, i, steps[:i+1], diff)
		}
	}
	if diff := w.differs(w.read); diff != "" {
		w.Fatalf("interleaving %d, one by one after %+v (-want +got):\n%s", n, steps, diff)
	}
}

// roster is who is a member of a group and who waits for it, by the places of people.
type roster struct{ in, waits map[int]bool }

func emptyRoster() *roster { return &roster{map[int]bool{}, map[int]bool{}} }

type waitWorld struct {
	*testing.T
	store  directory.Store
	users  *directory.Users
	groups *directory.Groups

	orgs   [2]directory.Organisation
	people [4]directory.UserID
	here   [4]bool
	ids    [2][2]directory.GroupID
	model  [2][2]*roster
}

func (w *waitWorld) must(err error) {
	w.Helper()
	assert.NilError(w, err)
}

func (w *waitWorld) begin() {
	w.Helper()
	for org := range w.orgs {
		w.orgs[org] = directory.Organisation{Tenant: newTenant(), Schemas: schema.Load(directory.Fold)}
		for g := range w.ids[org] {
			w.newGroup(org, g)
		}
	}
	for p := range w.people {
		w.create(p)
	}
}

func (w *waitWorld) create(p int) {
	w.Helper()
	doc := scim.NewDocument("schemas", []any{scim.UserSchema}, "userName", fmt.Sprintf("person%d@example.com", p))
	u, err := w.users.Create(w.Context(), w.orgs[p/2], doc, &directory.Change{})
	w.must(err)
	if w.people[p] != "" && w.people[p] != u.ID {
		w.Fatalf("person %d came back as %s and was %s", p, u.ID, w.people[p])
	}
	w.people[p], w.here[p] = u.ID, true
}

func (w *waitWorld) newGroup(org, g int) {
	w.Helper()
	doc := scim.NewDocument("schemas", []any{scim.GroupSchema}, "displayName", fmt.Sprintf("Group %d", g))
	created, err := w.groups.Create(w.Context(), w.orgs[org], doc, &directory.Change{})
	w.must(err)
	w.ids[org][g], w.model[org][g] = created.ID, emptyRoster()
}

// play sends one request, and does the same in the model.
func (w *waitWorld) play(st step) {
	w.Helper()
	r := w.model[st.org][st.group]
	switch p := st.people[0]; st.what {
	case "add", "remove", "replace":
		if st.what == "replace" {
			*r = *emptyRoster()
		}
		for _, p := range st.people {
			isMember := p/2 == st.org && w.here[p]
			delete(r.waits, p)
			if delete(r.in, p); st.what != "remove" {
				map[bool]map[int]bool{true: r.in, false: r.waits}[isMember][p] = true
			}
		}
		w.patch(st)
	case "delete":
		if !w.here[p] {
			return
		}
		w.must(w.users.Delete(w.Context(), w.orgs[p/2], w.people[p], &directory.Change{}))
		w.here[p] = false
		for _, r := range w.model[p/2] {
			if r.in[p] {
				delete(r.in, p)
				r.waits[p] = true
			}
		}
	case "return":
		if w.here[p] {
			return
		}
		w.create(p)
		for _, r := range w.model[p/2] {
			if r.waits[p] {
				delete(r.waits, p)
				r.in[p] = true
			}
		}
	case "delete group":
		w.must(w.groups.Delete(w.Context(), w.orgs[st.org], w.ids[st.org][st.group], &directory.Change{}))
		w.newGroup(st.org, st.group)
	}
}

func (w *waitWorld) patch(st step) {
	w.Helper()
	var members []any
	for _, p := range st.people {
		members = append(members, scim.NewDocument("value", string(w.people[p])))
	}
	doc := scim.NewDocument("schemas", []any{scim.PatchOpSchema}, "Operations", []any{
		scim.NewDocument("op", st.what, "path", "members", "value", members),
	})
	c := &directory.Change{}
	req, err := patch.Decode(doc, &c.Tolerance)
	w.must(err)
	_, err = w.groups.Patch(w.Context(), w.orgs[st.org], w.ids[st.org][st.group], req, c)
	w.must(err)
}

// differs says in what the store, which is looked at by look, is not the model, "" if in nothing.
func (w *waitWorld) differs(look func(org int) map[directory.GroupID]looked) string {
	w.Helper()
	var want, got []string
	for org := range w.orgs {
		seen := look(org)
		for g, id := range w.ids[org] {
			r := w.model[org][g]
			want = append(want, fmt.Sprint(org, g, w.named(r.in), w.named(r.waits)))
			got = append(got, fmt.Sprint(org, g, slices.Sorted(slices.Values(seen[id].in)), slices.Sorted(slices.Values(seen[id].waits))))
		}
	}
	return cmp.Diff(want, got)
}

// looked is what a store shows of a group.
type looked struct{ in, waits []directory.UserID }

// listed looks at all groups of an organisation at once.
func (w *waitWorld) listed(org int) map[directory.GroupID]looked {
	w.Helper()
	page, err := w.store.ListGroups(w.Context(), w.orgs[org].Tenant, directory.Query{Limit: 100, WithMembers: true})
	w.must(err)
	waiting, err := w.store.Waiting(w.Context(), w.orgs[org].Tenant, directory.WaitingQuery{Limit: 100})
	w.must(err)
	seen := map[directory.GroupID]looked{}
	for _, g := range page.Items {
		seen[g.ID] = looked{in: g.Members}
	}
	for _, one := range waiting {
		l := seen[one.Group]
		l.waits = append(l.waits, directory.UserID(one.Value))
		seen[one.Group] = l
	}
	return seen
}

// read looks at one group after the other.
func (w *waitWorld) read(org int) map[directory.GroupID]looked {
	w.Helper()
	seen := map[directory.GroupID]looked{}
	for _, id := range w.ids[org] {
		stored, err := w.store.Group(w.Context(), w.orgs[org].Tenant, id, true)
		w.must(err)
		waiting, err := w.store.Waiting(w.Context(), w.orgs[org].Tenant, directory.WaitingQuery{Group: id, Limit: 100})
		w.must(err)
		l := looked{in: stored.Members}
		for _, one := range waiting {
			l.waits = append(l.waits, directory.UserID(one.Value))
		}
		seen[id] = l
	}
	return seen
}

func (w *waitWorld) named(people map[int]bool) []directory.UserID {
	ids := make([]directory.UserID, 0, len(people))
	for p := range maps.Keys(people) {
		ids = append(ids, w.people[p])
	}
	slices.Sort(ids)
	return slices.Clip(ids)
}
