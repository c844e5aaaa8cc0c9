package issuer

import (
	"context"
	"errors"
	"fmt"

	"github.com/devrev/scim/libs/token"
)

// Reconcile brings back what the token store may have lost, in a failover or all of it: that SCIM is off, that the tokens
// from before an earlier Disable are dead, and that those are revoked whose revocation began in the last token.Tombstone. It undoes nothing
// and may run beside anything else.
//
// Tokens themselves are in the token store alone. If they are lost, they have to be issued anew.
func (i *Issuer) Reconcile(ctx context.Context) error {
	for o, err := range i.store.Organisations(ctx) {
		if err != nil {
			return fmt.Errorf("list organisations: %w", err)
		}
		if err := i.publish(ctx, o); err != nil {
			return err
		}
	}
	begun, err := i.store.Revocations(ctx, i.clock().Add(-token.Tombstone))
	if err != nil {
		return fmt.Errorf("list revocations: %w", err)
	}
	for _, e := range begun {
		if _, err := i.tokens.Revoke(ctx, e.Org, e.TokenID, e.At); err != nil && !errors.Is(err, token.ErrNotFound) {
			return fmt.Errorf("revoke token %s again: %w", e.TokenID, err)
		}
	}
	return nil
}
