package guard

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/devrev/scim/libs/scim"
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
	held, err := w.deps.Holds.Held(ctx, org.Tenant, wish.User)
	if err != nil && !errors.Is(err, directory.ErrNotFound) {
		return err
	}
	if held.State == HeldRejected && held.Wanted == wish.Wanted && now.Sub(held.Decided) < HeldFor {
		w.deps.Count(ctx, RefusedAgain, 1)
		return scim.Errorf(http.StatusForbidden, "",
			"An administrator rejected this change in DevRev on %s. Assign the person again in the identity provider, or have the administrator deactivate them.",
			held.Decided.Format("2 January 2006"))
	}
	for { // until a hold of another process is not in the way
		hold, err := w.deps.Holds.Hold(ctx, org.Tenant)
		switch {
		case err != nil && !errors.Is(err, directory.ErrNotFound):
			return err
		case hold.State == HoldOpen:
			return w.hold(ctx, org, by, wish, held, hold, now)
		case hold.State == HoldDeciding:
			return scim.Errorf(http.StatusTooManyRequests, "", "DevRev is carrying out what an administrator decided about earlier changes (hold %s). Repeat the request.", hold.ID)
		}
		next, err := w.exceeded(ctx, org, tag, by, hold, now)
		if err != nil || next == nil {
			return err
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

// exceeded counts one departure after the organisation's last hold, and returns the hold that it
// opens; nil if it is within the limit, or nothing can be counted.
func (w *Watch) exceeded(ctx context.Context, org directory.Organisation, tag string, by activity.Request, last Hold, now time.Time) (*Hold, error) {
	limit, of := org.Guard.Effective().People, subject{tenant: org.Tenant}
	left, err := w.deps.Counter.CountLeft(ctx, tag, people, 1, window(limit), now)
	if err != nil {
		w.deps.Count(ctx, Uncounted, 1)
		w.deps.Failed(ctx, fmt.Errorf("count who left: %w", err))
		return nil, nil //nolint:nilnil // it passes: while the counter is away, who leaves loses access
	}
	allowed := 0
	if last.Verdict == Approved && now.Sub(last.Decided) < window(limit) { // the rest of the push
		allowed = last.Allowed
	}
	if over := left - allowed; over > min(limit.Count, fewCount) {
		before, err := w.before(ctx, of, org, left-1+allowed, now) // this one has not left yet
		if err != nil {
			return nil, err
		}
		if before < few {
			limit.Count, limit.Percent = fewCount, 0
		}
		if over > limit.Count && over*100 > limit.Percent*before {
			young, err := w.young(ctx, org, now)
			if err != nil {
				return nil, err
			}
			if !young {
				// Who is held has not left. If this fails, one too many is counted: the safe side.
				_, _ = w.deps.Counter.CountLeft(ctx, tag, people, -1, window(limit), now)
				return &Hold{ID: newID(), Version: last.Version + 1, State: HoldOpen, Opened: now, Limit: limit, Of: before}, nil
			}
			if err := w.tellOnce(ctx, of, departure{org, tag, 1, by}, activity.Mass{Left: left, Of: before, Minutes: limit.Minutes}, now); err != nil {
				w.deps.Failed(ctx, err)
			}
		}
	}
	w.deps.Count(ctx, Counted, 1)
	return nil, nil //nolint:nilnil // it is within the limit
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
	return scim.Errorf(http.StatusTooManyRequests, "",
		"DevRev holds this change back: more than %d of %d people were to be deactivated or deleted within %d minutes. An administrator decides in DevRev under Security > Guard (hold %s).",
		in.Limit.Count, in.Of, in.Limit.Minutes, in.ID)
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
	if err := w.deps.Audit.AppendAudit(ctx, e); err != nil && !errors.Is(err, audit.ErrTold) {
		return err
	}
	w.toldHolds.Add(in.ID, true)
	return nil
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }
