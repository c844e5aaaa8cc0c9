package guard

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/services/internal/audit"
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
	// few is below how many enabled people a percentage says nothing; fewCount is the limit there.
	few, fewCount = 10, 10
)

// Wish is that a person who is enabled be deactivated or deleted.
type Wish struct {
	User   directory.UserID
	Wanted directory.Effect
}

// Admit has the wish of a request pass, or holds it back: the error is then a *scim.Error of 429,
// or of 403 if it was rejected before. It is asked before the change is stored. tag is the
// organisation's.
func (w *Watch) Admit(ctx context.Context, org directory.Organisation, tag string, by activity.Request, wish Wish) error {
	if org.Guard.ModeFor(by.Client) != terms.GuardHold {
		return nil
	}
	now := w.deps.Now().UTC().Truncate(time.Millisecond)
	held, err := w.rejected(ctx, org, wish, now)
	if err != nil {
		if held.State == HeldRejected {
			w.deps.Count(ctx, RefusedAgain, 1)
		}
		return err
	}
	for { // until a hold of another process is not in the way
		hold, err := w.latest(ctx, org.Tenant)
		if err != nil {
			return err
		}
		if hold.holdsEverybody() {
			return w.hold(ctx, org, by, wish, held, hold, now)
		}
		next, err := w.empties(ctx, org, wish, hold, now)
		if err == nil && next == nil {
			next, err = w.exceeded(ctx, org, tag, by, hold, now)
		}
		if err != nil || next == nil {
			return err
		}
		if hold.State == HoldOpen {
			return w.hold(ctx, org, by, wish, held, next.within(hold), now)
		}
		err = w.deps.Holds.PutHold(ctx, org.Tenant, *next)
		if errors.Is(err, directory.ErrVersionConflict) {
			continue
		}
		if err != nil {
			return err
		}
		w.deps.Count(ctx, Opened, 1)
		return w.hold(ctx, org, by, wish, held, *next, now)
	}
}

// WouldAdmit is what Admit would return, after already others who have passed. It changes and
// counts nothing.
func (w *Watch) WouldAdmit(ctx context.Context, org directory.Organisation, by activity.Request, wish Wish, already int) error {
	if org.Guard.ModeFor(by.Client) != terms.GuardHold {
		return nil
	}
	now := w.deps.Now().UTC().Truncate(time.Millisecond)
	if _, err := w.rejected(ctx, org, wish, now); err != nil {
		return err
	}
	hold, err := w.latest(ctx, org.Tenant)
	if err != nil {
		return err
	}
	if hold.holdsEverybody() {
		return heldBack(hold)
	}
	next, err := w.empties(ctx, org, wish, hold, now)
	if err == nil && next == nil {
		limit := org.Guard.Effective().People
		var tag string
		if tag, err = w.deps.Tag(ctx, org.Tenant); err != nil {
			return fmt.Errorf("find the organisation: %w: %w", directory.ErrUnavailable, err)
		}
		left, uncounted := w.deps.Counter.CountLeft(ctx, tag, people, 0, window(limit), now)
		if uncounted != nil {
			return nil //nolint:nilerr // it passes, as it does in Admit
		}
		next, err = w.beyond(ctx, org, hold, left+already+1, now)
	}
	switch {
	case err != nil || next == nil || next.ID == "":
		return err
	case hold.State == HoldOpen:
		return heldBack(next.within(hold))
	}
	next.ID = "(new)"
	return heldBack(*next)
}

// rejected returns what is kept of the person, and an error of 403 if the wish was rejected.
func (w *Watch) rejected(ctx context.Context, org directory.Organisation, wish Wish, now time.Time) (Held, error) {
	held, err := w.deps.Holds.Held(ctx, org.Tenant, wish.User)
	if err != nil && !errors.Is(err, directory.ErrNotFound) {
		return Held{}, err
	}
	if held.State == HeldRejected && held.Wanted == wish.Wanted && now.Sub(held.Decided) < HeldFor {
		return held, scim.Errorf(http.StatusForbidden, "",
			"An administrator rejected this change in DevRev on %s. Assign the person again in the identity provider, or have the administrator deactivate them.",
			held.Decided.Format("2 January 2006"))
	}
	return held, nil
}

