package main

import (
	"context"
	"strconv"

	"github.com/devrev/scim/services/internal/apiclient"
)

type statusCommand struct{}

// Run reports whether SCIM is on.
func (statusCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	s, err := api.Status(ctx)
	if err != nil {
		return err
	}
	return out.answer(s, statusOf(s))
}

func statusOf(s apiclient.Status) []string {
	on := "off"
	if s.Enabled {
		on = "on"
	}
	return table([][]string{
		{"SCIM", on},
		{"SCIM base URL", s.SCIMBaseURL},
		{"Live tokens", strconv.Itoa(s.LiveTokens)},
	})
}

type listCommand struct {
	Live bool `help:"Only those that work."`
}

// Run lists the tokens.
func (c listCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	list, err := api.Tokens(ctx)
	if err != nil {
		return err
	}
	if c.Live {
		list.Tokens = live(list.Tokens)
	}
	return out.answer(list, listOf(list.Tokens, out.now))
}

type showCommand struct {
	ID tokenID `arg:"" help:"The token's id."`
}

// Run shows a token.
func (c showCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	t, err := api.Token(ctx, string(c.ID))
	if err != nil {
		return err
	}
	return out.answer(t, pageOf(t, out.now))
}
