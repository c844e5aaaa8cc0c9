package directorytest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
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

var interleavings = flag.Int("waiting", 5, "how many interleavings of a law about members that wait are drawn")

// step is one request in one organisation, about a group, a person and some values of members.
type step struct {
	org, group, person int
	what               string
	values             []int // places in waitWorld.values
	externalID         int   // place in externalIDs
	setting            int
	on                 bool
}

// externalIDs are those that a person may have: two differ in case alone and come before all ids in
// the order of what waits, and one is another's userName.
var externalIDs = []string{"00ext", "00EXT", "person1@example.com", ""}

// start is what an organisation has before the first step.
type start struct {
	settings    [3]bool
	externalIDs [2]int
	privileged  [2]bool
}

// interleaving is one case of the law.
type interleaving struct {
	starts [2]start
	steps  []step
}

var drawnInterleaving = rapid.Custom(func(t *rapid.T) (drawn interleaving) {
	for org := range drawn.starts {
		drawn.starts[org] = start{
			settings:    [3]bool{rapid.Bool().Draw(t, "matchByExternalId"), rapid.Bool().Draw(t, "matchByUserName"), rapid.Bool().Draw(t, "forgetGroups")},
			externalIDs: [2]int{rapid.IntRange(0, len(externalIDs)-1).Draw(t, "externalId"), rapid.IntRange(0, len(externalIDs)-1).Draw(t, "externalId")},
			privileged:  [2]bool{rapid.Bool().Draw(t, "privileged"), false},
		}
	}
	drawn.steps = drawnSteps.Draw(t, "steps")
	return drawn
})

const stepsOfOne = 30

var drawnSteps = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
	return step{
		org: rapid.IntRange(0, 1).Draw(t, "organisation"), group: rapid.IntRange(0, 1).Draw(t, "group"), person: rapid.IntRange(0, 1).Draw(t, "person"),
		what: rapid.SampledFrom([]string{
			"add", "add", "add", "remove", "replace", "delete", "delete", "return", "return", "return as another",
			"change the externalId", "delete group", "mark", "set", "let in", "end",
		}).Draw(t, "what"),
		values:     rapid.SliceOfNDistinct(rapid.IntRange(0, 8), 1, 3, rapid.ID[int]).Draw(t, "values"),
		externalID: rapid.IntRange(0, len(externalIDs)-1).Draw(t, "externalId"),
		setting:    rapid.IntRange(0, 2).Draw(t, "setting"), on: rapid.Bool().Draw(t, "on"),
	}
}), stepsOfOne, stepsOfOne)

// lanes is how many interleavings are played at once, each in organisations of its own: a store
// that is a server away keeps one of them waiting most of the time.
const lanes = 4

// RunWaiting plays drawn interleavings in two organisations: of adding, removing, deleting and
// bringing back members, of what administrators decide about those who wait, and of changes of the
// settings, of who has which externalId and of which groups are privileged. It compares after each
// step who is a member, who waits and why with a model.
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
	drawn := drawnInterleaving.Example(n)
	w.begin(drawn.starts)
	for i, st := range drawn.steps {
		w.play(st)
		if diff := w.differs(w.listed); diff != "" {
			drawn.steps = drawn.steps[:i+1]
			w.Fatalf("interleaving %d, after step %d of %+v\nwith the values %v (-want +got):\n%s", n, i, drawn, w.values(), diff)
		}
	}
	if diff := w.differs(w.read); diff != "" {
		w.Fatalf("interleaving %d, one by one after %+v (-want +got):\n%s", n, drawn, diff)
	}
}

type waitWorld struct {
	*testing.T
	store  directory.Store
	users  *directory.Users
	groups *directory.Groups

	orgs  [2]directory.Organisation
	ids   [2][2]directory.GroupID
	model [2]*waitModel
}

func (w *waitWorld) must(err error) {
	w.Helper()
	assert.NilError(w, err)
}

// begin makes two organisations with people of the same names.
func (w *waitWorld) begin(starts [2]start) {
	w.Helper()
	for org, as := range starts {
		w.orgs[org] = directory.Organisation{Tenant: newTenant(), RestoreByUserName: true, Schemas: schema.Load(directory.Fold)}
		w.model[org] = &waitModel{}
		for p := range 2 {
			person := &modelPerson{userName: fmt.Sprintf("person%d@example.com", p), externalID: externalIDs[as.externalIDs[p]]}
			w.model[org].people = append(w.model[org].people, person)
			w.create(org, person)
		}
		for g := range w.ids[org] {
			w.newGroup(org, g)
			w.mark(org, g, as.privileged[g])
		}
		for setting, on := range as.settings {
			w.set(org, setting, on)
		}
	}
}