// latest returns the organisation's latest hold, zero if there was none. While a decision is
// carried out, the error asks to repeat the request.
func (w *Watch) latest(ctx context.Context, t directory.Tenant) (Hold, error) {
	hold, err := w.deps.Holds.Hold(ctx, t)
	switch {
	case err != nil && !errors.Is(err, directory.ErrNotFound):
		return Hold{}, err
	case hold.State == HoldDeciding:
		return Hold{}, scim.Errorf(http.StatusTooManyRequests, "", "DevRev is carrying out what an administrator decided about earlier changes (hold %s). Repeat the request.", hold.ID)
	}
	return hold, nil
}

// holdsEverybody reports whether each further person is held, whoever it is.
func (h Hold) holdsEverybody() bool { return h.State == HoldOpen && h.Group == "" }

// within returns the open hold, for the reason of h.
func (h Hold) within(open Hold) Hold {
	h.ID, h.Version = open.ID, open.Version
	return h
}

// following returns the hold that comes after last.
func following(last Hold, now time.Time) *Hold {
	return &Hold{ID: newID(), Version: last.Version + 1, State: HoldOpen, Opened: now}
}

// empties returns the hold that the wish opens because the person is the last enabled one of a
// privileged group; nil if there is no such group.
func (w *Watch) empties(ctx context.Context, org directory.Organisation, wish Wish, last Hold, now time.Time) (*Hold, error) {
	of, err := w.deps.Users.GroupsOf(ctx, org, wish.User)
	if err != nil {
		return nil, err
	}
	for _, g := range of[wish.User] {
		if !g.Privileged {
			continue
		}
		alone, err := w.isAlone(ctx, org, g.ID, wish.User)
		if err != nil {
			return nil, err
		}
		if !alone {
			continue
		}
		if young, err := w.young(ctx, org, now); err != nil || young {
			return nil, err
		}
		next := following(last, now)
		next.Group = g.ID
		return next, nil
	}
	return nil, nil //nolint:nilnil // nobody is the last one
}

// isAlone reports whether no one else in the group is enabled.
func (w *Watch) isAlone(ctx context.Context, org directory.Organisation, group directory.GroupID, user directory.UserID) (bool, error) {
	active, err := org.Schemas.User.Resolve("active")
	if err != nil {
		return false, err
	}
	in, err := org.Schemas.User.Resolve("groups.value")
	if err != nil {
		return false, err
	}
	found, err := w.deps.Users.List(ctx, org, directory.Query{Limit: 2, NoTotal: true, Filter: &filter.And{
		Left:  &filter.Comparison{Path: in, Op: filter.Equal, Value: string(group)},
		Right: &filter.Comparison{Path: active, Op: filter.Equal, Value: true},
	}})
	if refusal, ok := errors.AsType[*scim.Error](err); ok && refusal.Type == scim.TooMany {
		return false, nil // so many are not one
	}
	return !slices.ContainsFunc(found.Items, func(u directory.User) bool { return u.ID != user }), err
}

// exceeded counts one departure after the organisation's last hold, and returns the hold that it
// opens; nil if it is within the limit, or nothing can be counted.
func (w *Watch) exceeded(ctx context.Context, org directory.Organisation, tag string, by activity.Request, last Hold, now time.Time) (*Hold, error) {
	limit := org.Guard.Effective().People
	left, err := w.deps.Counter.CountLeft(ctx, tag, people, 1, window(limit), now)
	if err != nil {
		w.deps.Count(ctx, Uncounted, 1)
		w.deps.Failed(ctx, fmt.Errorf("count who left: %w", err))
		return nil, nil //nolint:nilnil // it passes: while the counter is away, who leaves loses access
	}
	next, err := w.beyond(ctx, org, last, left, now)
	if err != nil {
		return nil, err
	}
	switch {
	case next != nil && next.ID != "":
		// Who is held has not left. If this fails, one too many is counted: the safe side.
		_, _ = w.deps.Counter.CountLeft(ctx, tag, people, -1, window(limit), now)
		return next, nil
	case next != nil: // it is only told
		if err := w.tellOnce(ctx, subject{tenant: org.Tenant}, departure{org, tag, 1, by}, activity.Mass{Left: left, Of: next.Of, Minutes: limit.Minutes}, now); err != nil {
			w.deps.Failed(ctx, err)
		}
	}
	w.deps.Count(ctx, Counted, 1)
	return nil, nil //nolint:nilnil // it is within the limit
}

