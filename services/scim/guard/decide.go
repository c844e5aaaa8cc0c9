package guard

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/patch"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// Bounds of a decision.
const (
	MostDecided = 100   // changes by their ids at a time
	MaxNote     = 1_000 // bytes
	page        = 500   // changes that are read at a time, and members who leave a group in one version
)

// Decision is what an administrator decides about an open hold.
type Decision struct {
	Verdict Verdict // Approved or Rejected
	// Changes are ids of what is held; that of a group is all that is held of it. None: all.
	Changes []HeldID
	Note    string // for people
	By      audit.Caller
}

// Decided is what became of one of the changes of a Decision.
type Decided struct {
	ID    HeldID            `json:"id"`
	Group directory.GroupID `json:"groupId,omitempty"`
	User  directory.UserID  `json:"userId,omitempty"` // "": all that was held of the group
	State HeldState         `json:"state"`
}

// Decide decides about all of the hold, which is carried out behind the answer, or about some
// changes, which is carried out at once. Its errors are *scim.Error: 404 if the hold is not the
// latest one, or holds no such change, 409 if it was decided otherwise. What was decided before is
// no error.
func (w *Watch) Decide(ctx context.Context, org directory.Organisation, id string, d Decision) (Hold, []Decided, error) {
	hold, err := w.Find(ctx, org.Tenant, id)
	if err != nil {
		return Hold{}, nil, err
	}
	if hold.State != HoldOpen {
		if hold.Verdict != d.Verdict {
			return Hold{}, nil, scim.Errorf(http.StatusConflict, "", "The hold was %s before.", hold.Verdict)
		}
		if len(d.Changes) == 0 {
			return hold, nil, nil
		}
	}
	named := make([][]Held, len(d.Changes))
	for i, change := range d.Changes {
		if named[i], err = w.named(ctx, org.Tenant, id, change); err != nil {
			return Hold{}, nil, unreadable(err)
		}
	}
	if err := w.recordDecision(ctx, org.Tenant, hold, d); err != nil {
		return Hold{}, nil, err
	}
	if len(d.Changes) > 0 {
		results, err := w.decideSome(ctx, org, hold, d, named)
		return hold, results, err
	}
	hold, err = w.close(ctx, org.Tenant, hold, d.Verdict, d.By.Subject, d.Note)
	if errors.Is(err, directory.ErrVersionConflict) {
		return Hold{}, nil, scim.Errorf(http.StatusConflict, "", "Somebody else decided about the hold at the same time. Look at it again.")
	}
	if err != nil {
		return Hold{}, nil, unreadable(err)
	}
	w.awake()
	return hold, nil, nil
}

// named returns what the hold has under the id: one Held, or all of a group. Its error is 404 if
// there is nothing.
func (w *Watch) named(ctx context.Context, t directory.Tenant, hold string, id HeldID) ([]Held, error) {
	held, err := w.deps.Holds.Held(ctx, t, id)
	if err == nil && held.Hold == hold {
		return []Held{held}, nil
	}
	if err != nil && !errors.Is(err, directory.ErrNotFound) {
		return nil, err
	}
	of, err := w.deps.Holds.HeldOf(ctx, t, directory.GroupID(id))
	of = slices.DeleteFunc(of, func(h Held) bool { return h.Hold != hold })
	if err == nil && len(of) == 0 {
		err = scim.Errorf(http.StatusNotFound, "", "The hold has no person or group with the id %s.", scim.Quote(string(id)))
	}
	return of, err
}

// recordDecision writes an administrator's decision into the audit, before it takes effect.
func (w *Watch) recordDecision(ctx context.Context, t directory.Tenant, hold Hold, d Decision) error {
	action, about := audit.ActionApprove, "hold "+hold.ID
	if d.Verdict == Rejected {
		action = audit.ActionReject
	}
	e := audit.New(w.deps.Now(), d.By, action, string(t))
	e.Changes = []audit.Change{{Member: about, Before: string(hold.State), After: string(d.Verdict)}}
	switch {
	case len(d.Changes) > 1:
		e.Changes[0].After += " for " + strconv.Itoa(len(d.Changes)) + " changes"
	case len(d.Changes) == 1:
		group, user, ofGroup := strings.Cut(string(d.Changes[0]), "/")
		if ofGroup {
			e.Changes[0].After += " for group " + group
		} else {
			user = group
		}
		e.UserID = user
	}
	if err := w.deps.Audit.AppendAudit(ctx, e); err != nil {
		return scim.Errorf(http.StatusServiceUnavailable, "", "The organisation's audit cannot be written at the moment, and without it nothing is done. Try again.").Because(err)
	}
	return nil
}

