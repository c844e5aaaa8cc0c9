package main

import (
	"context"
	"strconv"
	"time"

	"github.com/devrev/scim/services/internal/apiclient"
)

type groupsCommand struct {
	stretch

	Search string `short:"q" placeholder:"TEXT" help:"Whose name or externalId begins with this."`
	State  string `placeholder:"deleted" help:"Only those that were deleted, latest first, which the activity has for 90 days."`
	Sort   string `placeholder:"displayName|created|modified" help:"The order, descending with a hyphen before it: --sort=-modified."`
}

// Run lists groups.
func (c groupsCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	page, err := api.Groups(ctx, c.query(map[string]string{"q": c.Search, "state": c.State, "sort": c.Sort}))
	if err != nil {
		return err
	}
	rows := groupsOf
	if c.State != "" {
		rows = deletedGroupsOf
	}
	return out.page(rows(page.Groups, out.now), page.Next)
}

func groupsOf(groups []apiclient.Group, now time.Time) []string {
	if len(groups) == 0 {
		return []string{"There are no such groups."}
	}
	rows := [][]string{{"ID", "NAME", "MEMBERS", "GRANTS", "CREATED", "CHANGED"}}
	for _, g := range groups {
		rows = append(rows, []string{g.ID, g.DisplayName, strconv.Itoa(g.MemberCount), privilegeOf(g), when(g.Created, now, ""), when(g.Modified, now, "")})
	}
	return table(rows)
}

func deletedGroupsOf(groups []apiclient.Group, now time.Time) []string {
	if len(groups) == 0 {
		return []string{"There are no such groups."}
	}
	rows := [][]string{{"ID", "NAME", "DELETED", "ENTRY"}}
	for _, g := range groups {
		rows = append(rows, []string{g.ID, g.DisplayName, when(g.Modified, now, ""), g.Entry})
	}
	return table(rows)
}