func (w *waitWorld) mark(org, g int, privileged bool) {
	w.Helper()
	_, err := w.groups.SetPrivileged(w.Context(), w.orgs[org], w.ids[org][g], func(directory.Group) (bool, error) { return privileged, nil })
	w.must(err)
	w.model[org].groups[g].privileged = privileged
}

func (w *waitWorld) set(org, setting int, on bool) {
	o, m := &w.orgs[org], w.model[org]
	*[]*bool{&o.MatchByExternalID, &o.MatchByUserName, &o.ForgetGroups}[setting] = on
	m.matchByExternalID, m.matchByUserName, m.forgetGroups = o.MatchByExternalID, o.MatchByUserName, o.ForgetGroups
}

// values are what a client may add or remove: the ids of all people, externalIds and userNames in
// any spelling, and one that nobody has.
func (w *waitWorld) values() []string {
	var values []string
	for _, m := range w.model {
		for _, p := range m.people {
			values = append(values, p.id)
		}
	}
	return append(values, "00ext", "00EXT", "person0@example.com", "PERSON1@example.com", "person1@example.com")
}

func (w *waitWorld) create(org int, p *modelPerson) *directory.Change {
	w.Helper()
	doc := scim.NewDocument("schemas", []any{scim.UserSchema}, "userName", p.userName)
	if p.externalID != "" {
		doc.Set("externalId", p.externalID)
	}
	c := &directory.Change{}
	u, err := w.users.Create(w.Context(), w.orgs[org], doc, c)
	w.must(err)
	if p.id != "" && p.id != string(u.ID) {
		w.Fatalf("%s came back as %s and was %s", p.userName, u.ID, p.id)
	}
	p.id, p.here, p.externalID = string(u.ID), true, u.ExternalID()
	return c
}

func (w *waitWorld) newGroup(org, g int) {
	w.Helper()
	doc := scim.NewDocument("schemas", []any{scim.GroupSchema}, "displayName", fmt.Sprintf("Group %d", g))
	created, err := w.groups.Create(w.Context(), w.orgs[org], doc, &directory.Change{})
	w.must(err)
	w.ids[org][g], w.model[org].groups[g] = created.ID, newModelGroup()
}

// play does one step, and the same in the model.
func (w *waitWorld) play(st step) {
	w.Helper()
	m, org, id := w.model[st.org], w.orgs[st.org], w.ids[st.org][st.group]
	g, p := m.groups[st.group], m.people[st.person]
	var values []string
	for _, i := range st.values {
		values = append(values, w.values()[i])
	}
	switch st.what {
	case "add", "remove", "replace":
		w.patchGroup(st, values)
	case "delete":
		if p.here {
			w.must(w.users.Delete(w.Context(), org, directory.UserID(p.id), &directory.Change{}))
			m.delete(p)
		}
	case "return", "return as another":
		if !p.here {
			w.comeBack(st, p)
		}
	case "change the externalId":
		if p.here {
			w.changeExternalID(org, p, externalIDs[st.externalID])
		}
	case "delete group":
		w.must(w.groups.Delete(w.Context(), org, id, &directory.Change{}))
		w.newGroup(st.org, st.group)
	case "mark":
		w.mark(st.org, st.group, st.on)
	case "set":
		w.set(st.org, st.setting, st.on)
	case "let in":
		value := chosen(g, values[0], st.values[0])
		err := w.groups.LetIn(w.Context(), org, id, value, &directory.Change{}, func(context.Context, directory.Waiting, directory.UserID) error { return nil })
		w.answered(err, m.letIn(g, value), 404, 409)
	case "end":
		value := chosen(g, values[0], st.values[0])
		_, waits := g.waits[value]
		err := w.groups.EndWaiting(w.Context(), org, id, value, func(context.Context, directory.Waiting) error { return nil })
		w.answered(err, waits, 404)
		delete(g.waits, value)
	}
}

// chosen returns one that waits for the group, or the value if there is none.
func chosen(g *modelGroup, value string, at int) string {
	var values []string
	for waiting := range g.waits {
		values = append(values, waiting)
	}
	if len(values) == 0 {
		return value
	}
	slices.Sort(values)
	return values[at%len(values)]
}

