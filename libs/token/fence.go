package token

import (
	"context"
	"fmt"
)

// ErrUnknownOrganisation is an ErrUnavailable: a Store has tokens of an organisation that is not there where no failover reaches, so nobody
// could list or revoke them. It is no Refusal: the tokens are not to be changed, the two stores are to be made to agree.
var ErrUnknownOrganisation = fmt.Errorf("%w: the organisations' store does not know the organisation", ErrUnavailable)

// Fence returns the generation below which all tokens of an organisation are dead, as it is kept where no failover of the token store
// reaches; known is false if the organisation is not there. Who has no answer returns 0 and true, and so holds back nobody. It must be quick.
type Fence func(ctx context.Context, org string) (generation int64, known bool)

// Fenced is a Lookuper whose organisations are known to a fence, and of its generation at least. A token store that fell back to what it was
// before SCIM was switched off, or on again, then lets nobody in who was shut out since; and where it is the organisations that fell back, to
// before one of them was there, that one's tokens let nobody in until it is announced again. Made by NewFenced.
type Fenced struct {
	Lookuper
	fence Fence
}

// NewFenced returns l behind fence.
func NewFenced(l Lookuper, fence Fence) Fenced { return Fenced{l, fence} }

// Lookup answers as the Lookuper does, except for Organisation.Generation and ErrUnknownOrganisation.
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
