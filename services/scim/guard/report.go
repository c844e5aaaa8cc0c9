package guard

import (
	"context"
	"errors"
	"net/http"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// mostReported is how many mass changes a report has.
const mostReported = 20

// Report is how an organisation's guard is set, and what it has seen.
type Report struct {
	Mode     terms.GuardMode  `json:"mode"`
	People   PeopleReport     `json:"people"`
	Members  terms.MemberMass `json:"members"`
	Observed []Line           `json:"observed"` // latest first
	Hold     *HoldReport      `json:"hold"`     // the latest one; null: there never was one
}

// HoldReport is a hold, and how many people, members of groups, and groups of it are in each state.
type HoldReport struct {
	Hold
	People  map[HeldState]int `json:"people"`
	Members map[HeldState]int `json:"members"`
	Groups  map[HeldState]int `json:"groups"`
}

// ReportHold returns a hold with its numbers. Its errors are *scim.Error.
func (w *Watch) ReportHold(ctx context.Context, t directory.Tenant, h Hold) (HoldReport, error) {
	counts, err := w.deps.Holds.CountHeld(ctx, t, h.ID)
	if err != nil {
		return HoldReport{}, unreadable(err)
	}
	for _, k := range []Kind{KindPerson, KindMember, KindGroup} {
		for _, s := range []HeldState{Waiting, HeldApplied, HeldRejected, HeldDropped} {
			counts.Add(k, s, 0) // each state is there
		}
	}
	return HoldReport{h, counts[KindPerson], counts[KindMember], counts[KindGroup]}, nil
}

// ListHeld returns what a hold keeps, as Store.ListHeld does. Its errors are *scim.Error.
func (w *Watch) ListHeld(ctx context.Context, t directory.Tenant, hold string, state HeldState, after HeldID, limit int) ([]Held, error) {
	list, err := w.deps.Holds.ListHeld(ctx, t, hold, state, after, limit)
	if err != nil {
		return nil, unreadable(err)
	}
	return list, nil
}

// Line is an entry of the activity, and what it says in words.
type Line struct {
	activity.Entry

	Sentence string `json:"sentence"`
}

// PeopleReport is the limit of people, and how many left in the window before now.
type PeopleReport struct {
	terms.Mass
	Left int `json:"left"`
}

// Report returns the report of the organisation. Its errors are *scim.Error.
func (w *Watch) Report(ctx context.Context, org directory.Organisation) (Report, error) {
	g := org.Guard.Effective()
	r := Report{Mode: g.Mode, People: PeopleReport{Mass: g.People}, Members: g.Members}
	tag, err := w.deps.Tag(ctx, org.Tenant)
	if err != nil {
		return Report{}, scim.Errorf(http.StatusServiceUnavailable, "", "The organisation cannot be read at the moment. Try again.").Because(err)
	}
	if r.People.Left, err = w.deps.Counter.CountLeft(ctx, tag, people, 0, window(g.People), w.deps.Now()); err != nil {
		return Report{}, scim.Errorf(http.StatusServiceUnavailable, "", "How many people left cannot be read at the moment. Try again.").Because(err)
	}
	hold, err := w.deps.Holds.Hold(ctx, org.Tenant)
	switch {
	case errors.Is(err, directory.ErrNotFound):
	case err != nil:
		return Report{}, unreadable(err)
	default:
		shown, err := w.ReportHold(ctx, org.Tenant, hold)
		if err != nil {
			return Report{}, err
		}
		r.Hold = &shown
	}
	observed, err := w.deps.Activity.List(ctx, org, activity.Query{Kinds: []activity.Kind{activity.KindGuard}, Limit: mostReported})
	r.Observed = make([]Line, len(observed))
	for i, e := range observed {
		r.Observed[i] = Line{e, e.Sentence()}
	}
	return r, err
}
