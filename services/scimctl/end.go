package main

import (
	"context"
	"fmt"

	"github.com/devrev/scim/services/internal/apiclient"
)

// named is the argument of the commands that change one token. Each answers with the token that
// this is about in the end.
type named struct {
	ID tokenID `arg:"" help:"The token's id."`
}

type endCommand struct{ named }

// Run ends a replaced token.
func (c endCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	t, err := api.End(ctx, string(c.ID))
	return altered(out, t, err)
}

type cancelCommand struct{ named }

// Run takes a rotation back.
func (c cancelCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	t, err := api.Cancel(ctx, string(c.ID))
	return altered(out, t, err)
}

type revokeCommand struct{ named }

// Run revokes a token. The service says nothing when it has.
func (c revokeCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	if err := api.Revoke(ctx, string(c.ID)); err != nil {
		return err
	}
	t, err := api.Token(ctx, string(c.ID))
	if err != nil {
		return fmt.Errorf("%s is revoked, but cannot be shown: %w", c.ID, err)
	}
	return altered(out, t, nil)
}

type restoreCommand struct{ named }

// Run takes a revocation back.
func (c restoreCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	t, err := api.Restore(ctx, string(c.ID))
	return altered(out, t, err)
}

func altered(out *console, t apiclient.Token, err error) error {
	if err != nil {
		return err
	}
	return out.relay(pageOf(t, out.now))
}
