package undotest

import (
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/patch"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/undo"
)

// RunRules proves what an undo takes back, and what not.
func RunRules(t *testing.T, s Stores) {
	t.Helper()
	for rule, run := range map[string]func(w *world){
		"a value that was changed since is in conflict, with both values; the others go back": func(w *world) {
			u, _ := w.create("setup", "ann@example.com", "title", "Clerk", "nickName", "Ann")
			entry := w.set("push", u.ID, "title", "Manager", "nickName", "Annie")
			w.set("later", u.ID, "title", "Director")
			j, items := w.undone(undo.Asked{Entries: []string{entry}})
			w.outcomes(j, map[undo.Outcome]int{undo.Partly: 1})
			clash := items[0].Result.Conflicts[0]
			if diff := cmp.Diff([]string{"title", `"Director"`, `"Manager"`, `"Clerk"`}, []string{clash.Attribute, string(clash.Is), string(clash.Left), string(clash.Was)}); diff != "" {
				w.Errorf("-want +got:\n%s", diff)
			}
			w.value(u.ID, "title", "Director")
			w.value(u.ID, "nickName", "Ann")
		},
		"who was deactivated comes back as shadow, or active after a sign-in": func(w *world) {
			a, _ := w.create("setup", "ann@example.com")
			b, _ := w.create("setup", "bob@example.com")
			_, err := w.users.SignIn(w.ctx(), w.org, "bob@example.com", w.request(""))
			w.ok(err)
			w.set("push", a.ID, "active", false)
			last := w.set("push", b.ID, "active", false)
			w.undone(undo.Asked{Push: last})
			w.state(a.ID, directory.StateShadow)
			w.state(b.ID, directory.StateActive)
		},
		"who was deleted comes back under the same id with the groups, unless the name is another's": func(w *world) {
			a, _ := w.create("setup", "ann@example.com", "externalId", "1")
			b, _ := w.create("setup", "bob@example.com")
			g, _ := w.createGroup("setup", "Guides", a.ID, b.ID)
			first := w.remove("push", a.ID)
			second := w.remove("push", b.ID)
			c, _ := w.create("later", "ann@example.com", "externalId", "2")
			j, items := w.undone(undo.Asked{Entries: []string{first, second}})
			w.outcomes(j, map[undo.Outcome]int{undo.Undone: 1, undo.Conflict: 1, undo.Partly: 1})
			w.state(b.ID, directory.StateShadow)
			for _, item := range items {
				if item.Resource.ID == string(a.ID) && item.Result.Conflicts[0].Holder != string(c.ID) {
					w.Errorf("the conflict names %+v", item.Result.Conflicts)
				}
			}
			got, err := w.groups.Get(w.ctx(), w.org, g.ID, true)
			w.ok(err)
			if diff := cmp.Diff([]directory.UserID{b.ID}, got.Members); diff != "" {
				w.Errorf("-want +got:\n%s", diff)
			}
		},
		"of a deletion, states alone bring the person back without the groups from before, and not later either": func(w *world) {
			a, _ := w.create("setup", "ann@example.com")
			g, _ := w.createGroup("setup", "Guides", a.ID)
			other, _ := w.createGroup("setup", "Leaders")
			since := w.begin()
			w.remove("push", a.ID)
			w.addMember(other.ID, a.ID)
			span := w.since(since)
			span.Effects, span.Only = []directory.Effect{directory.EffectDeleted}, []undo.Aspect{undo.States}
			j, _ := w.undone(span)
			w.state(a.ID, directory.StateShadow)
			w.ok(w.users.Attach(w.ctx(), w.org, a.ID, &directory.Change{})) // as the next round does
			w.members(g.ID)
			w.members(other.ID, a.ID) // which was asked for since
			if waiting := w.waiting(); len(waiting) != 0 || j.Counts[undo.Undone] != 1 {
				w.Errorf("%v, and %+v wait", j.Counts, waiting)
			}
		},
		"where the person stays away for another's name, the groups go on waiting": func(w *world) {
			a, _ := w.create("setup", "ann@example.com", "externalId", "1")
			w.createGroup("setup", "Guides", a.ID)
			since := w.begin()
			w.remove("push", a.ID)
			w.create("later", "ann@example.com", "externalId", "2")
			span := w.since(since)
			span.Effects, span.Only = []directory.Effect{directory.EffectDeleted}, []undo.Aspect{undo.States}
			j, _ := w.undone(span)
			w.outcomes(j, map[undo.Outcome]int{undo.Conflict: 1, undo.Nothing: 2})
			if waiting := w.waiting(); len(waiting) != 1 {
				w.Errorf("%+v wait", waiting)
			}
		},
		"deletions alone bring people back with their groups at once, and the entries of both name the undo": func(w *world) {
			a, _ := w.create("setup", "ann@example.com")
			g, _ := w.createGroup("setup", "Guides", a.ID)
			since := w.begin()
			w.remove("push", a.ID)
			span := w.since(since)
			span.Effects = []directory.Effect{directory.EffectDeleted}
			j, _ := w.undone(span)
			w.state(a.ID, directory.StateShadow)
			w.members(g.ID, a.ID)
			entries, err := w.activity.List(w.ctx(), w.org, activity.Query{RequestID: j.RequestID, Limit: 9})
			w.ok(err)
			told := map[directory.Effect]string{}
			for _, e := range entries {
				told[e.Effect] = e.Undo
			}
			if diff := cmp.Diff(map[directory.Effect]string{directory.EffectRestored: j.ID, directory.EffectAttached: j.ID}, told); diff != "" {
				w.Errorf("-want +got:\n%s", diff)
			}
			w.undone(undo.Asked{Undo: j.ID})
			w.members(g.ID)
		},
		"of the same undo asked for at the same moment there is one job, and the others are told of it": func(w *world) {
			_, entry := w.create("push", "ann@example.com")
			u := w.undo(w.stores, 0)
			made, told := w.ask8(u, undo.Asked{Push: entry}, "")
			if len(made) != 1 || len(told) != 7 {
				w.Fatalf("%d jobs, %d were told", len(made), len(told))
			}
			for _, of := range told {
				if of != made[0] {
					w.Errorf("told of %q, made %v", of, made)
				}
			}
			w.finish(u, made[0])
			w.refused(undo.Asked{Push: entry}, "undone-already", made[0])
			span := w.since(time.Now().Add(-time.Minute)) // each of which ends at its own moment
			if made, told := w.ask8(u, span, ""); len(made) != 1 || len(told) != 7 {
				w.Errorf("%d jobs, %d were told", len(made), len(told))
			}
		},
		"who asks again with the same Idempotency-Key gets the same job; for something else it is refused": func(w *world) {
			_, entry := w.create("push", "ann@example.com")
			u := w.undo(w.stores, 0)
			for _, dryRun := range []bool{true, false} {
				once := uuid.NewString()
				made, told := w.ask8(u, undo.Asked{Push: entry, DryRun: dryRun}, once)
				slices.Sort(made)
				if made = slices.Compact(made); len(made) != 1 || len(told) != 0 {
					w.Fatalf("%d jobs, %d were told", len(made), len(told))
				}
				w.finish(u, made[0])
				again, err := u.Start(w.ctx(), w.org, undo.Asked{Push: entry, DryRun: dryRun}, undo.By{Once: once}, func(undo.Job) error { return errors.New("announced") })
				w.ok(err)
				_, err = u.Start(w.ctx(), w.org, undo.Asked{Push: entry, Only: []undo.Aspect{undo.States}}, undo.By{Once: once}, func(undo.Job) error { return nil })
				if refused, ok := errors.AsType[*undo.Refused](err); again.ID != made[0] || !ok || refused.Name != "repeated" || refused.Undo != made[0] {
					w.Errorf("again it is %s, something else is %v", again.ID, err)
				}
			}
		},
		"who was created is deactivated and not removed": func(w *world) {
			u, entry := w.create("push", "ann@example.com")
			w.undone(undo.Asked{Entries: []string{entry}})
			w.state(u.ID, directory.StateDeactivated)
		},
		"names that went from one to the other go back, whatever the order": func(w *world) {
			a, _ := w.create("setup", "a@example.com")
			b, _ := w.create("setup", "b@example.com")
			before := w.picture()
			w.set("push", b.ID, "userName", "c@example.com")
			w.set("push", a.ID, "userName", "b@example.com")
			last := w.set("push", b.ID, "title", "Clerk")
			j, _ := w.undone(undo.Asked{Push: last})
			w.outcomes(j, map[undo.Outcome]int{undo.Undone: 2})
			w.same(before, nil)
		},
		"a deleted group comes back under the same id with its members, unless the name is another's": func(w *world) {
			u, _ := w.create("setup", "ann@example.com")
			one, _ := w.createGroup("setup", "One", u.ID)
			two, _ := w.createGroup("setup", "Two")
			w.removeGroup(two.ID)
			last := w.removeGroup(one.ID)
			other, _ := w.createGroup("later", "two")
			j, items := w.undone(undo.Asked{Push: last})
			w.outcomes(j, map[undo.Outcome]int{undo.Undone: 1, undo.Conflict: 1})
			got, err := w.groups.Get(w.ctx(), w.org, one.ID, true)
			w.ok(err)
			if diff := cmp.Diff([]directory.UserID{u.ID}, got.Members); diff != "" || got.Version != 3 {
				w.Errorf("version %d, -want +got:\n%s", got.Version, diff)
			}
			for _, item := range items {
				if item.Resource.ID == string(two.ID) && item.Result.Conflicts[0].Holder != string(other.ID) {
					w.Errorf("the conflict names %+v", item.Result.Conflicts)
				}
			}
		},
		"members who came and have left since, and those who left and came back, stay": func(w *world) {
			a, _ := w.create("setup", "ann@example.com")
			b, _ := w.create("setup", "bob@example.com")
			g, _ := w.createGroup("setup", "Guides", a.ID)
			entry := w.setGroup("push", g.ID, "Guides", b.ID)
			w.setGroup("later", g.ID, "Guides", a.ID)
			j, _ := w.undone(undo.Asked{Entries: []string{entry}})
			w.outcomes(j, map[undo.Outcome]int{undo.Nothing: 1})
			got, err := w.groups.Get(w.ctx(), w.org, g.ID, true)
			w.ok(err)
			if diff := cmp.Diff([]directory.UserID{a.ID}, got.Members); diff != "" {
				w.Errorf("-want +got:\n%s", diff)
			}
		},
		"only states, only attributes, only members": func(w *world) {
			a, _ := w.create("setup", "ann@example.com", "title", "Clerk")
			g, _ := w.createGroup("setup", "Guides")
			w.set("push", a.ID, "active", false, "title", "Manager")
			last := w.setGroup("push", g.ID, "Leaders", a.ID)
			w.undone(undo.Asked{Push: last, Only: []undo.Aspect{undo.States}})
			w.state(a.ID, directory.StateShadow)
			w.value(a.ID, "title", "Manager")
			w.undone(undo.Asked{Push: last, Only: []undo.Aspect{undo.Members}})
			got, err := w.groups.Get(w.ctx(), w.org, g.ID, true)
			w.ok(err)
			if len(got.Members) != 0 || got.DisplayName() != "Leaders" {
				w.Errorf("the group is %s with %v", got.DisplayName(), got.Members)
			}
			w.undone(undo.Asked{Push: last, Only: []undo.Aspect{undo.Attributes}})
			w.value(a.ID, "title", "Clerk")
		},
		"where values are hidden, states and members go back, and it says that no more does": func(w *world) {
			w.org.HideValues = true
			a, _ := w.create("setup", "ann@example.com", "title", "Clerk")
			g, _ := w.createGroup("setup", "Guides")
			w.set("push", a.ID, "active", false, "title", "Manager")
			last := w.setGroup("push", g.ID, "Guides", a.ID)
			j, items := w.undone(undo.Asked{Push: last})
			w.outcomes(j, map[undo.Outcome]int{undo.Undone: 2})
			if !j.Hidden || !items[0].Result.Hidden {
				w.Error("it does not say that values are hidden")
			}
			w.state(a.ID, directory.StateShadow)
			w.value(a.ID, "title", "Manager")
			got, err := w.groups.Get(w.ctx(), w.org, g.ID, true)
			w.ok(err)
			if len(got.Members) != 0 {
				w.Errorf("the members are %v", got.Members)
			}
		},
		"an undo can be undone, and what it took back taken back again; twice is refused": func(w *world) {
			u, _ := w.create("setup", "ann@example.com", "title", "Clerk")
			g, _ := w.createGroup("setup", "Guides", u.ID)
			w.set("push", u.ID, "title", "Manager", "active", false)
			last := w.setGroup("push", g.ID, "Guides")
			pushed := w.picture()
			j, _ := w.undone(undo.Asked{Push: last})
			w.refused(undo.Asked{Push: last}, "undone-already", j.ID)
			back, _ := w.undone(undo.Asked{Undo: j.ID})
			w.same(pushed, nil)
			w.refused(undo.Asked{Undo: j.ID}, "undone-already", back.ID)
			w.undone(undo.Asked{Push: last})
			w.value(u.ID, "title", "Clerk")
			w.state(u.ID, directory.StateShadow)
		},
		"a request and a span of time, by client and effect, are taken back": func(w *world) {
			a, _ := w.create("setup", "ann@example.com", "title", "Clerk")
			b, _ := w.create("setup", "bob@example.com")
			since := time.Now().UTC()
			time.Sleep(5 * time.Millisecond)
			w.set("push", a.ID, "title", "Manager")
			request := w.requests
			w.set("push", b.ID, "active", false)
			span := undo.Asked{Since: since.Format(time.RFC3339Nano), Until: time.Now().Add(time.Minute).UTC().Format(time.RFC3339Nano), Client: "okta"}
			span.Effects = []directory.Effect{directory.EffectDeactivated}
			w.undone(span)
			w.state(b.ID, directory.StateShadow)
			w.value(a.ID, "title", "Manager")
			w.undone(undo.Asked{RequestID: requestID(request)})
			w.value(a.ID, "title", "Clerk")
		},
		"a dry run says what the undo would do and changes nothing; the undo then does that": func(w *world) {
			u, _ := w.create("setup", "ann@example.com", "title", "Clerk")
			last := w.set("push", u.ID, "title", "Manager")
			before := w.picture()
			j, items := w.undone(undo.Asked{Push: last, DryRun: true})
			w.same(before, nil)
			w.outcomes(j, map[undo.Outcome]int{undo.Undone: 1})
			want := []undo.Difference{{Attribute: "title", Is: json.RawMessage(`"Manager"`), Becomes: json.RawMessage(`"Clerk"`)}}
			if diff := cmp.Diff(want, items[0].Result.Attributes); diff != "" {
				w.Errorf("-want +got:\n%s", diff)
			}
			w.undone(undo.Asked{As: j.ID})
			w.value(u.ID, "title", "Clerk")
		},
		"what cannot be taken back is refused with a sentence": func(w *world) {
			_, entry := w.create("push", "ann@example.com")
			for _, a := range []undo.Asked{
				{},
				{Entries: []string{entry}, Push: entry},
				{Since: "2026-01-01T00:00:00Z"},
				{Since: "yesterday", Until: "today"},
				{Push: entry, Client: "okta"},
				{Push: entry, Only: []undo.Aspect{"names"}},
				{Since: "2026-01-02T00:00:00Z", Until: "2026-01-01T00:00:00Z"},
			} {
				w.status(a, 400)
			}
			w.status(undo.Asked{RequestID: "none"}, 404)
			w.status(undo.Asked{Undo: "none"}, 404)
			w.status(undo.Asked{Entries: []string{"none"}}, 404)
			w.refused(undo.Asked{Since: "2020-01-01T00:00:00Z", Until: "2020-01-02T00:00:00Z"}, "undo-too-old", "")
			u := w.undo(w.stores, 0)
			for range undo.AtATime {
				w.start(u, undo.Asked{Push: entry, DryRun: true})
			}
			w.refused(undo.Asked{Push: entry, DryRun: true}, "undo-busy", "")
		},
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			run(newWorld(t, s))
		})
	}
}

