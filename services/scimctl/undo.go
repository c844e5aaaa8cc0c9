package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/devrev/scim/services/internal/apiclient"
)

// undoLook is the time between two looks at an undo.
const undoLook = 500 * time.Millisecond

type undoCommand struct {
	Entry     []string `placeholder:"ID" xor:"what" help:"Entries of the activity."`
	RequestID string   `placeholder:"ID" xor:"what" help:"A request."`
	Push      string   `placeholder:"ID" xor:"what" help:"A push, by one of its entries: what its token changed without a pause of more than 90 seconds."`
	Since     *moment  `placeholder:"WHEN" xor:"what" help:"What identity providers changed from this time on, until --until."`
	Undo      string   `placeholder:"ID" xor:"what" help:"Another undo."`
	As        string   `placeholder:"ID" xor:"what" help:"Exactly the changes that this dry run looked at."`
	Show      string   `placeholder:"ID" xor:"what" help:"Change nothing, show this undo."`

	Until   *moment  `placeholder:"WHEN" help:"The end of the span of time; 0s is now."`
	Client  string   `placeholder:"CLIENT" help:"With --since: only what this client changed, such as okta."`
	Effects []string `placeholder:"EFFECT" help:"With --since: only changes of these effects, such as deactivated."`
	Only    []string `placeholder:"WHAT" enum:"state,attributes,members" help:"Only state, attributes or members."`
	DryRun  bool     `help:"Say what would be taken back, and change nothing."`
}

// Run starts an undo, waits for its end and shows what became of each user and group. What did not
// go back whole is an error after the answer, and so is an undo that asks for too much.
func (c undoCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	id := c.Show
	if id == "" {
		begun, err := api.StartUndo(ctx, apiclient.UndoAsked{
			Entries: c.Entry, RequestID: c.RequestID, Push: c.Push, Since: timestamp(c.Since.back(out.now)), Until: c.end(out.now), Undo: c.Undo, As: c.As,
			Client: c.Client, Effects: c.Effects, Only: c.Only, DryRun: c.DryRun,
		})
		if err != nil {
			return err
		}
		id = begun
		out.note("The undo is %s.", id)
	}
	u, err := ended(ctx, api, id)
	if err != nil {
		return err
	}
	for next := u.Next; next != ""; {
		page, err := api.Undo(ctx, id, next)
		if err != nil {
			return err
		}
		u.Results, next = append(u.Results, page.Results...), page.Next
	}
	u.Next = ""
	if err := out.answer(u, undoLines(u)); err != nil {
		return err
	}
	if n := u.Counts["partly"] + u.Counts["conflict"]; n > 0 {
		return endWith(conflicting, "%d of %d users and groups are in conflict", n, u.Total)
	}
	if u.TooMany {
		return endWith(refused, "nothing was taken back: it is too much at once")
	}
	return nil
}

// end is the end of the span: where it is given as a length, what changed within that second is
// before it.
func (c undoCommand) end(now time.Time) string {
	at := c.Until.back(now)
	if c.Until != nil && c.Until.at.IsZero() {
		at = at.Add(time.Second)
	}
	return timestamp(at)
}

// ended waits until an undo has ended.
func ended(ctx context.Context, api *apiclient.Organisation, id string) (apiclient.Undo, error) {
	for {
		u, err := api.Undo(ctx, id, "")
		if err != nil || u.State == "done" {
			return u, err
		}
		select {
		case <-ctx.Done():
			return u, ctx.Err()
		case <-time.After(undoLook):
		}
	}
}

func undoLines(u apiclient.Undo) []string {
	first := fmt.Sprintf("%d users and groups went back, %d in part, %d are in conflict, %d were so already.",
		u.Counts["undone"], u.Counts["partly"], u.Counts["conflict"], u.Counts["no-effect"])
	if u.DryRun {
		first = fmt.Sprintf("%d users and groups would go back, %d in part, %d would be in conflict, %d are so already.",
			u.Counts["undone"], u.Counts["partly"], u.Counts["conflict"], u.Counts["no-effect"])
	}
	lines := append([]string{first}, u.Told...)
	for _, r := range u.Results {
		name := r.Name
		if name == "" {
			name = r.Resource.ID
		}
		line := []string{fmt.Sprintf("%s %s: %s", r.Resource.Type, name, r.Outcome)}
		if r.State.Becomes != "" {
			line = append(line, fmt.Sprintf("%s -> %s", r.State.Is, r.State.Becomes))
		}
		for _, a := range r.Attributes {
			line = append(line, fmt.Sprintf("%s %s -> %s", a.Attribute, a.Is, a.Becomes))
		}
		if r.MembersAdded+r.MembersRemoved > 0 {
			line = append(line, fmt.Sprintf("%d members come back, %d go", r.MembersAdded, r.MembersRemoved))
		}
		lines = append(lines, strings.Join(line, ", "))
		for _, x := range r.Conflicts {
			what := x.What
			if x.Attribute != "" {
				what = fmt.Sprintf("%s is %s, was left as %s, was %s before", x.Attribute, x.Is, x.Left, x.Was)
			}
			lines = append(lines, "  in conflict: "+what+". "+x.Why)
		}
	}
	return lines
}