// answered ends the test unless a request succeeded, as it should have or not; a refusal has one of
// the statuses.
func (w *waitWorld) answered(err error, ok bool, statuses ...int) {
	w.Helper()
	if ok {
		w.must(err)
		return
	}
	if refused, is := errors.AsType[*scim.Error](err); !is || !slices.Contains(statuses, refused.Status) {
		w.Fatalf("it is answered with %v, want a refusal with one of %v", err, statuses)
	}
}

func (w *waitWorld) patchGroup(st step, values []string) {
	w.Helper()
	m := w.model[st.org]
	err := w.sendMembers(st, values)
	if !m.matches() && !slices.ContainsFunc(values, func(v string) bool { return !strings.Contains(v, "@") && len(v) > len("00ext") }) {
		w.answered(err, false, 400) // none of them is an id
		return
	}
	w.must(err)
	if g := m.groups[st.group]; st.what == "remove" {
		m.remove(g, values)
	} else {
		m.add(g, values, st.what == "replace")
	}
}

func (w *waitWorld) sendMembers(st step, values []string) error {
	w.Helper()
	var members []any
	for _, value := range values {
		members = append(members, scim.NewDocument("value", value))
	}
	doc := scim.NewDocument("schemas", []any{scim.PatchOpSchema}, "Operations", []any{
		scim.NewDocument("op", st.what, "path", "members", "value", members),
	})
	c := &directory.Change{}
	req, err := patch.Decode(doc, &c.Tolerance)
	w.must(err)
	_, err = w.groups.Patch(w.Context(), w.orgs[st.org], w.ids[st.org][st.group], req, c)
	return err
}

// comeBack has p come back, under another externalId where the step says so, and checks that the
// change tells of each group that p joins.
func (w *waitWorld) comeBack(st step, p *modelPerson) {
	w.Helper()
	m, before := w.model[st.org], p.externalID
	if st.what == "return as another" {
		p.externalID = externalIDs[st.externalID]
	}
	c := w.create(st.org, p)
	var want, got []string
	members := func(into *[]string) {
		for g, group := range m.groups {
			for _, id := range group.memberIDs() {
				*into = append(*into, fmt.Sprint(w.ids[st.org][g], id))
			}
		}
	}
	members(&got)
	m.comeBack(p, before != "" && p.externalID != "" && before != p.externalID)
	members(&want)
	for _, a := range c.Attached {
		got = append(got, fmt.Sprint(a.Group, a.User))
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		w.Fatalf("who joined by the return of %s (-want +got):\n%s", p.userName, diff)
	}
}

func (w *waitWorld) changeExternalID(org directory.Organisation, p *modelPerson, to string) {
	w.Helper()
	operation := scim.NewDocument("op", "remove", "path", "externalId")
	if to != "" {
		operation = scim.NewDocument("op", "replace", "path", "externalId", "value", to)
	}
	c := &directory.Change{}
	req, err := patch.Decode(scim.NewDocument("schemas", []any{scim.PatchOpSchema}, "Operations", []any{operation}), &c.Tolerance)
	w.must(err)
	_, err = w.users.Patch(w.Context(), org, directory.UserID(p.id), req, c)
	w.must(err)
	p.externalID = to
}

// differs says in what the store, which is looked at by look, is not the model, "" if in nothing.
func (w *waitWorld) differs(look func(org int) map[directory.GroupID]looked) string {
	w.Helper()
	var want, got []string
	for org, m := range w.model {
		seen := look(org)
		for g, id := range w.ids[org] {
			want = append(want, fmt.Sprint(org, g, m.groups[g].memberIDs(), m.groups[g].waiting()))
			got = append(got, fmt.Sprint(org, g, slices.Sorted(slices.Values(seen[id].in)), slices.Sorted(slices.Values(seen[id].waits))))
		}
	}
	return cmp.Diff(want, got)
}

// looked is what a store shows of a group.
type looked struct {
	in    []directory.UserID
	waits []string // in words
}

func (l *looked) note(waiting directory.Waiting) {
	l.waits = append(l.waits, inWords(waiting.Value, waiting.Reason, waiting.Count))
}

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
		l.note(one)
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
			l.note(one)
		}
		seen[id] = l
	}
	return seen
}
