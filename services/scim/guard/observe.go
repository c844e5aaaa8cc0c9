package guard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// people names the organisation's people for the Counter; ids of groups are UUIDs.
const people = "people"

// sizeFor is for how long the size of a subject is believed: to find it out may take looking at
// everybody.
const sizeFor = time.Minute

// size is how many were in a subject before somebody left, as of a time.
type size struct {
	n  int
	at time.Time
}

// limit returns what a mass change of the subject is.
func (of subject) limit(g terms.Guard) terms.Mass {
	if of.group != "" {
		return g.Effective().Members.Mass
	}
	return g.Effective().People
}

func (of subject) name() string { return cmp.Or(string(of.group), people) }

func window(m terms.Mass) time.Duration { return time.Duration(m.Minutes) * time.Minute }

// count counts a departure, and tells if it makes a mass change.
func (w *Watch) count(ctx context.Context, of subject, d departure) error {
	now, limit := w.deps.Now(), of.limit(d.org.Guard)
	left, err := w.deps.Counter.CountLeft(ctx, d.tag, of.name(), d.n, window(limit), now)
	if err != nil {
		w.deps.Count(ctx, Uncounted, d.n)
		return fmt.Errorf("count who left: %w", err)
	}
	w.deps.Count(ctx, Counted, d.n)
	if left <= limit.Count || w.wasTold(of, limit, now) {
		return nil
	}
	before, err := w.before(ctx, of, d.org, left, now)
	if err != nil {
		return err
	}
	if left*100 <= limit.Percent*before {
		return nil
	}
	return w.tellOnce(ctx, of, d, activity.Mass{Left: left, Of: before, Minutes: limit.Minutes}, now)
}

// slotOf names the window of the limit in which now is.
func slotOf(limit terms.Mass, now time.Time) string {
	return now.UTC().Truncate(window(limit)).Format(time.RFC3339)
}

// wasTold reports whether this process knows that a mass change of this window was told.
func (w *Watch) wasTold(of subject, limit terms.Mass, now time.Time) bool {
	told, _ := w.told.Get(of)
	return told == slotOf(limit, now)
}

// tellOnce tells of a mass change unless one of this window was told.
func (w *Watch) tellOnce(ctx context.Context, of subject, d departure, m activity.Mass, now time.Time) error {
	limit := of.limit(d.org.Guard)
	if w.wasTold(of, limit, now) {
		return nil
	}
	if err := w.tell(ctx, of, d, m, slotOf(limit, now)); err != nil {
		return err
	}
	w.told.Add(of, slotOf(limit, now))
	return nil
}

// tell tells of a mass change, once in a window, whichever process sees it first.
func (w *Watch) tell(ctx context.Context, of subject, d departure, m activity.Mass, slot string) error {
	e := audit.New(w.deps.Now(), audit.Caller{TraceID: d.by.TraceID}, audit.ActionObserved, string(of.tenant))
	e.Result, e.TokenID, e.Once = audit.ResultNoted, d.by.TokenID, "guard/"+of.name()+"/"+slot
	e.Changes = []audit.Change{{Member: member(of), Before: strconv.Itoa(m.Of), After: strconv.Itoa(m.Of - m.Left)}}
	err := w.deps.Audit.AppendAudit(ctx, e)
	if errors.Is(err, audit.ErrTold) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("record a mass change in the audit: %w", err)
	}
	w.deps.Count(ctx, Observed, 1)
	d.by.Resource = activity.Resource{Type: d.org.Schemas.User.Name}
	if of.group != "" {
		d.by.Resource = activity.Resource{Type: d.org.Schemas.Group.Name, ID: string(of.group)}
	}
	return w.deps.Activity.Observe(ctx, of.tenant, d.by, m)
}

// member names in the audit what changed.
func member(of subject) string {
	if of.group != "" {
		return "groups/" + string(of.group) + "/members"
	}
	return "enabled users"
}

// before returns how many were in the subject before so many left.
func (w *Watch) before(ctx context.Context, of subject, org directory.Organisation, left int, now time.Time) (int, error) {
	if known, ok := w.sizes.Get(of); ok && now.Sub(known.at) < sizeFor {
		return known.n, nil
	}
	n, err := w.howMany(ctx, of, org)
	if err != nil {
		return 0, fmt.Errorf("find out how many there are: %w", err)
	}
	w.sizes.Add(of, size{n + left, now})
	return n + left, nil
}

// howMany returns how many are in the subject now. Where so many people are here that finding out
// who is enabled takes too much, it is all of them.
func (w *Watch) howMany(ctx context.Context, of subject, org directory.Organisation) (int, error) {
	if of.group != "" {
		counts, err := w.deps.Groups.CountMembers(ctx, org, of.group)
		return counts[of.group], err
	}
	active, err := org.Schemas.User.Resolve("active")
	if err != nil {
		return 0, err
	}
	page, err := w.deps.Users.List(ctx, org, directory.Query{Filter: &filter.Comparison{Path: active, Op: filter.Equal, Value: true}})
	if refusal, ok := errors.AsType[*scim.Error](err); ok && refusal.Type == scim.TooMany {
		page, err = w.deps.Users.List(ctx, org, directory.Query{})
	}
	return page.Total, err
}
