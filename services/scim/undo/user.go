package undo

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/history"
)

// What the life of a user or group is called in a Transition.
const (
	enabled     = "enabled"
	deactivated = "deactivated"
	deleted     = "deleted"
	there       = "there" // of a group
)

// lifeOf returns what of a user's state is taken back. What a sign-in made of it is not: the person
// has signed in. A user who was not there yet counts as deactivated, which is how one who was
// created goes back.
func lifeOf(p history.Past) string {
	switch {
	case p.Deleted:
		return deleted
	case p.Version > 0 && p.State.Enabled():
		return enabled
	default:
		return deactivated
	}
}

// aim is what a user is to be.
type aim struct { //nolint:recvcheck // differ is a step of making one; what uses it does not change it
	life       string
	attributes map[string]value // those that go back
	result     Result
}

// sameText compares lives.
func sameText(a, b string) bool { return a == b }

// held is that another user or group has the name that one would go back to.
type held struct {
	is bool
	by string // its id, "" if it is not known any more
}

// aimOf decides what of a user goes back. Where the userName is held, that is left alone, and with
// it a user who is deleted.
func aimOf(j Job, c chain, name held) aim {
	a := aim{life: lifeOf(c.now), attributes: map[string]value{}}
	if j.wants(States) {
		lives := steps[string]{}
		for _, l := range c.links {
			lives.add("", lifeOf(l.Before), lifeOf(l.after), l.undone, sameText)
		}
		becomes, clashes := fold(a.life, lives[""], sameText)
		for _, x := range clashes {
			a.result.Conflicts = append(a.result.Conflicts, Clash{
				What: States, Is: text(x.is), Left: text(x.left), Was: text(x.was),
				Why: "The user was changed since: it is not what these changes left.",
			})
		}
		if name.is && a.life == deleted && becomes != deleted {
			becomes = deleted
			a.result.Conflicts = append(a.result.Conflicts, Clash{
				What: States, Is: text(deleted), Holder: name.by, Why: "Another user has the userName now. Change that one first.",
			})
		}
		a.life = becomes
	}
	if !j.wants(Attributes) {
		return a
	}
	if c.hidden {
		a.result.Hidden = true
		return a
	}
	a.differ(c, name, "userName", "Another user has the userName now. Change that one first.")
	return a
}

// differ decides which attributes go back. Where the attribute of this name is held, why says so.
func (a *aim) differ(c chain, held held, name, why string) {
	all, now := c.attributes(), directory.Attributes(c.now.Document)
	for _, path := range slices.Sorted(maps.Keys(all)) {
		if !all.touched(path) {
			continue
		}
		v, ok := now[path]
		is := value{v, ok}
		becomes, clashes := fold(is, all[path], sameValue)
		for _, x := range clashes {
			a.result.Conflicts = append(a.result.Conflicts, Clash{
				What: Attributes, Attribute: path, Is: x.is.text(), Left: x.left.text(), Was: x.was.text(),
				Why: "The value was changed since.",
			})
		}
		switch {
		case sameValue(is, becomes):
		case held.is && path == name && a.life != deleted:
			a.result.Conflicts = append(a.result.Conflicts, Clash{
				What: Attributes, Attribute: path, Is: is.text(), Was: becomes.text(), Holder: held.by, Why: why,
			})
		default:
			a.attributes[path] = becomes
			a.result.Attributes = append(a.result.Attributes, Difference{path, is.text(), becomes.text()})
		}
	}
}

// text is a value as JSON, nil if there is none.
func (v value) text() json.RawMessage {
	if !v.ok {
		return nil
	}
	data, _ := json.Marshal(v.v) // what a document holds always encodes
	return data
}

func text(s string) json.RawMessage {
	data, _ := json.Marshal(s)
	return data
}

// document returns doc with the attributes that go back.
func (a aim) document(doc *scim.Document) *scim.Document {
	doc = doc.Clone()
	for path, v := range a.attributes {
		directory.SetAttribute(doc, path, v.v, v.ok)
	}
	return doc
}

// of returns what u is to be.
func (a aim) of(u directory.User) directory.User {
	if len(a.attributes) > 0 {
		u.Document = a.document(u.Document)
	}
	switch a.life {
	case deleted:
		u.Deleted, u.State = true, directory.StateDeactivated
	case deactivated:
		u.Deleted, u.State = false, directory.StateDeactivated
	default:
		u.Deleted, u.State = false, u.State.WithActive(true, u.SignedIn)
	}
	return u
}

