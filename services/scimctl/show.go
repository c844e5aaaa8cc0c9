package main

import (
	"context"
	"encoding/json"
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
	return out.relay(statusOf(s))
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
		if err := out.keepLive(list.Tokens); err != nil {
			return err
		}
		list.Tokens = live(list.Tokens)
	}
	return out.relay(listOf(list.Tokens, out.now))
}

// keepLive takes the tokens that are not accepted out of the list that was heard.
func (c *console) keepLive(tokens []apiclient.Token) error {
	return c.amend(func(list map[string]json.RawMessage) error {
		var all []json.RawMessage
		err := json.Unmarshal(list["tokens"], &all)
		kept := []json.RawMessage{}
		for i, text := range all {
			if tokens[i].State == apiclient.Live {
				kept = append(kept, text)
			}
		}
		if err == nil {
			list["tokens"], err = json.Marshal(kept)
		}
		return err
	})
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
	return out.relay(pageOf(t, out.now))
}
