package guard

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// few is below how many enabled people a percentage says nothing; fewCount is the limit there.
const few, fewCount = 10, 10

// exceeded counts who leaves after the organisation's last hold, and returns the hold that it
// opens; nil if it is within the limit, or nothing can be counted.
func (w *Watch) exceeded(ctx context.Context, d departing, tag string, last Hold) (*Hold, error) {
	of, n := d.subject(), len(d.Leave)
	limit, more := of.limit(d.org.Guard), n-*d.Counted
	left, err := w.deps.Counter.CountLeft(ctx, tag, of.name(), more, window(limit), d.now)
	if err != nil {
		w.deps.Count(ctx, Uncounted, n)
		w.deps.Failed(ctx, fmt.Errorf("count who left: %w", err))
		return nil, nil //nolint:nilnil // it passes: while the counter is away, who leaves loses access
	}
	*d.Counted = n
	next, err := w.beyond(ctx, d, last, left)
	if err != nil {
		return nil, err
	}
	switch {
	case next != nil && next.ID != "":
		// Who is held has not left. If this fails, too many are counted: the safe side.
		_, _ = w.deps.Counter.CountLeft(ctx, tag, of.name(), -n, window(limit), d.now)
		*d.Counted = 0
		return next, nil
	case next != nil: // it is only told
		if err := w.tellOnce(ctx, of, departure{d.org, tag, n, d.by}, activity.Mass{Left: left, Of: next.Of, Minutes: limit.Minutes}, d.now); err != nil {
			w.deps.Failed(ctx, err)
		}
	}
	w.deps.Count(ctx, Counted, max(more, 0)) // fewer may leave than before it started over
	return nil, nil                          //nolint:nilnil // it is within the limit
}

// beyond returns the hold that d opens, with which so many have left within the window, after the
// organisation's last hold; without an ID if it is only to be told, nil if it is within the limit.
func (w *Watch) beyond(ctx context.Context, d departing, last Hold, left int) (*Hold, error) {
	of := d.subject()
	limit, allowed := of.limit(d.org.Guard), d.allowed(last)
	over, least := left-allowed, limit.Count
	if d.Group == "" {
		least = min(least, fewCount)
	}
	if over <= least {
		return nil, nil //nolint:nilnil // it is within the limit
	}
	before, err := w.before(ctx, of, d.org, left-len(d.Leave)+allowed, d.now) // these have not left yet
	if err != nil {
		return nil, err
	}
	if d.Group == "" && before < few {
		limit.Count, limit.Percent = fewCount, 0
	}
	if over <= limit.Count || over*100 <= limit.Percent*before {
		return nil, nil //nolint:nilnil // it is within the limit
	}
	young, err := w.young(ctx, d.org, d.now)
	if err != nil {
		return nil, err
	}
	if young {
		return &Hold{Of: before}, nil
	}
	next := w.following(last, d.now)
	next.Group, next.Limit, next.Of = d.Group, limit, before
	return next, nil
}

// allowed is how many more may leave than the limit says, because so many have left by the approval
// of the last hold: the rest of the push.
func (d departing) allowed(last Hold) (n int) {
	if last.Verdict != Approved || d.now.Sub(last.Decided) >= window(d.subject().limit(d.org.Guard)) {
		return 0
	}
	if d.Group == "" {
		return last.Allowed
	}
	for _, held := range d.kept {
		if held.Hold == last.ID && held.State == HeldApplied {
			n++
		}
	}
	return n
}

// young reports whether SCIM was enabled so recently that nothing is held.
func (w *Watch) young(ctx context.Context, org directory.Organisation, now time.Time) (bool, error) {
	since, err := w.deps.Since(ctx, org.Tenant)
	if err != nil {
		return false, fmt.Errorf("find out since when SCIM is enabled: %w: %w", directory.ErrUnavailable, err)
	}
	return now.Sub(since) < youngFor, nil
}

// tellHeld tells of a hold, once.
func (w *Watch) tellHeld(ctx context.Context, t directory.Tenant, by activity.Request, in Hold) error {
	if told, _ := w.toldHolds.Get(in.ID); told {
		return nil
	}
	e := audit.New(w.deps.Now(), audit.Caller{TraceID: by.TraceID}, audit.ActionHeld, string(t))
	e.Result, e.TokenID, e.Once = audit.ResultNoted, by.TokenID, "guard/"+in.ID
	held := audit.Change{Member: member(subject{t, in.Group}), Before: strconv.Itoa(in.Of), After: "held beyond " + strconv.Itoa(in.beyond())}
	if in.Limit == (terms.Mass{}) {
		held = audit.Change{Member: "enabled members of group " + string(in.Group), Before: "1", After: "held"}
	}
	e.Changes = []audit.Change{held}
	if err := w.deps.Audit.AppendAudit(ctx, e); err != nil && !errors.Is(err, audit.ErrTold) {
		return err
	}
	w.toldHolds.Add(in.ID, true)
	return nil
}
