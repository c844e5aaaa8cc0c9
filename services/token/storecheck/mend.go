package storecheck

import (
	"context"
	"fmt"

	"github.com/devrev/scim/services/internal/audit"
)

// operator is who mends, for the audit.
var operator = audit.Caller{Subject: "scimctl check-stores"}

// Mend mends what can be mended without a decision: what MongoDB has is written to Redis, and what
// Redis has later is adopted, as announcing the organisation again does. The audit has it.
func (c *Checker) Mend(ctx context.Context, found []Difference) error {
	for i, d := range found {
		if !d.Mends {
			continue
		}
		o, err := c.organisations.Organisation(ctx, d.Organisation)
		if err == nil {
			_, _, err = c.issuer.Announce(ctx, operator, o.ID, o.Terms)
		}
		if err != nil {
			return fmt.Errorf("mend organisation %s: %w", d.Organisation, err)
		}
		found[i].Mended = true
	}
	return nil
}

// EndUnlisted ends the tokens that no list shows. Their identity providers get 401 from then on.
func (c *Checker) EndUnlisted(ctx context.Context, found []Difference) error {
	for i, d := range found {
		if d.Kind != KindUnlisted {
			continue
		}
		if err := c.tokens.Shut(ctx, d.copied); err != nil {
			return fmt.Errorf("end the tokens of organisation %s under the tag %s: %w", d.Organisation, d.Tag, err)
		}
		found[i].Mended = true
	}
	return nil
}

// SameEnvironment marks the stores as one environment, whatever they are marked as.
func (c *Checker) SameEnvironment(ctx context.Context, found []Difference) error {
	if err := c.pair.Declare(ctx); err != nil {
		return err
	}
	for i, d := range found {
		if d.Kind == KindEnvironment {
			found[i].Mended = true
		}
	}
	return nil
}

// Apart reports whether the stores may be of two environments, so that nothing is to be mended.
func Apart(found []Difference) bool {
	for _, d := range found {
		if d.Kind == KindEnvironment && !d.Mended {
			return true
		}
	}
	return false
}