// begin returns a moment behind which everything is that comes.
func (w *world) begin() time.Time {
	at := time.Now()
	time.Sleep(5 * time.Millisecond) // times have milliseconds
	return at
}

// since asks for what is changed from this moment on.
func (w *world) since(at time.Time) undo.Asked {
	return undo.Asked{Since: at.UTC().Format(time.RFC3339Nano), Until: time.Now().Add(time.Minute).UTC().Format(time.RFC3339Nano)}
}

// ask8 asks for the same eight times at once, and returns the jobs that were answered, and those
// that refusals name.
func (w *world) ask8(u *undo.Undo, a undo.Asked, once string) (made, told []string) {
	w.Helper()
	var all sync.WaitGroup
	var mu sync.Mutex
	for range 8 {
		all.Go(func() {
			j, err := u.Start(w.ctx(), w.org, a, undo.By{RequestID: "r", Once: once}, func(undo.Job) error { return nil })
			mu.Lock()
			defer mu.Unlock()
			refused, ok := errors.AsType[*undo.Refused](err)
			switch {
			case err == nil:
				made = append(made, j.ID)
			case ok && refused.Name == "undone-already":
				told = append(told, refused.Undo)
			default:
				w.Error(err)
			}
		})
	}
	all.Wait()
	return made, told
}

