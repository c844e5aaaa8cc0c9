package main

import (
	"context"
	"time"

	"github.com/devrev/scim/services/internal/apiclient"
)

type whyCommand struct {
	Name string `arg:"" help:"The userName of a person, or an e-mail address."`
}

// Run says why a person is in, or is not.
func (c whyCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	p, err := api.Person(ctx, c.Name)
	if err != nil {
		return err
	}
	return out.relay(whyOf(p, out.now))
}

func whyOf(p apiclient.Person, now time.Time) []string {
	lines := []string{p.Sentence}
	if p.Remedy != "" {
		lines = append(lines, "What to do: "+p.Remedy)
	}
	if p.Found != nil {
		lines = append(lines, "", "More: scimctl user "+p.Found.ID)
	} else if p.Deleted != nil {
		lines = append(lines, "", "More: scimctl user "+p.Deleted.ID)
	}
	if len(p.Attempts) > 0 {
		rows := [][]string{{"REFUSED AT", "REQUEST", "WHY"}}
		for _, e := range p.Attempts {
			rows = append(rows, []string{when(e.At, now, ""), e.RequestID, reasonOf(e)})
		}
		lines = append(append(lines, ""), table(rows)...)
	}
	return lines
}
