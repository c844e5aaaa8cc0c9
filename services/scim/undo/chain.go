package undo

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/history"
)

// link is one version of a user or group: what changed by it.
type link struct {
	history.Record
	undone bool         // it is to be taken back
	after  history.Past // what it left; of a deleted group, no document
}

// chain are the versions of a user or group, in their order, from the first one that is taken back
// to the one that is there.
type chain struct {
	links  []link
	now    history.Past // what the last one left
	mine   *link        // the version by which this very job took them back; links end before it
	hidden bool         // a document is missing, so attributes are not known
}

var (
	// errUntold: the history does not have the last versions yet.
	errUntold = errors.New("the history is not complete yet")
	// errForgotten: the history does not have the versions any more.
	errForgotten = errors.New("the history is not complete")
)

const recordsAtOnce = 200

// records returns the records of a resource from a version on, in ascending order.
func (u *Undo) records(ctx context.Context, t directory.Tenant, of history.Resource, from int64) ([]history.Record, error) {
	var records []history.Record
	for below := int64(0); ; {
		page, err := u.History.Records(ctx, t, of, below, recordsAtOnce)
		if err != nil {
			return nil, fmt.Errorf("read the history: %w", err)
		}
		for _, r := range page {
			if r.Version < from {
				page = nil
				break
			}
			records = append(records, r)
		}
		if len(page) < recordsAtOnce {
			slices.Reverse(records)
			return records, nil
		}
		below = page[len(page)-1].Version
	}
}

// chainOf puts the records of a resource together. now is the version that is there; the zero Past
// if there is none, which is what the last record left then. mark is the Cause.Undo of this job.
func chainOf(records []history.Record, now history.Past, item Item, effects []directory.Effect, mark string) (chain, error) {
	var c chain
	isGroup := item.Resource.Type == history.Group
	if len(records) == 0 {
		return c, errForgotten
	}
	last := records[len(records)-1].Version
	if now.Version == 0 {
		now = history.Past{Version: last, Deleted: true}
	}
	switch {
	case records[0].Version != item.Versions[0]:
		return c, errForgotten
	case last != now.Version:
		return c, errUntold
	}
	for i, r := range records {
		if i > 0 && r.Version != records[i-1].Version+1 {
			return c, errForgotten
		}
		l := link{Record: r, after: now}
		if i+1 < len(records) {
			l.after = records[i+1].Before
			if l.after.Version == 0 { // the next one brought a group back
				l.after = history.Past{Version: r.Version, Deleted: true}
			}
		}
		if r.Cause.Undo == mark {
			c.mine = &l
			c.now = r.Before
			if c.now.Version == 0 {
				c.now = history.Past{Version: r.Version - 1, Deleted: true}
			}
			break
		}
		_, l.undone = slices.BinarySearch(item.Versions, r.Version)
		l.undone = l.undone && (len(effects) == 0 || slices.Contains(effects, l.effect()))
		c.links = append(c.links, l)
		c.now = l.after
	}
	for i := range c.links {
		l := &c.links[i]
		if isGroup && l.after.Deleted { // its attributes are what they were
			l.after.Document = l.Before.Document
		}
		c.hidden = c.hidden || l.Before.Version > 0 && l.Before.Document == nil
	}
	if isGroup && c.now.Deleted && len(c.links) > 0 {
		c.now.Document = c.links[len(c.links)-1].Before.Document
	}
	c.hidden = c.hidden || c.now.Document == nil
	return c, nil
}

// effect is what the version did, as the activity names it.
func (l link) effect() directory.Effect {
	switch is, was := l.after, l.Before; {
	case was.Version == 0 && l.Version == 1:
		return directory.EffectCreated
	case was.Version == 0:
		return directory.EffectRestored
	case is.Deleted && !was.Deleted:
		return directory.EffectDeleted
	case was.Deleted && !is.Deleted:
		return directory.EffectRestored
	case l.Resource.Type == history.Group:
		return directory.EffectUpdated
	case was.State.Enabled() && !is.State.Enabled():
		return directory.EffectDeactivated
	case !was.State.Enabled() && is.State.Enabled():
		return directory.EffectReactivated
	default:
		return directory.EffectUpdated
	}
}

// value is that of an attribute, if there is one.
type value struct {
	v  any
	ok bool
}

func sameValue(a, b value) bool { return a.ok == b.ok && (!a.ok || scim.EqualValues(a.v, b.v)) }

// attributes returns the steps of all attributes that the chain changes. What a resource was
// created with is its beginning, and no step.
func (c chain) attributes() steps[value] {
	s := steps[value]{}
	for _, l := range c.links {
		if l.Before.Version == 0 || l.Before.Document == nil || l.after.Document == nil {
			continue
		}
		was, left := directory.Attributes(l.Before.Document), directory.Attributes(l.after.Document)
		for _, path := range directory.Changed(l.Before.Document, l.after.Document) {
			before, had := was[path]
			after, has := left[path]
			s.add(path, value{before, had}, value{after, has}, l.undone, sameValue)
		}
	}
	return s
}
