package main

import (
	"context"
	"time"

	"github.com/devrev/scim/services/internal/apiclient"
)

type usersCommand struct {
	stretch

	Search string `short:"q" placeholder:"TEXT" help:"Whose userName, name, e-mail address or externalId begins with this."`
	State  string `placeholder:"shadow|active|deactivated|deleted" help:"Only those in this state."`
	Group  string `placeholder:"ID" help:"Only members of this group."`
	Sort   string `placeholder:"userName|displayName|familyName|created|modified" help:"The order, descending with a hyphen before it: --sort=-modified."`
}

// Run lists users.
func (c usersCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	page, err := api.Users(ctx, c.query(map[string]string{"q": c.Search, "state": c.State, "group": c.Group, "sort": c.Sort}))
	if err != nil {
		return err
	}
	return out.page(usersOf(page.Users, out.now), page.Next)
}

func usersOf(users []apiclient.User, now time.Time) []string {
	if len(users) == 0 {
		return []string{"There are no such users."}
	}
	rows := [][]string{{"ID", "USER NAME", "NAME", "STATE", "CREATED", "CHANGED"}}
	for _, u := range users {
		rows = append(rows, []string{u.ID, u.UserName, u.DisplayName, stateOf(u), when(u.Created, now, ""), when(u.Modified, now, "")})
	}
	return table(rows)
}

func stateOf(u apiclient.User) string {
	if u.Deleted {
		return u.State + ", deleted"
	}
	return u.State
}
