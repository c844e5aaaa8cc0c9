// Package lawtest proves the law of docs/divergences.md: a request that is answered 2xx has done
// what it plainly asks, or changed nothing because nothing had to change, and activity says for
// each operation which of the two; anything else is refused with 4xx, and nothing is changed.
//
// Requests are drawn by what they ask for, in one of the spellings that clients have for it. A
// model knows what must be so afterwards; what is read back is held against it, and so is what
// activity tells.
package lawtest

import (
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"
	"pgregory.net/rapid"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/patch"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

var requests = flag.Int("law", 0, "how many requests are drawn to prove the law; 0 is as many as take a store some seconds")

// scenes returns how many checks rapid makes; each has its share of the requests, on users and a
// group of its own.
func scenes() int {
	n, _ := flag.Lookup("rapid.checks").Value.(flag.Getter).Get().(int)
	return max(1, n)
}

// Run proves the law on a store, of which store and entries are the two sides, by the usual number
// of requests or what -law says.
func Run(t *testing.T, store directory.Store, entries activity.Store, usual int) {
	t.Helper()
	each := max(1, cmp.Or(*requests, usual)/scenes())
	done, refused, unchanged, number := 0, 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		number++
		s := newScene(rt, store, entries, directory.Tenant(fmt.Sprintf("law-%d-%d", time.Now().UnixNano(), number)))
		for range each {
			switch s.request() {
			case directory.EffectUnchanged:
				unchanged++
			case activity.EffectRefused:
				refused++
			default:
				done++
			}
		}
	})
	t.Logf("%d requests did what they ask, %d found it done, %d were refused", done, unchanged, refused)
	// A third, a half and a sixth are usual. The bound is too far from them for bad luck.
	if all := done + refused + unchanged; min(done, refused, unchanged) < all/20 {
		t.Error("the draw is one-sided")
	}
}

// scene is one organisation with some users and a group, and what must be so of them.
type scene struct {
	*rapid.T
	users  *directory.Users
	groups *directory.Groups
	log    *activity.Log
	org    directory.Organisation

	ids     []directory.UserID
	persons []state // by the place of the id
	group   directory.GroupID
	members map[directory.UserID]bool
	name    string // of the group
}

// state is what is known of a user, by the paths of attributes; what is absent has no value.
// "active" always has one.
type state map[string]any

const usersAt = "https://scim.example.com/scim/v2/Users/"

func newScene(t *rapid.T, store directory.Store, entries activity.Store, tenant directory.Tenant) *scene {
	s := &scene{
		T: t, users: directory.NewUsers(store, time.Now), groups: directory.NewGroups(store, time.Now), log: activity.NewLog(entries, []byte("a key of names")),
		org: directory.Organisation{
			Tenant: tenant, UserNameFormat: terms.UserNameAny, Strict: rapid.IntRange(0, 3).Draw(t, "strict") == 0, Schemas: schema.Load(directory.Fold),
		},
		members: map[directory.UserID]bool{}, name: "Guides",
	}
	for i := range 3 {
		name := fmt.Sprintf("user%d", i)
		u, err := s.users.Create(t.Context(), s.org, s.document(map[string]any{"schemas": []string{scim.UserSchema}, "userName": name}), &directory.Change{})
		s.must(err)
		s.ids = append(s.ids, u.ID)
		s.persons = append(s.persons, state{"userName": name, "active": true})
	}
	g, err := s.groups.Create(t.Context(), s.org, s.document(map[string]any{"schemas": []string{scim.GroupSchema}, "displayName": s.name}), &directory.Change{})
	s.must(err)
	s.group = g.ID
	return s
}

// request draws a request, has it carried out and holds what came of it against the model.
func (s *scene) request() directory.Effect {
	switch rapid.IntRange(0, 9).Draw(s.T, "kind") {
	case 0, 1, 2:
		return s.patchGroup()
	case 3:
		return s.replaceUser()
	default:
		return s.patchUser()
	}
}

