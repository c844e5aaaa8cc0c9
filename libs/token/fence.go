package token

import "context"

// Fence returns the generation below which all tokens of an organisation are dead, as it is kept where no failover of the token
// store reaches: 0 if nothing is known. It must be quick and cannot fail; who has no answer holds back nobody.
type Fence func(ctx context.Context, org string) int64

// Fenced is a Lookuper whose organisations are of the generation of a fence at least. A token store that fell back to what it
// was before SCIM was switched off, or on again, then lets nobody in who was shut out since. Made by NewFenced.
type Fenced struct {
	Lookuper
	fence Fence
}

// NewFenced returns l behind fence.
func NewFenced(l Lookuper, fence Fence) Fenced { return Fenced{l, fence} }

// Lookup answers as the Lookuper does, but for Organisation.Generation.
func (f Fenced) Lookup(ctx context.Context, tag, id string) (Record, Organisation, error) {
	r, o, err := f.Lookuper.Lookup(ctx, tag, id)
	if err == nil {
		o.Generation = max(o.Generation, f.fence(ctx, o.ID))
	}
	return r, o, err
}
