package token

import (
	"context"
	"fmt"
)

// ErrUnknownOrganisation is an ErrUnavailable: a Store has tokens of an organisation that is
// missing in the organisations' store, which no failover of the token store affects, so no client
// could list or revoke them. It is not a Refusal: the tokens are right, and the two stores must be
// made to agree.
var ErrUnknownOrganisation = fmt.Errorf("%w: the organisation is missing in the organisations' store", ErrUnavailable)

// Fence returns the generation below which all tokens of an organisation are dead, from a store
// that no failover of the token store affects; known is false if the organisation is missing there.
// A Fence without an answer returns 0 and true, which refuses no token. It must be quick.
type Fence func(ctx context.Context, org string) (generation int64, known bool)

// Fenced is a Lookuper whose organisations are known to a fence and have its generation at least. A
// token store that lost the latest changes, such as SCIM switched off or on again, then accepts no
// token that has been ended since; and if the organisations' store lost an organisation, its tokens
// are not accepted until it is announced again. Made by NewFenced.
type Fenced struct {
	Lookuper
	fence Fence
}

// NewFenced returns l behind fence.
func NewFenced(l Lookuper, fence Fence) Fenced { return Fenced{l, fence} }

// Lookup answers as the Lookuper does, except for Organisation.Generation and
// ErrUnknownOrganisation.
func (f Fenced) Lookup(ctx context.Context, tag, id string) (Record, Organisation, error) {
	r, o, err := f.Lookuper.Lookup(ctx, tag, id)
	if err != nil {
		return r, o, err
	}
	generation, known := f.fence(ctx, o.ID)
	if !known {
		return Record{}, Organisation{}, fmt.Errorf("%w: %s", ErrUnknownOrganisation, o.ID)
	}
	o.Generation = max(o.Generation, generation)
	return r, o, nil
}
