package guard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

const (
	// RetryAfter is when a client that was held may ask again. Okta doubles it with each 429 of a
	// series, up to ten attempts.
	RetryAfter = 5 * time.Minute
	// youngFor is how long after SCIM was enabled the guard only observes: the first push of an
	// organisation corrects what others had created.
	youngFor = 24 * time.Hour
	// MostMembers is how many members of a group one request has held. Those beyond it the identity
	// provider asks for again.
	MostMembers = 10_000
)

// Wish is that a person who is enabled be deactivated or deleted or, with a Group, that members
// leave it: all of them if it is to be deleted.
type Wish struct {
	User       directory.UserID // "" with a Group
	Group      directory.GroupID
	Wanted     directory.Effect   // deactivated or deleted, or Removed of members
	Privileged bool               // the group is
	Members    []directory.UserID // whom the request says to be members of the group
	// Leaving returns who leaves the group.
	Leaving func(context.Context) (directory.Leaving, error)
	// Counted is how many of those who leave were counted when the guard was asked before about the
	// same request, whose change started over; Admit keeps it. nil: it was not asked.
	Counted *int
}

// WishOf returns the wish of a change that is about to be stored, and reports whether it has one.
func WishOf(org directory.Organisation, of activity.Resource, c *directory.Change) (Wish, bool) {
	if of.Type == org.Schemas.Group.Name {
		wish := Wish{Group: directory.GroupID(of.ID), Wanted: Removed, Privileged: c.Privileged, Members: c.SaysMembers, Leaving: c.Leaving}
		if c.Effect == directory.EffectDeleted {
			wish.Wanted = directory.EffectDeleted
		}
		return wish, true
	}
	return Wish{User: directory.UserID(of.ID), Wanted: c.Effect}, c.Before.State.Enabled() && !c.After.State.Enabled()
}

// mayBeHeld reports whether the organisation has such wishes of the client held.
func (wish Wish) mayBeHeld(g terms.Guard, client string) bool {
	if wish.Group != "" {
		return g.HoldsMembers(client, wish.Privileged)
	}
	return g.ModeFor(client) == terms.GuardHold
}

// departing is a Wish and all that is known of it.
type departing struct {
	Wish
	directory.Leaving // of a person: who it is

	org  directory.Organisation
	by   activity.Request
	kept map[HeldID]Held // of the person, or of the group and its members
	now  time.Time
}

func (d departing) subject() subject { return subject{d.org.Tenant, d.Group} }

// wants returns what would be held: whom it is about, and what is wanted.
func (d departing) wants() []Held {
	if d.Wanted != Removed {
		return []Held{{Group: d.Group, User: d.User, Wanted: d.Wanted}}
	}
	members := d.Leave[:min(len(d.Leave), MostMembers)]
	wants := make([]Held, len(members))
	for i, user := range members {
		wants[i] = Held{Group: d.Group, User: user, Wanted: Removed}
	}
	return wants
}

// Admit has the wish of a request pass, or holds it back: the error is then a *scim.Error of 429,
// or of 403 if it was rejected before. It is asked before the change is stored. tag is the
// organisation's.
func (w *Watch) Admit(ctx context.Context, org directory.Organisation, tag string, by activity.Request, wish Wish) error {
	if !wish.mayBeHeld(org.Guard, by.Client) {
		return nil
	}
	d, err := w.look(ctx, org, by, wish)
	if err != nil || len(d.Leave) == 0 {
		return err
	}
	if err := d.rejected(); err != nil {
		w.deps.Count(ctx, RefusedAgain, len(d.Leave))
		return err
	}
	for { // until a hold of another process is not in the way
		last, err := w.latest(ctx, org.Tenant)
		if err != nil {
			return err
		}
		if d.waitIn(last) {
			return w.hold(ctx, d, last)
		}
		next, err := w.empties(ctx, d, last)
		if err == nil && next == nil {
			next, err = w.exceeded(ctx, d, tag, last)
		}
		if err != nil || next == nil {
			return err
		}
		if last.State == HoldOpen {
			return w.hold(ctx, d, next.within(last))
		}
		err = w.deps.Holds.PutHold(ctx, org.Tenant, *next)
		if errors.Is(err, directory.ErrVersionConflict) {
			continue
		}
		if err != nil {
			return err
		}
		w.deps.Count(ctx, Opened, 1)
		return w.hold(ctx, d, *next)
	}
}

// look finds out who leaves by the wish, and what is kept of them.
func (w *Watch) look(ctx context.Context, org directory.Organisation, by activity.Request, wish Wish) (departing, error) {
	wish.Counted = cmp.Or(wish.Counted, new(int))
	d := departing{Wish: wish, Leaving: directory.Leaving{Leave: []directory.UserID{wish.User}}, org: org, by: by, now: w.now()}
	if wish.Group == "" {
		held, err := w.deps.Holds.Held(ctx, org.Tenant, HeldPerson(wish.User))
		if err != nil && !errors.Is(err, directory.ErrNotFound) {
			return departing{}, err
		}
		d.kept = map[HeldID]Held{held.ID(): held}
		return d, nil
	}
	var err error
	if d.Leaving, err = wish.Leaving(ctx); err != nil || len(d.Leave) == 0 {
		return d, err
	}
	slices.Sort(d.Leave) // whoever is beyond a bound is so each time
	if err := w.takenBack(ctx, org.Tenant, wish.Group, wish.Wanted != directory.EffectDeleted, wish.Members); err != nil {
		return departing{}, err
	}
	held, err := w.deps.Holds.HeldOf(ctx, org.Tenant, wish.Group)
	d.kept = make(map[HeldID]Held, len(held))
	for _, h := range held {
		d.kept[h.ID()] = h
	}
	return d, err
}

