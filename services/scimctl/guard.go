package main

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"github.com/devrev/scim/services/internal/apiclient"
)

type guardCommand struct {
	Show    guardShowCommand    `cmd:"" default:"1" help:"How the guard is set, what it has seen and what it holds."`
	People  guardPeopleCommand  `cmd:"" help:"The people, members of groups, and groups that a hold keeps, or kept."`
	Approve guardApproveCommand `cmd:"" help:"Have what a hold keeps happen, as the identity provider wants."`
	Reject  guardRejectCommand  `cmd:"" help:"Have all stay as it is; the same request is refused for 7 days."`
}

type guardShowCommand struct{}

// Run shows the guard.
func (guardShowCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	g, err := api.Guard(ctx)
	if err != nil {
		return err
	}
	lines := table([][]string{
		{"mode", g.Mode},
		{"people", limitOf(g.People.Mass)},
		{"members", membersOf(g)},
		{"left", fmt.Sprintf("%d people within the last %d minutes", g.People.Left, g.People.Minutes)},
	})
	for _, e := range g.Observed {
		lines = append(lines, "Observed "+when(e.At, out.now, "")+": "+e.Sentence)
	}
	if g.Hold != nil {
		lines = append(lines, holdOf(*g.Hold)...)
	}
	return out.relay(lines)
}

func membersOf(g apiclient.Guard) string {
	limit := limitOf(g.Members.Mass)
	if g.Members.OnlyPrivileged {
		limit += "; held in privileged groups only"
	}
	return limit
}

func limitOf(m apiclient.Mass) string {
	return fmt.Sprintf("more than %d, and more than %d %%, within %d minutes", m.Count, m.Percent, m.Minutes)
}

func holdOf(h apiclient.Hold) []string {
	state := h.State
	if h.Verdict != "" {
		state += ", " + h.Verdict
	}
	lines := []string{
		fmt.Sprintf("Hold %s: %s", h.ID, state),
	}
	for _, of := range []struct {
		what   string
		counts map[string]int
	}{{"people", h.People}, {"members of groups", h.Members}, {"groups", h.Groups}} {
		lines = append(lines, fmt.Sprintf("%s: %d wait, %d left, %d were rejected, %d were dropped", of.what, of.counts["waiting"], of.counts["applied"], of.counts["rejected"], of.counts["dropped"]))
	}
	switch {
	case h.Last():
		lines = append(lines, "Because nobody enabled would be left in the privileged group "+h.Group)
	case h.Group != "":
		lines = append(lines, fmt.Sprintf("Because members were to leave the group %s, of %d: %s", h.Group, h.Of, limitOf(h.Limit)))
	}
	for _, c := range h.Changes {
		lines = append(lines, c.ID+" "+c.State)
	}
	return lines
}

type guardPeopleCommand struct {
	Hold  string `arg:"" help:"The id of the hold."`
	State string `placeholder:"STATE" help:"Only those who are waiting, applied, rejected or dropped."`
	After string `placeholder:"NEXT" help:"Go on after a page."`
	Limit int    `default:"100" help:"So many at most."`
}

// Run shows a page of what is held.
func (c guardPeopleCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	query := url.Values{"limit": {strconv.Itoa(c.Limit)}}
	for name, value := range map[string]string{"state": c.State, "after": c.After} {
		if value != "" {
			query.Set(name, value)
		}
	}
	found, err := api.Held(ctx, c.Hold, query)
	if err != nil {
		return err
	}
	rows := [][]string{{"ID", "NAME", "GROUP", "WANTED", "STATE", "HELD"}}
	for _, h := range found.Changes {
		rows = append(rows, []string{h.ID, h.Name, h.GroupName, h.Wanted, h.State, when(h.At, out.now, "")})
	}
	return out.page(table(rows), found.Next)
}

type guardDecision struct {
	Hold    string   `arg:"" help:"The id of the hold."`
	Changes []string `arg:"" optional:"" name:"id" help:"Ids as the people of the hold have them, 100 at most, or of a group; without them, all of the hold."`
	Note    string   `placeholder:"TEXT" help:"Why, for others who read it."`
}

type guardApproveCommand struct{ guardDecision }

// Run approves.
func (c guardApproveCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	return c.decide(ctx, out, api.ApproveHold)
}

type guardRejectCommand struct{ guardDecision }

// Run rejects.
func (c guardRejectCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	return c.decide(ctx, out, api.RejectHold)
}

func (c guardDecision) decide(ctx context.Context, out *console, how func(context.Context, string, string, ...string) (apiclient.Hold, error)) error {
	h, err := how(ctx, c.Hold, c.Note, c.Changes...)
	if err != nil {
		return err
	}
	return out.relay(holdOf(h))
}
