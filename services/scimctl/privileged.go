package main

import (
	"context"

	"github.com/devrev/scim/services/internal/apiclient"
)

type privilegedCommand struct {
	Group string `arg:"" help:"The id of the group."`
	Off   bool   `help:"Its members may do no more than others."`
}

// Run marks a group, or takes the mark away.
func (c privilegedCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	g, err := api.SetPrivileged(ctx, c.Group, "", !c.Off)
	if err != nil {
		return err
	}
	return out.relay([]string{g.DisplayName + " " + privilegeOf(g)})
}

func privilegeOf(g apiclient.Group) string {
	if g.Privileged {
		return "privileged"
	}
	return "ordinary"
}
