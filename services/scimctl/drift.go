package main

import (
	"cmp"
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/devrev/scim/services/internal/apiclient"
)

type driftCommand struct {
	List    driftListCommand    `cmd:"" default:"withargs" help:"A page of the differences, each with its reason and what to do."`
	Summary driftSummaryCommand `cmd:"" help:"How many users have each kind of difference, and how many members wait."`
}

type driftListCommand struct {
	stretch

	Kind string `placeholder:"refused|kept|changed-here|undone|held|waiting|same-address" help:"Only differences of this kind."`
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
	rows := [][]string{{"KIND", "ABOUT", "ATTRIBUTE", "SINCE", "WHY AND WHAT TO DO"}}
	for _, d := range found {
		about := cmp.Or(d.Name, d.Resource.ID)
		if d.Resource.Type == "Group" {
			about = "group " + about
		}
		rows = append(rows, []string{d.Kind, about, d.Attribute, when(d.Since, now, ""), whoElse(d) + d.Because + " " + d.Remedy})
	}
	return table(rows)
}

// whoElse names those whom a row is about beside what it is about: the value that waits, if no
// person is known by it.
func whoElse(d apiclient.DriftRow) string {
	var names []string
	for _, p := range d.People {
		names = append(names, p.UserName)
	}
	var value string
	if len(names) == 0 && d.Kind == "waiting" && json.Unmarshal(d.Said, &value) == nil {
		names = append(names, value)
	}
	if len(names) == 0 {
		return ""
	}
	return strings.Join(names, ", ") + ": "
}

type driftSummaryCommand struct{}

// Run counts the users of each kind, and the members that wait.
func (driftSummaryCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	counted, err := api.DriftSummary(ctx)
	if err != nil {
		return err
	}
	rows := [][]string{{"KIND", "COUNT"}}
	for _, c := range counted.Summary {
		count := strconv.Itoa(c.Users + c.Groups + c.Members)
		if c.AtLeast {
			count = "at least " + count
		}
		rows = append(rows, []string{c.Kind, count})
	}
	return out.relay(table(rows))
}
