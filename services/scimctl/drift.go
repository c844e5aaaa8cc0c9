package main

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"github.com/devrev/scim/services/internal/apiclient"
)

type driftCommand struct {
	List    driftListCommand    `cmd:"" default:"withargs" help:"A page of the differences, each with its reason and what to do."`
	Summary driftSummaryCommand `cmd:"" help:"How many users have each kind of difference."`
}

type driftListCommand struct {
	stretch

	Kind string `placeholder:"refused|kept|changed-here|undone|held" help:"Only differences of this kind."`
}

// Run lists where the identity provider believes something else.
func (c driftListCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	page, err := api.Drift(ctx, c.query(map[string]string{"kind": c.Kind}))
	if err != nil {
		return err
	}
	return out.page(driftOf(page.Drift, out.now), page.Next)
}

func driftOf(found []apiclient.DriftRow, now time.Time) []string {
	if len(found) == 0 {
		return []string{"There are no such differences."}
	}
	rows := [][]string{{"KIND", "USER", "ATTRIBUTE", "SINCE", "WHY AND WHAT TO DO"}}
	for _, d := range found {
		rows = append(rows, []string{d.Kind, cmp.Or(d.Name, d.Resource.ID), d.Attribute, when(d.Since, now, ""), d.Because + " " + d.Remedy})
	}
	return table(rows)
}

type driftSummaryCommand struct{}

// Run counts the users of each kind.
func (driftSummaryCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	counted, err := api.DriftSummary(ctx)
	if err != nil {
		return err
	}
	rows := [][]string{{"KIND", "USERS"}}
	for _, c := range counted.Summary {
		users := strconv.Itoa(c.Users)
		if c.AtLeast {
			users = "at least " + users
		}
		rows = append(rows, []string{c.Kind, users})
	}
	return out.relay(table(rows))
}