func (s *scene) patchUser() directory.Effect {
	i := rapid.IntRange(0, len(s.ids)-1).Draw(s.T, "user")
	wanted := maps.Clone(s.persons[i])
	steps := rapid.SliceOfN(rapid.Custom(drawUserStep), 1, 3).Draw(s.T, "operations")
	for _, step := range steps {
		step.act(wanted)
	}
	before := s.user(i)
	c := &directory.Change{Tolerance: scim.Tolerance{Strict: s.org.Strict}}
	req, err := patch.Decode(s.document(request(steps)), &c.Tolerance)
	if err == nil {
		_, err = s.users.Patch(s.Context(), s.org, s.ids[i], req, c)
	}
	about := activity.Resource{Type: "User", ID: string(s.ids[i])}
	entry := s.told("PATCH", about, c, err)
	after := s.user(i)
	changed := !maps.Equal(s.persons[i], wanted)
	if s.verdict(steps, err, before.Version == after.Version) {
		s.persons[i] = wanted
		s.agree(steps, entry, changed)
	}
	s.same(steps, s.persons[i], stateOf(after))
	return entry.Effect
}

func (s *scene) replaceUser() directory.Effect {
	i := rapid.IntRange(0, len(s.ids)-1).Draw(s.T, "user")
	name := s.persons[i]["userName"]
	wanted := state{"userName": name, "active": s.persons[i]["active"]}
	body := map[string]any{"schemas": []string{scim.UserSchema, scim.EnterpriseUserSchema}, "userName": name}
	var steps []step
	for _, a := range rapid.SliceOfNDistinct(rapid.SampledFrom(attributes), 0, 3, func(a attribute) string { return a.path }).Draw(s.T, "attributes") {
		step := drawMember(s.T, a, "replace")
		steps = append(steps, step)
		step.act(wanted)
		merge(body, step.op["value"])
	}
	before := s.user(i)
	c := &directory.Change{Tolerance: scim.Tolerance{Strict: s.org.Strict}}
	_, err := s.users.Replace(s.Context(), s.org, s.ids[i], s.document(body), c)
	entry := s.told("PUT", activity.Resource{Type: "User", ID: string(s.ids[i])}, c, err)
	after := s.user(i)
	if s.verdict(steps, err, before.Version == after.Version) {
		if changed := !maps.Equal(s.persons[i], wanted); changed == (entry.Effect == directory.EffectUnchanged) {
			s.Fatalf("%s: told as %s, changed is %t", text(body), entry.Effect, changed)
		}
		s.persons[i] = wanted
	}
	s.same(steps, s.persons[i], stateOf(after))
	return entry.Effect
}

// merge puts the members of v into body, those of objects that are there into these.
func merge(body map[string]any, v any) {
	object, _ := v.(map[string]any)
	for name, v := range object {
		if there, ok := body[name].(map[string]any); ok {
			merge(there, v)
		} else {
			body[name] = v
		}
	}
}

func (s *scene) patchGroup() directory.Effect {
	members, name := maps.Clone(s.members), s.name
	var steps []step
	for range rapid.IntRange(1, 3).Draw(s.T, "operations") {
		step, act := s.drawGroupStep()
		steps = append(steps, step)
		act(members, &name)
	}
	before, err := s.groups.Get(s.Context(), s.org, s.group, true)
	s.must(err)
	c := &directory.Change{Tolerance: scim.Tolerance{Strict: s.org.Strict}, UsersAt: usersAt}
	req, err := patch.Decode(s.document(request(steps)), &c.Tolerance)
	if err == nil {
		_, err = s.groups.Patch(s.Context(), s.org, s.group, req, c)
	}
	entry := s.told("PATCH", activity.Resource{Type: "Group", ID: string(s.group)}, c, err)
	after, lost := s.groups.Get(s.Context(), s.org, s.group, true)
	s.must(lost)
	changed := !maps.Equal(s.members, members) || s.name != name
	if s.verdict(steps, err, before.Version == after.Version) {
		s.members, s.name = members, name
		s.agree(steps, entry, changed)
	}
	if is := slices.Sorted(maps.Keys(s.members)); !slices.Equal(is, after.Members) || after.DisplayName() != s.name {
		s.Fatalf("%s\nleaves %q with %v, want %q with %v", text(request(steps)), after.DisplayName(), after.Members, s.name, is)
	}
	return entry.Effect
}