// members compares the members of a group.
func (w *world) members(id directory.GroupID, want ...directory.UserID) {
	w.Helper()
	got, err := w.groups.Get(w.ctx(), w.org, id, true)
	w.ok(err)
	if diff := cmp.Diff(want, got.Members, cmpopts.EquateEmpty()); diff != "" {
		w.Errorf("members of %s, -want +got:\n%s", got.DisplayName(), diff)
	}
}

// addMember has the identity provider add someone to a group.
func (w *world) addMember(id directory.GroupID, user directory.UserID) {
	w.Helper()
	doc := scim.NewDocument("schemas", []any{scim.PatchOpSchema}, "Operations", []any{
		scim.NewDocument("op", "add", "path", "members", "value", []any{scim.NewDocument("value", string(user))}),
	})
	c := w.request("push")
	req, err := patch.Decode(doc, &c.Tolerance)
	w.ok(err)
	_, err = w.groups.Patch(w.ctx(), w.org, id, req, c)
	w.ok(err)
}

// waiting returns who waits in any group.
func (w *world) waiting() []directory.Waiting {
	w.Helper()
	found, err := w.stores.Directory.Waiting(w.ctx(), w.org.Tenant, directory.WaitingQuery{Limit: 9})
	w.ok(err)
	return found
}

