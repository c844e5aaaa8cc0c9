// Package undotest proves that an undo.Store keeps its contract, and on it and the stores beside it
// that an undo leaves a directory as it was.
package undotest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/history"
	"github.com/devrev/scim/services/scim/undo"
)

// Stores are what an undo works on, in one database or file.
type Stores struct {
	Directory directory.Store
	History   history.Store
	Activity  activity.Store
	Undos     undo.Store
}

// world is an organisation of its own.
type world struct {
	testing.TB

	stores   Stores
	org      directory.Organisation
	users    *directory.Users
	groups   *directory.Groups
	activity *activity.Log
	requests int
}

func newWorld(tb testing.TB, s Stores) *world {
	tb.Helper()
	return &world{
		TB: tb, stores: s,
		org: directory.Organisation{
			Tenant: directory.Tenant("undo-" + uuid.NewString()), UserNameFormat: terms.UserNameAny, Schemas: schema.Load(directory.Fold),
		},
		users: directory.NewUsers(s.Directory, time.Now), groups: directory.NewGroups(s.Directory, time.Now),
		activity: activity.NewLog(s.Activity, make([]byte, 32)),
	}
}

// ctx does not end with a test of rapid, which draws more than one.
func (w *world) ctx() context.Context { return context.Background() }

func (w *world) ok(err error) {
	w.Helper()
	assert.NilError(w, err)
}

// undo returns an Undo on s, in which it is so much later.
func (w *world) undo(s Stores, later time.Duration) *undo.Undo {
	u, err := undo.New(undo.Deps{
		Directory: s.Directory, History: s.History, Activity: activity.NewLog(s.Activity, make([]byte, 32)), Store: s.Undos,
		Now:          func() time.Time { return time.Now().Add(later) },
		Organisation: func(context.Context, string) (directory.Organisation, error) { return w.org, nil },
	})
	w.ok(err)
	return u
}

// start stores a job that takes back what is asked for.
func (w *world) start(u *undo.Undo, a undo.Asked) undo.Job {
	w.Helper()
	j, err := u.Start(w.ctx(), w.org, a, undo.By{Actor: "ann", RequestID: "undo-" + uuid.NewString()}, func(undo.Job) error { return nil })
	w.ok(err)
	return j
}

// finish runs a job to its end and returns it with its items.
func (w *world) finish(u *undo.Undo, id string) (undo.Job, []undo.Item) {
	w.Helper()
	w.ok(u.Work(w.ctx(), undo.Ref{Tenant: w.org.Tenant, ID: id}))
	j, err := u.Job(w.ctx(), w.org, id)
	w.ok(err)
	if j.State != undo.Done {
		w.Fatalf("the undo is %s", j.State)
	}
	items, err := u.Items(w.ctx(), w.org, id, 0, 100_000)
	w.ok(err)
	return j, items
}

// undone takes back what is asked for.
func (w *world) undone(a undo.Asked) (undo.Job, []undo.Item) {
	w.Helper()
	u := w.undo(w.stores, 0)
	return w.finish(u, w.start(u, a).ID)
}

// request is the change of one request by a token.
func (w *world) request(token string) *directory.Change {
	w.requests++
	return &directory.Change{Cause: directory.Cause{RequestID: requestID(w.requests), TokenID: token, Client: "okta"}}
}

func requestID(n int) string { return fmt.Sprintf("request-%d", n) }

// record writes the entry of a change and returns its id.
func (w *world) record(of history.Resource, c *directory.Change) string {
	w.Helper()
	id := uuid.Must(uuid.NewV7()).String()
	w.ok(w.activity.RecordAs(w.ctx(), w.org, id, activity.Request{
		RequestID: c.Cause.RequestID, TokenID: c.Cause.TokenID, Client: "okta", Method: "PUT", Resource: activity.Resource{Type: of.Type, ID: of.ID},
	}, c))
	return id
}

func userResource(id directory.UserID) history.Resource {
	return history.Resource{Type: history.User, ID: string(id)}
}

func groupResource(id directory.GroupID) history.Resource {
	return history.Resource{Type: history.Group, ID: string(id)}
}

// create creates a user by a token.
func (w *world) create(token, name string, pairs ...any) (directory.User, string) {
	w.Helper()
	doc := scim.NewDocument("userName", name)
	for k, v := range scim.NewDocument(pairs...).All() {
		doc.Set(k, v)
	}
	c := w.request(token)
	u, err := w.users.Create(w.ctx(), w.org, doc, c)
	w.ok(err)
	return u, w.record(userResource(u.ID), c)
}

// set puts attributes in a user; nil removes one.
func (w *world) set(token string, id directory.UserID, pairs ...any) string {
	w.Helper()
	u, err := w.users.Get(w.ctx(), w.org, id)
	w.ok(err)
	doc := u.Document.Clone()
	for k, v := range scim.NewDocument(pairs...).All() {
		if v == nil {
			doc.Delete(k)
		} else {
			doc.Set(k, v)
		}
	}
	c := w.request(token)
	_, err = w.users.Replace(w.ctx(), w.org, id, doc, c)
	w.ok(err)
	return w.record(userResource(id), c)
}