// verdict reports whether the request was done, and fails if it should not have been, or was
// refused otherwise than the law has it.
func (s *scene) verdict(steps []step, err error, untouched bool) (done bool) {
	wrong := slices.ContainsFunc(steps, func(st step) bool { return st.wrong })
	departs := slices.ContainsFunc(steps, func(st step) bool { return st.departs })
	nothing := len(steps) > 0 && !slices.ContainsFunc(steps, func(st step) bool { return !st.unknown })
	if err == nil {
		if wrong || nothing || s.org.Strict && departs {
			s.Fatalf("accepted (strict %t): %s", s.org.Strict, text(request(steps)))
		}
		return true
	}
	refused, ok := errors.AsType[*scim.Error](err)
	if !ok || refused.Status/100 != 4 || refused.Detail == "" {
		s.Fatalf("%s\nis answered with %v", text(request(steps)), err)
	}
	if !wrong && !nothing && (!s.org.Strict || !departs) {
		s.Fatalf("refused (strict %t): %s\n%v", s.org.Strict, text(request(steps)), err)
	}
	if !untouched {
		s.Fatalf("%s\nwas refused and changed something", text(request(steps)))
	}
	return false
}

// agree fails unless activity has each operation, and a change where there was one.
func (s *scene) agree(steps []step, e activity.Entry, changed bool) {
	if changed == (e.Effect == directory.EffectUnchanged) {
		s.Fatalf("%s\ntold as %s, changed is %t", text(request(steps)), e.Effect, changed)
	}
	toldOf, applied := map[int]bool{}, false
	for _, o := range e.Operations {
		toldOf[o.Operation] = true
		applied = applied || o.Result == directory.ResultApplied
		if st := steps[o.Operation-1]; st.unknown != (o.Result == directory.ResultIgnored) {
			s.Fatalf("%s\noperation %d is told as %s of %s", text(request(steps)), o.Operation, o.Result, o.Path)
		}
	}
	if len(toldOf) != len(steps) || applied != changed {
		s.Fatalf("%s\nchanged is %t, told is %s", text(request(steps)), changed, text(e.Operations))
	}
}

// told returns the activity entry of the request.
func (s *scene) told(method string, about activity.Resource, c *directory.Change, err error) activity.Entry {
	by := activity.Request{RequestID: "R", TokenID: "T", Client: "other", Method: method, Resource: about}
	q := activity.Query{Resource: about, Limit: 1}
	if refused, ok := errors.AsType[*scim.Error](err); ok {
		s.must(s.log.Refuse(s.Context(), s.org, by, c, refused))
		q = activity.Query{Effects: []directory.Effect{activity.EffectRefused}, Limit: 1} // which may be an earlier one of its kind, after which they are counted
	} else {
		s.must(err)
		s.must(s.log.Record(s.Context(), s.org, by, c))
	}
	entries, err := s.log.List(s.Context(), s.org, q)
	s.must(err)
	if len(entries) != 1 || q.Effects == nil && entries[0].Resource != about {
		s.Fatalf("activity tells of %+v", entries)
	}
	return entries[0]
}

func (s *scene) user(i int) directory.User {
	u, err := s.users.Get(s.Context(), s.org, s.ids[i])
	s.must(err)
	return u
}

// stateOf reads back what the model knows.
func stateOf(u directory.User) state {
	is := state{"active": u.State.Enabled(), "userName": u.UserName()}
	for _, a := range attributes {
		p, err := types.User.Resolve(a.path)
		if err != nil || a.path == "active" {
			continue
		}
		if values := p.Values(u.Document); len(values) > 0 {
			is[a.path] = values[0]
		}
	}
	for _, v := range u.Document.List("phoneNumbers") {
		element, _ := v.(*scim.Document)
		is["phone "+element.String("type")] = element.String("value")
	}
	return is
}

var types = schema.Load(directory.Fold)

func (s *scene) same(steps []step, want, is state) {
	if diff := gocmp.Diff(want, is); diff != "" {
		s.Fatalf("%s\nleaves (-want +got)\n%s", text(request(steps)), diff)
	}
}

func (s *scene) must(err error) {
	assert.NilError(s, err)
}

func (s *scene) document(v any) *scim.Document {
	doc, err := scim.Decode([]byte(text(v)), scim.MaxDepth)
	s.must(err)
	return doc
}

func request(steps []step) map[string]any {
	ops := make([]any, len(steps))
	for i, st := range steps {
		ops[i] = st.op
	}
	return map[string]any{"schemas": []string{scim.PatchOpSchema}, "Operations": ops}
}

func text(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // what is drawn always encodes
	}
	return string(data)
}
