package issuer

import (
	"context"
	"errors"

	"github.com/devrev/scim/services/internal/audit"
)

// StaffRead records that a member of DevRev's staff reads the organisation, once an hour for each
// person.
func (i *Issuer) StaffRead(ctx context.Context, by audit.Caller, org string) error {
	if err := i.audit(ctx, audit.StaffRead(i.now(), by, org)); !errors.Is(err, ErrTold) {
		return err
	}
	return nil
}

// Listed is an organisation in the list that staff read, and its tokens.
type Listed struct {
	Organisation
	Tokens []Token
}

// List returns organisations that want, or all if that is nil, in ascending order of id behind
// after, at most limit; and the id to go on behind, "" at the end. A selective want is tried on
// some organisations only, so that a page may be short though there are more.
func (i *Issuer) List(ctx context.Context, after string, limit int, want func(Listed) bool) (page []Listed, next string, err error) {
	const mostTried = 1000
	tried := 0
	for o, err := range i.store.Organisations(ctx, after) {
		if err != nil {
			return nil, "", err
		}
		if len(page) == limit || tried == mostTried {
			return page, next, nil
		}
		tried, next = tried+1, o.ID
		all, err := i.tokensOf(ctx, o)
		if err != nil {
			return nil, "", err
		}
		if listed := (Listed{o, all}); o.ErasedAt.IsZero() && (want == nil || want(listed)) {
			page = append(page, listed)
		}
	}
	return page, "", nil
}