func (w *world) outcomes(j undo.Job, want map[undo.Outcome]int) {
	w.Helper()
	if diff := cmp.Diff(want, j.Counts); diff != "" {
		w.Errorf("outcomes -want +got:\n%s", diff)
	}
}

func (w *world) value(id directory.UserID, attribute, want string) {
	w.Helper()
	u, err := w.users.Get(w.ctx(), w.org, id)
	w.ok(err)
	if got := u.Document.String(attribute); got != want {
		w.Errorf("%s is %q, want %q", attribute, got, want)
	}
}

func (w *world) state(id directory.UserID, want directory.State) {
	w.Helper()
	u, err := w.users.Get(w.ctx(), w.org, id)
	w.ok(err)
	if u.State != want {
		w.Errorf("the user is %s, want %s", u.State, want)
	}
}

// ask tries to start an undo.
func (w *world) ask(a undo.Asked) error {
	_, err := w.undo(w.stores, 0).Start(w.ctx(), w.org, a, undo.By{Actor: "ann", RequestID: "r"}, func(undo.Job) error { return nil })
	return err
}

func (w *world) refused(a undo.Asked, name, other string) {
	w.Helper()
	refused, ok := errors.AsType[*undo.Refused](w.ask(a))
	if !ok || refused.Name != name || refused.Undo != other {
		w.Errorf("%+v: got %+v, want %s of %q", a, refused, name, other)
	}
}

func (w *world) status(a undo.Asked, want int) {
	w.Helper()
	err := w.ask(a)
	if refused, ok := errors.AsType[*scim.Error](err); !ok || refused.Status != want {
		w.Errorf("%+v: got %v, want %d", a, err, want)
	}
}
