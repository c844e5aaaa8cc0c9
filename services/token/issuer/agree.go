package issuer

import (
	"context"
	"errors"
	"fmt"

	"github.com/devrev/scim/libs/token"
)

// agree copies to the Store what the token store has newer about an organisation that was just
// published with the given outcome: its tag, under which its tokens are, and whether SCIM is on if
// that was switched since. The two differ after one of them was restored.
func (i *Issuer) agree(ctx context.Context, o Organisation, published error) (Organisation, error) {
	if published != nil && !errors.Is(published, token.ErrTaken) {
		return o, published
	}
	copied, err := i.tokens.Organisation(ctx, o.ID)
	if errors.Is(err, token.ErrNotFound) {
		return o, published
	}
	if err != nil {
		return o, fmt.Errorf("read the copy of organisation %s: %w", o.ID, err)
	}
	next := o.adopting(copied)
	if next == o {
		return o, published
	}
	next, err = i.store.ReplaceOrganisation(ctx, next)
	if errors.Is(err, ErrVersionConflict) {
		err = fmt.Errorf("%w: another request changed the organisation at the same time", ErrUnavailable)
	}
	if err != nil {
		return o, fmt.Errorf("replace organisation: %w", err)
	}
	return next, i.publish(ctx, next)
}

// adopting returns o with what is newer in the copy.
func (o Organisation) adopting(copied token.Organisation) Organisation {
	o.Tag = copied.Tag
	if copied.Generation > o.Generation {
		o.Enabled, o.Generation = copied.Enabled, copied.Generation
	}
	return o
}