// remove deletes a user.
func (w *world) remove(token string, id directory.UserID) string {
	w.Helper()
	c := w.request(token)
	w.ok(w.users.Delete(w.ctx(), w.org, id, c))
	return w.record(userResource(id), c)
}

func groupDocument(name string, members []directory.UserID) *scim.Document {
	list := make([]any, len(members))
	for i, id := range members {
		list[i] = scim.NewDocument("value", string(id))
	}
	return scim.NewDocument("displayName", name, "members", list)
}

func (w *world) createGroup(token, name string, members ...directory.UserID) (directory.Group, string) {
	w.Helper()
	c := w.request(token)
	g, err := w.groups.Create(w.ctx(), w.org, groupDocument(name, members), c)
	w.ok(err)
	return g, w.record(groupResource(g.ID), c)
}

// setGroup replaces a group.
func (w *world) setGroup(token string, id directory.GroupID, name string, members ...directory.UserID) string {
	w.Helper()
	c := w.request(token)
	_, err := w.groups.Replace(w.ctx(), w.org, id, groupDocument(name, members), c)
	w.ok(err)
	return w.record(groupResource(id), c)
}

// removeGroup deletes a group in the push.
func (w *world) removeGroup(id directory.GroupID) string {
	w.Helper()
	c := w.request("push")
	w.ok(w.groups.Delete(w.ctx(), w.org, id, c))
	return w.record(groupResource(id), c)
}

// picture is the directory without versions and times, by id.
func (w *world) picture() map[string]string {
	w.Helper()
	all := map[string]string{}
	for _, deleted := range []bool{false, true} {
		page, err := w.stores.Directory.ListUsers(w.ctx(), w.org.Tenant, directory.Query{Limit: 100_000, Deleted: deleted})
		w.ok(err)
		for _, u := range page.Items {
			all["User/"+string(u.ID)] = fmt.Sprintf("%s %v %v %s", u.State, u.SignedIn, u.Deleted, canonical(u.Document))
		}
	}
	page, err := w.stores.Directory.ListGroups(w.ctx(), w.org.Tenant, directory.Query{Limit: 100_000, WithMembers: true})
	w.ok(err)
	for _, g := range page.Items {
		all["Group/"+string(g.ID)] = fmt.Sprintf("%s %v", canonical(g.Document), g.Members)
	}
	return all
}

// canonical is a document with its attributes in one order.
func canonical(d *scim.Document) string {
	data, _ := json.Marshal(d)
	var v any
	_ = json.Unmarshal(data, &v)
	data, _ = json.Marshal(v)
	return string(data)
}

// same fails unless the directory is as before, except for who and what was created since: users
// who are deactivated, groups without members. except are those in conflict.
func (w *world) same(before map[string]string, except map[string]bool) {
	w.Helper()
	after := w.picture()
	for _, id := range slices.Sorted(maps.Keys(after)) {
		if _, was := before[id]; !was {
			if !except[id] {
				w.goesBack(id, after[id])
			}
			delete(after, id)
		}
	}
	before = maps.Clone(before)
	maps.DeleteFunc(before, func(id, _ string) bool { return except[id] })
	maps.DeleteFunc(after, func(id, _ string) bool { return except[id] })
	if diff := cmp.Diff(before, after); diff != "" {
		w.Fatalf("-before +after:\n%s", diff)
	}
}

// goesBack checks what becomes of who and what was created.
func (w *world) goesBack(id, is string) {
	w.Helper()
	if id[:5] == "User/" && is[:len("deactivated")] != "deactivated" || id[:5] == "Group" && is[len(is)-2:] != "[]" {
		w.Fatalf("what was created is %s", is)
	}
}

// inConflict returns the resources of which a part is in conflict, which must be because of a name
// that another has.
func (w *world) inConflict(items []undo.Item) map[string]bool {
	w.Helper()
	conflicts := map[string]bool{}
	for _, item := range items {
		for _, c := range item.Result.Conflicts {
			if c.Holder == "" && c.What != undo.Members {
				w.Fatalf("%+v is in conflict: %+v", item.Resource, c)
			}
			conflicts[item.Resource.Type+"/"+item.Resource.ID] = true
		}
	}
	return conflicts
}

// told checks that each item that went back made one version and one entry.
func (w *world) told(j undo.Job, items []undo.Item) {
	w.Helper()
	w.ok(w.stores.History.CatchUp(w.ctx()))
	for _, item := range items {
		records, err := w.stores.History.Records(w.ctx(), w.org.Tenant, item.Resource, 0, 10_000)
		w.ok(err)
		made := 0
		for _, r := range records {
			if r.Cause.Undo == j.ID+"/"+item.Resource.ID {
				made++
			}
		}
		entries, err := w.activity.List(w.ctx(), w.org, activity.Query{
			Resource: activity.Resource{Type: item.Resource.Type, ID: item.Resource.ID}, RequestID: j.RequestID, Limit: 9,
		})
		w.ok(err)
		want := 0
		if item.Result.Effect != "" {
			want = 1
		}
		if made != want || len(entries) != want {
			w.Fatalf("%+v: %d versions and %d entries", item, made, len(entries))
		}
		for _, e := range entries {
			if e.Undo != j.ID || e.ID != item.Entry || e.Effect != item.Result.Effect {
				w.Fatalf("the entry is %+v, of %+v", e, item)
			}
		}
	}
}
