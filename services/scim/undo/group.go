package undo

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/devrev/scim/services/internal/sets"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/history"
)

// mostNamed is how many members a Result names.
const mostNamed = 100

// groupAim is what a group is to be.
type groupAim struct {
	aim

	back  bool // it is gone and comes back
	delta directory.MemberDelta
}

// exists reports whether there is a group.
func exists(p history.Past) bool { return p.Version > 0 && !p.Deleted }

func sameBool(a, b bool) bool { return a == b }

// groupAimOf decides what of a group goes back. A group that was created stays, without the members
// that it got.
func groupAimOf(j Job, c chain, name held) groupAim {
	a := groupAim{aim: aim{attributes: map[string]value{}}}
	is := exists(c.now)
	if !is {
		a.life = deleted
		lives := steps[bool]{}
		for _, l := range c.links {
			if l.Before.Version > 0 {
				lives.add("", true, exists(l.after), l.undone, sameBool)
			} else {
				lives.add("", false, true, false, sameBool)
			}
		}
		becomes, _ := fold(false, lives[""], sameBool)
		switch {
		case !becomes || !j.wants(States):
			return a
		case c.now.Document == nil:
			a.result.Hidden = true
			a.result.Conflicts = []Clash{{What: States, Is: text(deleted), Why: "The organisation hides values, so what the group was called is not known."}}
			return a
		case name.is:
			a.result.Conflicts = []Clash{{What: States, Is: text(deleted), Holder: name.by, Why: "Another group has the name now. Rename that one first."}}
			return a
		}
		a.back, a.life = true, there
		a.result.State = Transition{deleted, there}
	}
	switch {
	case !j.wants(Attributes):
	case c.hidden:
		a.result.Hidden = true
	default:
		a.differ(c, name, "displayName", "Another group has the name now. Rename that one first.")
	}
	if j.wants(Members) {
		a.delta = moved(c)
	}
	return a
}

// moved returns which memberships go back.
func moved(c chain) (d directory.MemberDelta) {
	all := steps[bool]{}
	for _, l := range c.links {
		for _, id := range l.Members.Added {
			all.add(string(id), false, true, l.undone, sameBool)
		}
		for _, id := range l.Members.Removed {
			all.add(string(id), true, false, l.undone, sameBool)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(all)) {
		if !all.touched(id) {
			continue
		}
		is := all[id][len(all[id])-1].left
		switch becomes, _ := fold(is, all[id], sameBool); { // of two values none can clash
		case becomes && !is:
			d.Add = append(d.Add, directory.UserID(id))
		case is && !becomes:
			d.Remove = append(d.Remove, directory.UserID(id))
		}
	}
	return d
}

// of returns what g is to be, and who comes and goes; now is what the chain ends with.
func (a groupAim) of(g directory.Group, id directory.GroupID, c chain, created time.Time) (directory.Group, directory.MemberDelta) {
	switch {
	case g.ID == "" && !a.back:
		return directory.Group{}, directory.MemberDelta{}
	case g.ID == "":
		g = directory.Group{ID: id, Version: c.now.Version + 1, Document: c.now.Document, Created: created}
	}
	if len(a.attributes) > 0 {
		g.Document = a.document(g.Document)
	}
	return g, a.delta
}

// group takes a group back, and returns the change that this was.
func (r *run) group(ctx context.Context, item *Item) (*directory.Change, error) {
	id, mark := directory.GroupID(item.Resource.ID), r.job.ID+"/"+item.Resource.ID
	var name held
	for tried := 0; ; tried++ {
		g, err := r.u.Directory.Group(ctx, r.org.Tenant, id, false)
		if err != nil && !errors.Is(err, directory.ErrNotFound) {
			return nil, unavailable(err)
		}
		c, err := r.chain(ctx, item, history.Past{Version: g.Version, Document: g.Document}, mark, tried)
		if errors.Is(err, errUntold) {
			continue
		}
		if err != nil || c == nil {
			return nil, err
		}
		if c.mine != nil && c.mine.after.Document != nil {
			v, ok := groupAimOf(r.job, *c, held{}).attributes["displayName"]
			name.is = ok && exists(c.now) && c.mine.after.Document.String("displayName") != v.v
		}
		a := groupAimOf(r.job, *c, name)
		item.Result = a.result
		if c.now.Document != nil {
			item.Result.Name = c.now.Document.String("displayName")
		}
		var made *directory.Change
		version := int64(0)
		if c.mine != nil {
			made, version = r.repeated(*c, a), c.mine.Version
		} else {
			made = r.change(mark)
			stored, err := r.groups.Revert(ctx, r.org, id, made, func(now directory.Group) (directory.Group, directory.MemberDelta, error) {
				if !r.job.DryRun && now.Version != g.Version {
					return now, directory.MemberDelta{}, errUntold
				}
				next, delta := a.of(now, id, *c, r.now())
				return next, delta, nil
			})
			if err != nil {
				again, err := r.hindered(item, &name, tried, err)
				if again {
					continue
				}
				return nil, err
			}
			version = stored.Version
		}
		item.tellMembers(made)
		item.settle(made.Effect, version)
		return made, nil
	}
}

// repeated is the change by which c was taken back before a crash.
func (r *run) repeated(c chain, a groupAim) *directory.Change {
	made := r.change("")
	made.Effect, made.Members = directory.EffectUpdated, c.mine.Members
	made.Before = directory.Snapshot{Document: c.mine.Before.Document}
	made.After = directory.Snapshot{Document: c.mine.after.Document}
	if !exists(c.now) {
		made.Effect = directory.EffectRestored
	}
	added := sets.Of(c.mine.Members.Added)
	for _, user := range a.delta.Add {
		if !added[user] {
			made.Skipped = append(made.Skipped, user)
		}
	}
	return made
}

// tellMembers notes who came back and who went, and who cannot come back.
func (i *Item) tellMembers(made *directory.Change) {
	i.Result.MembersIn, i.Result.MembersOut = len(made.Members.Added), len(made.Members.Removed)
	i.Result.Added = slices.Sorted(slices.Values(made.Members.Added))
	i.Result.Removed = slices.Sorted(slices.Values(made.Members.Removed))
	i.Result.Added = i.Result.Added[:min(len(i.Result.Added), mostNamed)]
	i.Result.Removed = i.Result.Removed[:min(len(i.Result.Removed), mostNamed)]
	for _, user := range made.Skipped[:min(len(made.Skipped), mostNamed)] {
		i.Result.Conflicts = append(i.Result.Conflicts, Clash{
			What: Members, User: string(user), Why: "The person is deleted, and joins the group only after coming back.",
		})
	}
}
