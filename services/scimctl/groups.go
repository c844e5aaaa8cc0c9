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
	Sort   string `placeholder:"displayName|created|modified" help:"The order, descending with a hyphen before it: --sort=-modified."`
}

// Run lists groups.
func (c groupsCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	page, err := api.Groups(ctx, c.query(map[string]string{"q": c.Search, "sort": c.Sort}))
	if err != nil {
		return err
	}
	return out.page(groupsOf(page.Groups, out.now), page.Next)
}

func groupsOf(groups []apiclient.Group, now time.Time) []string {
	if len(groups) == 0 {
		return []string{"There are no such groups."}
	}
	rows := [][]string{{"ID", "NAME", "MEMBERS", "CREATED", "CHANGED"}}
	for _, g := range groups {
		rows = append(rows, []string{g.ID, g.DisplayName, strconv.Itoa(g.MemberCount), when(g.Created, now, ""), when(g.Modified, now, "")})
	}
	return table(rows)
}
