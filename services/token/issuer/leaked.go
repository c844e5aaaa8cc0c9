package issuer

import (
	"context"
	"errors"
	"fmt"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/token/audit"
)

// Leak is what is known of a token that was reported to stand in public. The zero Leak is of one that is none of ours.
type Leak struct {
	Org     string
	TokenID string
	News    bool // this report was put down in the audit, as the first one of the token
}

// Genuine tells whether the token is one of ours, live or dead.
func (l Leak) Genuine() bool { return l.TokenID != "" }

// Leaked revokes a token that stands in public, for good: no Restore brings it back, nor one that came before. source tells people where it
// stands; it is one line, cleaned of what they should not follow. A token that was dead before is marked and put down as well, since it
// might have been restored; one that was reported before stays as it is. Two first reports at the same moment are both news. With an
// error the Leak says what was done.
//
// Whoever has the whole token can have it revoked, which is less than they can do with it.
func (i *Issuer) Leaked(ctx context.Context, by audit.Caller, t token.Token, source string) (Leak, error) {
	r, _, err := i.verifier.Identify(ctx, t)
	if _, foreign := errors.AsType[*token.Refusal](err); foreign {
		return Leak{}, nil
	}
	if err != nil {
		return Leak{}, fmt.Errorf("identify leaked token: %w", err)
	}
	leak, at := Leak{Org: r.Org, TokenID: r.ID, News: r.LeakedAt.IsZero()}, r.LeakedAt
	if leak.News {
		e := i.entry(by, audit.ActionLeaked, r.Org)
		e.TokenID, e.Source = r.ID, source
		if err := i.audit(ctx, e); err != nil {
			return Leak{}, err
		}
		at = e.At
	}
	// Of a token that was reported before this changes nothing, and tells whether it will last, as confirm does.
	if _, err := i.tokens.RevokeLeaked(ctx, r.Org, r.ID, at); err != nil && !errors.Is(err, token.ErrNotFound) { // forgotten meanwhile
		return leak, fmt.Errorf("revoke leaked token %s: %w", r.ID, err)
	}
	return leak, nil
}