// decideSome carries a decision about some changes out; named is what is held of each.
func (w *Watch) decideSome(ctx context.Context, org directory.Organisation, hold Hold, d Decision, named [][]Held) ([]Decided, error) {
	var results []Decided
	for i, held := range named {
		result := Decided{ID: d.Changes[i], Group: held[0].Group, User: held[0].User, State: held[0].State}
		if len(held) > 1 {
			result.User = ""
		}
		waiting := slices.DeleteFunc(held, func(h Held) bool { return h.State != Waiting })
		if len(waiting) > 0 {
			var err error
			if result.State, err = w.settle(ctx, org, hold, waiting, d.Verdict, d.By.Subject); err != nil {
				return nil, unreadable(err)
			}
		}
		results = append(results, result)
	}
	return results, nil
}

// close ends a hold for what comes after it, and begins to carry a decision about all of it out.
func (w *Watch) close(ctx context.Context, t directory.Tenant, hold Hold, v Verdict, by, note string) (Hold, error) {
	hold.Version++
	hold.State, hold.Verdict, hold.Decided, hold.By, hold.Note = HoldDeciding, v, w.now(), by, note
	if v == Approved {
		counts, err := w.deps.Holds.CountHeld(ctx, t, hold.ID)
		if err != nil {
			return hold, err
		}
		hold.Allowed = counts[KindPerson][Waiting]
	}
	return hold, w.deps.Holds.PutHold(ctx, t, hold)
}

// Tend carries out what was decided and what a process that was killed has left undone, and decides
// what nobody has decided in time. An organisation that fails does not delay the others.
func (w *Watch) Tend(ctx context.Context) error {
	tenants, err := w.deps.Holds.Unfinished(ctx)
	if err != nil {
		return fmt.Errorf("list open holds: %w", err)
	}
	var errs []error
	for _, t := range tenants {
		if err := w.tend(ctx, t); err != nil && !errors.Is(err, directory.ErrVersionConflict) { // another process was first
			errs = append(errs, fmt.Errorf("hold of organisation %s: %w", t, err))
		}
	}
	return errors.Join(append(errs, w.deps.Holds.PruneHeld(ctx, w.deps.Now()))...)
}

func (w *Watch) tend(ctx context.Context, t directory.Tenant) error {
	hold, err := w.deps.Holds.Hold(ctx, t)
	if err != nil {
		return err
	}
	org, enabled, err := w.deps.Organisation(ctx, t)
	if err != nil {
		return err
	}
	if hold.State == HoldOpen {
		undecided := org.Guard.Effective().Undecided
		wanted, lookup := w.stillWanted(ctx, org, enabled, hold)
		switch {
		case lookup != nil:
			return lookup
		case !wanted:
			hold, err = w.overrule(ctx, t, hold, Dropped)
		case w.deps.Now().Sub(hold.Opened) < time.Duration(undecided.Hours)*time.Hour:
			return nil
		case undecided.Then == terms.ThenDrop:
			hold, err = w.overrule(ctx, t, hold, Dropped)
		default:
			hold, err = w.overrule(ctx, t, hold, Approved)
		}
		if err != nil {
			return err
		}
	}
	if hold.State != HoldDeciding {
		return nil
	}
	return w.carryOut(ctx, org, hold)
}

// stillWanted reports whether the organisation still has people held as it had when the hold was
// opened: in the mode hold, and without SCIM having been disabled meanwhile.
func (w *Watch) stillWanted(ctx context.Context, org directory.Organisation, enabled bool, hold Hold) (bool, error) {
	if !enabled || org.Guard.Effective().Mode != terms.GuardHold {
		return false, nil
	}
	since, err := w.deps.Since(ctx, org.Tenant)
	return !since.After(hold.Opened), err
}

// overrule decides in the place of an administrator.
func (w *Watch) overrule(ctx context.Context, t directory.Tenant, hold Hold, v Verdict) (Hold, error) {
	e := audit.New(w.deps.Now(), audit.Caller{}, audit.ActionExpired, string(t))
	e.Result, e.Once = audit.ResultNoted, "guard/"+hold.ID+"/expired"
	e.Changes = []audit.Change{{Member: "hold " + hold.ID, Before: string(hold.State), After: string(v)}}
	if err := w.deps.Audit.AppendAudit(ctx, e); err != nil && !errors.Is(err, audit.ErrTold) {
		return hold, err
	}
	return w.close(ctx, t, hold, v, "", "")
}

// carryOut settles all that still waits in a decided hold. It can stop anywhere: the next round
// goes on.
func (w *Watch) carryOut(ctx context.Context, org directory.Organisation, hold Hold) error {
	after := HeldID("")
	for {
		some, err := w.deps.Holds.ListHeld(ctx, org.Tenant, hold.ID, Waiting, after, page)
		if err != nil {
			return err
		}
		if len(some) > 0 {
			if _, err := w.settle(ctx, org, hold, some, hold.Verdict, hold.By); err != nil {
				return err
			}
			after = some[len(some)-1].ID()
		}
		if len(some) < page {
			break
		}
	}
	hold.Version++
	hold.State = HoldDecided
	return w.deps.Holds.PutHold(ctx, org.Tenant, hold)
}

