package guard

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
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
	MostDecided = 100   // people by their ids at a time
	MaxNote     = 1_000 // bytes
	page        = 500   // people who are read at a time
)

// Decision is what an administrator decides about an open hold.
type Decision struct {
	Verdict Verdict            // Approved or Rejected
	People  []directory.UserID // none: all
	Note    string             // for people
	By      audit.Caller
}

// Decided is what became of one person.
type Decided struct {
	User  directory.UserID `json:"userId"`
	State HeldState        `json:"state"`
}

// Decide decides about all people of the hold, which is carried out behind the answer, or about
// some of them, which is carried out at once. Its errors are *scim.Error: 404 if the hold is not
// the latest one, or holds no such person, 409 if it was decided otherwise. What was decided before
// is no error.
func (w *Watch) Decide(ctx context.Context, org directory.Organisation, id string, d Decision) (Hold, []Decided, error) {
	hold, err := w.Find(ctx, org.Tenant, id)
	if err != nil {
		return Hold{}, nil, err
	}
	if hold.State != HoldOpen {
		if hold.Verdict != d.Verdict {
			return Hold{}, nil, scim.Errorf(http.StatusConflict, "", "The hold was %s before.", hold.Verdict)
		}
		if len(d.People) == 0 {
			return hold, nil, nil
		}
	}
	for _, user := range d.People {
		if held, err := w.deps.Holds.Held(ctx, org.Tenant, user); err != nil || held.Hold != id {
			if err == nil || errors.Is(err, directory.ErrNotFound) {
				return Hold{}, nil, scim.Errorf(http.StatusNotFound, "", "The hold has no person with the id %s.", scim.Quote(string(user)))
			}
			return Hold{}, nil, unreadable(err)
		}
	}
	if err := w.recordDecision(ctx, org.Tenant, hold, d); err != nil {
		return Hold{}, nil, err
	}
	if len(d.People) > 0 {
		results, err := w.decideSome(ctx, org, hold, d)
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

// recordDecision writes an administrator's decision into the audit, before it takes effect.
func (w *Watch) recordDecision(ctx context.Context, t directory.Tenant, hold Hold, d Decision) error {
	action, about := audit.ActionApprove, "hold "+hold.ID
	if d.Verdict == Rejected {
		action = audit.ActionReject
	}
	e := audit.New(w.deps.Now(), d.By, action, string(t))
	e.Changes = []audit.Change{{Member: about, Before: string(hold.State), After: string(d.Verdict)}}
	if n := len(d.People); n == 1 {
		e.UserID = string(d.People[0])
	} else if n > 1 {
		e.Changes[0].After += " for " + strconv.Itoa(n) + " people"
	}
	if err := w.deps.Audit.AppendAudit(ctx, e); err != nil {
		return scim.Errorf(http.StatusServiceUnavailable, "", "The organisation's audit cannot be written at the moment, and without it nothing is done. Try again.").Because(err)
	}
	return nil
}

// decideSome carries a decision about some people out.
func (w *Watch) decideSome(ctx context.Context, org directory.Organisation, hold Hold, d Decision) ([]Decided, error) {
	var results []Decided
	for _, user := range d.People {
		held, err := w.deps.Holds.Held(ctx, org.Tenant, user)
		if err == nil && held.State == Waiting {
			held.State, err = w.settle(ctx, org, hold, held, d.Verdict, d.By.Subject)
		}
		if err != nil {
			return nil, unreadable(err)
		}
		results = append(results, Decided{user, held.State})
	}
	return results, nil
}

// close ends a hold for what comes after it, and begins to carry a decision about all of it out.
func (w *Watch) close(ctx context.Context, t directory.Tenant, hold Hold, v Verdict, by, note string) (Hold, error) {
	hold.Version++
	hold.State, hold.Verdict, hold.Decided, hold.By, hold.Note = HoldDeciding, v, w.deps.Now().UTC().Truncate(time.Millisecond), by, note
	if v == Approved {
		counts, err := w.deps.Holds.CountHeld(ctx, t, hold.ID)
		if err != nil {
			return hold, err
		}
		hold.Allowed = counts[Waiting]
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

// carryOut settles all people of a decided hold who still wait. It can stop anywhere: the next
// round goes on.
func (w *Watch) carryOut(ctx context.Context, org directory.Organisation, hold Hold) error {
	after := directory.UserID("")
	for {
		some, err := w.deps.Holds.ListHeld(ctx, org.Tenant, hold.ID, Waiting, after, page)
		if err != nil {
			return err
		}
		for _, held := range some {
			if _, err := w.settle(ctx, org, hold, held, hold.Verdict, hold.By); err != nil {
				return err
			}
			after = held.User
		}
		if len(some) < page {
			break
		}
	}
	hold.Version++
	hold.State = HoldDecided
	return w.deps.Holds.PutHold(ctx, org.Tenant, hold)
}

// settle carries a verdict about one person out, and returns what became of it. A process that is
// killed in between has changed the person at most: whoever goes on finds nothing to change.
func (w *Watch) settle(ctx context.Context, org directory.Organisation, hold Hold, held Held, v Verdict, actor string) (HeldState, error) {
	to := map[Verdict]HeldState{Approved: HeldApplied, Rejected: HeldRejected, Dropped: HeldDropped}[v]
	if v == Approved {
		if err := w.apply(ctx, org, held, actor); err != nil {
			return "", err
		}
	}
	settled, err := w.deps.Holds.Settle(ctx, org.Tenant, hold.ID, held.User, to, w.deps.Now().UTC().Truncate(time.Millisecond))
	if settled {
		w.deps.Count(ctx, outcomeOf(to), 1)
	}
	return to, err
}

// outcomeOf is how a state is counted.
func outcomeOf(s HeldState) Outcome { return Outcome(s) }

// apply makes the change that was held, as an ordinary change of the person by who decided.
func (w *Watch) apply(ctx context.Context, org directory.Organisation, held Held, actor string) error {
	made := &directory.Change{Wish: true, Cause: directory.Cause{RequestID: held.RequestID, By: string(activity.VoiceAdministrator), Actor: actor}}
	by := activity.Request{
		RequestID: held.RequestID, By: activity.VoiceAdministrator, Actor: actor, Method: http.MethodPatch,
		Resource: activity.Resource{Type: org.Schemas.User.Name, ID: string(held.User)},
	}
	var err error
	if held.Wanted == directory.EffectDeleted {
		by.Method = http.MethodDelete
		err = w.deps.Users.Delete(ctx, org, held.User, made)
	} else {
		_, err = w.deps.Users.Patch(ctx, org, held.User, deactivation(), made)
	}
	if gone, ok := errors.AsType[*scim.Error](err); ok && gone.Status == http.StatusNotFound {
		return nil // there is nothing left to do
	}
	if err != nil || made.Effect == directory.EffectUnchanged {
		return err
	}
	return w.deps.Activity.Record(ctx, org, by, made)
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

// returned drops what is held of a person who the identity provider says is active, and what was
// rejected: that the person leaves is then a new wish.
func (w *Watch) returned(ctx context.Context, t directory.Tenant, user directory.UserID) error {
	held, err := w.deps.Holds.Held(ctx, t, user)
	switch {
	case errors.Is(err, directory.ErrNotFound):
		return nil
	case err != nil:
		return err
	case held.State == HeldRejected:
		held.State = HeldDropped
		return w.deps.Holds.Keep(ctx, t, held)
	case held.State != Waiting:
		return nil
	}
	dropped, err := w.deps.Holds.Settle(ctx, t, held.Hold, user, HeldDropped, w.deps.Now().UTC().Truncate(time.Millisecond))
	if dropped {
		w.deps.Count(ctx, outcomeOf(HeldDropped), 1)
	}
	return err
}
