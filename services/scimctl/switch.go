package main

import (
	"context"
	"encoding/json"

	"github.com/devrev/scim/services/internal/apiclient"
)

type enableCommand struct{ delivery }

// Run switches SCIM on, which issues the first token.
func (c enableCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	issued, err := c.make(out, func() (apiclient.Issued, error) {
		enabled, err := api.Enable(ctx)
		if err != nil {
			return apiclient.Issued{}, err
		}
		var answer struct {
			Token json.RawMessage `json:"token"`
		}
		err = json.Unmarshal(out.heard, &answer)
		out.heard = answer.Token
		return enabled.Token, err
	})
	if err != nil {
		return err
	}
	out.note("SCIM is on. Issued the token %s (%s). It is shown this once.", issued.ID, issued.Name)
	return nil
}

type disableCommand struct{}

// Run switches SCIM off.
func (disableCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	s, err := api.Disable(ctx)
	if err != nil {
		return err
	}
	return out.relay(statusOf(s))
}