// settle carries a verdict about what waits in a hold out, and returns what became of it. A process
// that is killed in between has changed a person or a group at most: whoever goes on finds nothing
// to change.
func (w *Watch) settle(ctx context.Context, org directory.Organisation, hold Hold, waiting []Held, v Verdict, actor string) (HeldState, error) {
	to := map[Verdict]HeldState{Approved: HeldApplied, Rejected: HeldRejected, Dropped: HeldDropped}[v]
	for len(waiting) > 0 {
		some := waiting[:together(waiting)]
		waiting = waiting[len(some):]
		if v == Approved {
			if err := w.apply(ctx, org, some, actor); err != nil {
				return "", err
			}
		}
		if err := w.settled(ctx, org.Tenant, hold.ID, some, to); err != nil {
			return "", err
		}
	}
	return to, nil
}

// settled notes what became of what waited in a hold.
func (w *Watch) settled(ctx context.Context, t directory.Tenant, hold string, held []Held, to HeldState) error {
	n, err := w.deps.Holds.Settle(ctx, t, hold, idsOf(held), to, w.now())
	w.deps.Count(ctx, Outcome(to), n)
	return err
}

// together returns how many of those at the beginning of held are made one change: one person, one
// group, or members of one group.
func together(held []Held) int {
	n := 1
	for held[0].Kind() == KindMember && n < min(len(held), page) && held[n].Group == held[0].Group && held[n].Kind() == KindMember {
		n++
	}
	return n
}

// apply makes the change that was held, see together, as an ordinary change by who decided.
func (w *Watch) apply(ctx context.Context, org directory.Organisation, held []Held, actor string) error {
	first := held[0]
	made := &directory.Change{Wish: true, Cause: directory.Cause{RequestID: first.RequestID, By: string(activity.VoiceAdministrator), Actor: actor}}
	by := activity.Request{
		RequestID: first.RequestID, By: activity.VoiceAdministrator, Actor: actor, Method: http.MethodPatch,
		Resource: activity.Resource{Type: org.Schemas.User.Name, ID: string(first.User)},
	}
	if first.Group != "" {
		by.Resource = activity.Resource{Type: org.Schemas.Group.Name, ID: string(first.Group)}
	}
	if first.Wanted == directory.EffectDeleted {
		by.Method = http.MethodDelete
	}
	var err error
	switch {
	case first.Kind() == KindMember:
		_, err = w.deps.Groups.Remove(ctx, org, first.Group, usersOf(held), made)
	case first.Kind() == KindGroup:
		err = w.deps.Groups.Delete(ctx, org, first.Group, made)
	case first.Wanted == directory.EffectDeleted:
		err = w.deps.Users.Delete(ctx, org, first.User, made)
	default:
		_, err = w.deps.Users.Patch(ctx, org, first.User, deactivation(), made)
	}
	if gone, ok := errors.AsType[*scim.Error](err); ok && gone.Status == http.StatusNotFound {
		return nil // there is nothing left to do
	}
	if err != nil || made.Effect == directory.EffectUnchanged {
		return err
	}
	return w.deps.Activity.Record(ctx, org, by, made)
}

func usersOf(held []Held) []directory.UserID {
	users := make([]directory.UserID, len(held))
	for i, h := range held {
		users[i] = h.User
	}
	return users
}

// deactivation is the PATCH that deactivates a user.
func deactivation() patch.Request {
	req, err := patch.Decode(scim.NewDocument(
		"schemas", []any{scim.PatchOpSchema},
		"Operations", []any{scim.NewDocument("op", "replace", "path", "active", "value", false)},
	), &scim.Tolerance{})
	if err != nil {
		panic(err) // it is the same every time
	}
	return req
}

// Find returns the latest hold of the organisation if it has this id. Its errors are *scim.Error.
func (w *Watch) Find(ctx context.Context, t directory.Tenant, id string) (Hold, error) {
	hold, err := w.deps.Holds.Hold(ctx, t)
	switch {
	case errors.Is(err, directory.ErrNotFound), err == nil && hold.ID != id:
		return Hold{}, scim.Errorf(http.StatusNotFound, "", "The guard has no hold with the id %s. It has one at a time, and forgets it with the next.", scim.Quote(id))
	case err != nil:
		return Hold{}, unreadable(err)
	}
	return hold, nil
}

func unreadable(err error) error {
	if refusal, ok := errors.AsType[*scim.Error](err); ok {
		return refusal
	}
	return scim.Errorf(http.StatusServiceUnavailable, "", "The organisation's guard cannot be read or written at the moment. Try again.").Because(err)
}