// rejected returns an error of 403 if the wish, or a part of it, was rejected.
func (d departing) rejected() error {
	for _, want := range d.wants() {
		held := d.kept[want.ID()]
		if held.State != HeldRejected || held.Wanted != want.Wanted || d.now.Sub(held.Decided) >= HeldFor {
			continue
		}
		remedy := "Assign the person again in the identity provider, or have the administrator deactivate them."
		if d.Group != "" {
			remedy = "Add the members to the group again in the identity provider, or push the group again if it was deleted there."
		}
		return scim.Errorf(http.StatusForbidden, "", "An administrator rejected this change in DevRev on %s. %s", held.Decided.Format("2 January 2006"), remedy)
	}
	return nil
}

// latest returns the organisation's latest hold, zero if there was none. While a decision is
// carried out, the error asks to repeat the request.
func (w *Watch) latest(ctx context.Context, t directory.Tenant) (Hold, error) {
	hold, err := w.deps.Holds.Hold(ctx, t)
	switch {
	case err != nil && !errors.Is(err, directory.ErrNotFound):
		return Hold{}, err
	case hold.State == HoldDeciding:
		return Hold{}, scim.Errorf(http.StatusTooManyRequests, "", "DevRev is carrying out what an administrator decided about earlier changes (hold %s). Repeat the request.", hold.ID).Later(RetryAfter)
	}
	return hold, nil
}

// waitIn reports whether d is held whatever is counted: every person while a hold is open that was
// opened because of people, and every member of a group of which it keeps something.
func (d departing) waitIn(h Hold) bool {
	if h.State != HoldOpen {
		return false
	}
	if d.Group == "" {
		return h.Group == ""
	}
	for _, held := range d.kept {
		if held.Hold == h.ID && held.State == Waiting {
			return true
		}
	}
	return false
}

// within returns the open hold, for the reason of h.
func (h Hold) within(open Hold) Hold {
	h.ID, h.Version = open.ID, open.Version
	return h
}

// following returns the hold that comes after last.
func (w *Watch) following(last Hold, now time.Time) *Hold {
	return &Hold{ID: w.newID(), Version: last.Version + 1, State: HoldOpen, Opened: now}
}

// hold adds the wish to an open hold, and answers the request.
func (w *Watch) hold(ctx context.Context, d departing, in Hold) error {
	var added []Held
	for _, want := range d.wants() {
		held := d.kept[want.ID()]
		if held.State == Waiting && held.Hold == in.ID && held.Wanted == want.Wanted {
			continue
		}
		want.Hold, want.State, want.At = in.ID, Waiting, d.now
		want.RequestID, want.TokenID, want.Client = d.by.RequestID, d.by.TokenID, d.by.Client
		added = append(added, want)
	}
	if len(added) > 0 {
		if err := w.deps.Holds.Keep(ctx, d.org.Tenant, added...); err != nil {
			return err
		}
		w.deps.Count(ctx, HeldBack, len(added))
		if err := w.stillHeld(ctx, d.org.Tenant, added, in); err != nil {
			return err
		}
	}
	if err := w.tellHeld(ctx, d.org.Tenant, d.by, in); err != nil {
		return fmt.Errorf("record a hold in the audit: %w: %w", directory.ErrUnavailable, err)
	}
	return heldBack(d.Group, in)
}

// heldBack is the answer to a request that the hold keeps; group is the one that members were to
// leave.
func heldBack(group directory.GroupID, in Hold) *scim.Error {
	var why string
	switch {
	case group != "" && in.Group != group:
		why = fmt.Sprintf("earlier changes of the members of group %s wait for a decision", group)
	case in.Group != "" && in.Limit == terms.Mass{}:
		why = fmt.Sprintf("no enabled person would be left in the privileged group %s", in.Group)
	case in.Group != "":
		why = fmt.Sprintf("more than %d of %d members were to leave the group %s within %d minutes", in.beyond(), in.Of, in.Group, in.Limit.Minutes)
	default:
		why = fmt.Sprintf("more than %d of %d people were to be deactivated or deleted within %d minutes", in.beyond(), in.Of, in.Limit.Minutes)
	}
	return scim.Errorf(http.StatusTooManyRequests, "", "DevRev holds this change back: %s. An administrator decides in DevRev under Security > Guard (hold %s).", why, in.ID).Later(RetryAfter)
}

// beyond is how many were within the limit.
func (h Hold) beyond() int { return max(h.Limit.Count, h.Limit.Percent*h.Of/100) }

// stillHeld lets go of what was added to a hold that was decided meanwhile: who carries the
// decision out may have passed by already. The identity provider repeats the request.
func (w *Watch) stillHeld(ctx context.Context, t directory.Tenant, added []Held, in Hold) error {
	now, err := w.deps.Holds.Hold(ctx, t)
	if err == nil && now.Version != in.Version {
		_, err = w.deps.Holds.Settle(ctx, t, in.ID, idsOf(added), HeldDropped, w.now())
	}
	return err
}

func idsOf(held []Held) []HeldID {
	ids := make([]HeldID, len(held))
	for i, h := range held {
		ids[i] = h.ID()
	}
	return ids
}