// beyond returns the hold that a departure opens with which so many have left within the window,
// after the organisation's last hold; without an ID if it is only to be told, nil if it is within
// the limit.
func (w *Watch) beyond(ctx context.Context, org directory.Organisation, last Hold, left int, now time.Time) (*Hold, error) {
	limit, allowed := org.Guard.Effective().People, 0
	if last.Verdict == Approved && now.Sub(last.Decided) < window(limit) { // the rest of the push
		allowed = last.Allowed
	}
	over := left - allowed
	if over <= min(limit.Count, fewCount) {
		return nil, nil //nolint:nilnil // it is within the limit
	}
	before, err := w.before(ctx, subject{tenant: org.Tenant}, org, left-1+allowed, now) // this one has not left yet
	if err != nil {
		return nil, err
	}
	if before < few {
		limit.Count, limit.Percent = fewCount, 0
	}
	if over <= limit.Count || over*100 <= limit.Percent*before {
		return nil, nil //nolint:nilnil // it is within the limit
	}
	young, err := w.young(ctx, org, now)
	if err != nil {
		return nil, err
	}
	if young {
		return &Hold{Of: before}, nil
	}
	next := following(last, now)
	next.Limit, next.Of = limit, before
	return next, nil
}

// young reports whether SCIM was enabled so recently that nothing is held.
func (w *Watch) young(ctx context.Context, org directory.Organisation, now time.Time) (bool, error) {
	since, err := w.deps.Since(ctx, org.Tenant)
	if err != nil {
		return false, fmt.Errorf("find out since when SCIM is enabled: %w: %w", directory.ErrUnavailable, err)
	}
	return now.Sub(since) < youngFor, nil
}

// hold adds the person to an open hold, and answers the request.
func (w *Watch) hold(ctx context.Context, org directory.Organisation, by activity.Request, wish Wish, before Held, in Hold, now time.Time) error {
	if before.State != Waiting || before.Hold != in.ID || before.Wanted != wish.Wanted {
		err := w.deps.Holds.Keep(ctx, org.Tenant, Held{
			Hold: in.ID, User: wish.User, Wanted: wish.Wanted, State: Waiting, At: now, RequestID: by.RequestID, TokenID: by.TokenID, Client: by.Client,
		})
		if err != nil {
			return err
		}
		w.deps.Count(ctx, HeldBack, 1)
		if err := w.stillHeld(ctx, org.Tenant, wish.User, in); err != nil {
			return err
		}
	}
	if err := w.tellHeld(ctx, org.Tenant, by, in); err != nil {
		return fmt.Errorf("record a hold in the audit: %w: %w", directory.ErrUnavailable, err)
	}
	return heldBack(in)
}

// heldBack is the answer to a request that the hold keeps.
func heldBack(in Hold) *scim.Error {
	why := fmt.Sprintf("more than %d of %d people were to be deactivated or deleted within %d minutes", in.Limit.Count, in.Of, in.Limit.Minutes)
	if in.Group != "" {
		why = fmt.Sprintf("no enabled person would be left in the privileged group %s", in.Group)
	}
	return scim.Errorf(http.StatusTooManyRequests, "", "DevRev holds this change back: %s. An administrator decides in DevRev under Security > Guard (hold %s).", why, in.ID)
}

// stillHeld lets go of a person who was added to a hold that was decided meanwhile: who carries the
// decision out may have passed by already. The identity provider repeats the request.
func (w *Watch) stillHeld(ctx context.Context, t directory.Tenant, user directory.UserID, in Hold) error {
	now, err := w.deps.Holds.Hold(ctx, t)
	if err == nil && now.Version != in.Version {
		_, err = w.deps.Holds.Settle(ctx, t, in.ID, user, HeldDropped, w.deps.Now().UTC().Truncate(time.Millisecond))
	}
	return err
}

// tellHeld tells of a hold, once.
func (w *Watch) tellHeld(ctx context.Context, t directory.Tenant, by activity.Request, in Hold) error {
	if told, _ := w.toldHolds.Get(in.ID); told {
		return nil
	}
	e := audit.New(w.deps.Now(), audit.Caller{TraceID: by.TraceID}, audit.ActionHeld, string(t))
	e.Result, e.TokenID, e.Once = audit.ResultNoted, by.TokenID, "guard/"+in.ID
	e.Changes = []audit.Change{{Member: "enabled users", Before: strconv.Itoa(in.Of), After: "held beyond " + strconv.Itoa(in.Limit.Count)}}
	if in.Group != "" {
		e.Changes = []audit.Change{{Member: "enabled members of group " + string(in.Group), Before: "1", After: "held"}}
	}
	if err := w.deps.Audit.AppendAudit(ctx, e); err != nil && !errors.Is(err, audit.ErrTold) {
		return err
	}
	w.toldHolds.Add(in.ID, true)
	return nil
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }
