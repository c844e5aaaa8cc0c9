package main

import (
	"context"
	"strconv"
	"time"

	"github.com/devrev/scim/services/internal/apiclient"
)

type waitingCommand struct {
	stretch

	Group  string `arg:"" optional:"" help:"The id of a group; without it, all groups."`
	Search string `short:"q" placeholder:"TEXT" help:"Whose value begins with this."`
}

// Run lists the members that wait for their person.
func (c waitingCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	page, err := api.Waiting(ctx, c.Group, c.query(map[string]string{"q": c.Search}))
	if err != nil {
		return err
	}
	return out.page(waitingOf(page.Waiting, out.now), page.Next)
}

// waitingValue names a member that waits.
type waitingValue struct {
	Group string `arg:"" help:"The id of the group."`
	Value string `arg:"" help:"The value that waits, as waiting shows it."`
}

type letInCommand struct{ waitingValue }

// Run lets a member in who waits for that.
func (c letInCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	if err := api.LetIn(ctx, c.Group, c.Value); err != nil {
		return err
	}
	out.note("The person is a member of the group now.")
	return nil
}

type endWaitingCommand struct{ waitingValue }

// Run ends the waiting of a member.
func (c endWaitingCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	if err := api.EndWaiting(ctx, c.Group, c.Value); err != nil {
		return err
	}
	out.note("It waits no longer. If the identity provider adds it once more, it waits again.")
	return nil
}

func waitingOf(members []apiclient.WaitingMember, now time.Time) []string {
	if len(members) == 0 {
		return []string{"There are no such members that wait."}
	}
	rows := [][]string{{"GROUP", "VALUE", "SINCE", "LAST", "ADDED", "WHY"}}
	for _, w := range members {
		rows = append(rows, []string{w.Group, w.Value, when(w.First.At, now, ""), when(w.Last.At, now, ""), strconv.Itoa(w.Count), w.Sentence})
	}
	return table(rows)
}