// stateOf is what a user is called in a Transition.
func stateOf(s directory.State, isDeleted bool) string {
	if isDeleted {
		return deleted
	}
	return string(s)
}

// user takes a user back, and returns the change that this was.
func (r *run) user(ctx context.Context, item *Item) (*directory.Change, error) {
	id, mark := directory.UserID(item.Resource.ID), r.job.ID+"/"+item.Resource.ID
	var name held
	for tried := 0; ; tried++ {
		u, err := r.u.Directory.User(ctx, r.org.Tenant, id)
		if errors.Is(err, directory.ErrNotFound) {
			item.Result = Result{Outcome: Conflict, Conflicts: []Clash{{What: States, Why: "The user was erased."}}}
			return nil, nil
		}
		if err != nil {
			return nil, unavailable(err)
		}
		c, err := r.chain(ctx, item, pastOf(u), mark, tried)
		if errors.Is(err, errUntold) {
			continue
		}
		if err != nil || c == nil {
			return nil, err
		}
		if c.mine != nil && c.mine.after.Document != nil {
			// It went back already, by what the plan came to: less, where a name was taken.
			v, ok := aimOf(r.job, *c, held{}).attributes["userName"]
			name.is = ok && c.mine.after.Document.String("userName") != v.v
		}
		a := aimOf(r.job, *c, name)
		was := directory.User{ID: id, Version: c.now.Version, State: c.now.State, SignedIn: c.now.SignedIn, Deleted: c.now.Deleted, Document: orEmpty(c.now.Document)}
		if c.now.Document == nil { // of a version that this job made where values are hidden
			was.Document = u.Document
		}
		becomes := a.of(was)
		item.Result = a.result
		item.Result.Name = u.UserName()
		if from, to := stateOf(was.State, was.Deleted), stateOf(becomes.State, becomes.Deleted); from != to {
			item.Result.State = Transition{from, to}
		}
		if c.mine != nil {
			made := r.change(mark)
			made.Before, made.After = directory.Snapshot{State: was.State, Document: was.Document}, directory.Snapshot{State: becomes.State, Document: becomes.Document}
			made.Effect = link{Record: history.Record{Resource: item.Resource, Version: c.mine.Version, Before: pastOf(was)}, after: pastOf(becomes)}.effect()
			item.settle(made.Effect, c.mine.Version)
			return made, r.regroup(ctx, id, made)
		}
		made := r.change(mark)
		made.Alone = !r.job.wants(Members)
		stored, err := r.users.Revert(ctx, r.org, id, made, func(now directory.User) (directory.User, error) {
			if !r.job.DryRun && now.Version != u.Version {
				return now, errUntold
			}
			return a.of(now), nil
		})
		if err != nil {
			again, err := r.hindered(item, &name, tried, err)
			if again {
				continue
			}
			return nil, err
		}
		item.settle(made.Effect, stored.Version)
		return made, r.regroup(ctx, id, made)
	}
}

// regroup makes a user who came back a member of the groups from before, where no item of the job
// does: what is taken back is deletions, and no changes of groups.
func (r *run) regroup(ctx context.Context, id directory.UserID, made *directory.Change) error {
	effects := r.job.Effects
	if made.Effect != directory.EffectRestored || !r.job.wants(Members) || len(effects) == 0 || slices.Contains(effects, directory.EffectUpdated) {
		return nil
	}
	return r.users.Attach(ctx, r.org, id, made)
}

func orEmpty(d *scim.Document) *scim.Document {
	if d == nil {
		return scim.NewDocument()
	}
	return d
}

func pastOf(u directory.User) history.Past {
	return history.Past{Version: u.Version, State: u.State, SignedIn: u.SignedIn, Deleted: u.Deleted, Document: u.Document}
}

// settle notes what became of the item: what its change did, and whether something is in conflict.
func (i *Item) settle(e directory.Effect, version int64) {
	moved, stuck := e != directory.EffectUnchanged, len(i.Result.Conflicts) > 0
	switch {
	case moved && stuck:
		i.Result.Outcome = Partly
	case moved:
		i.Result.Outcome = Undone
	case stuck:
		i.Result.Outcome = Conflict
	default:
		i.Result.Outcome = Nothing
	}
	if moved {
		i.Result.Effect, i.Result.Version = e, version
	}
}
