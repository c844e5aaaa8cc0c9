package issuer

import (
	"context"
	"errors"
	"fmt"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/audit"
)

// Leak describes a token that was reported as leaked. The zero Leak is that of a token of another
// issuer.
type Leak struct {
	Org     string
	TokenID string
	News    bool // this report was put down in the audit, as the first one of the token
}

// Genuine reports whether the token is one of ours, live or dead.
func (l Leak) Genuine() bool { return l.TokenID != "" }

// Leaked revokes a leaked token for good: Restore does not bring it back, even if that came first.
// source names the public place for people; it is one line without anything that they should not
// follow. A token that was dead before is marked and recorded as well, since it might have been
// restored; one that was reported before stays as it is. Two first reports at the same moment are
// both recorded. With an error the Leak holds what was done.
//
// A reporter that has the whole token can have it revoked, which is less than they can do with it.
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
	// For a token that was reported before this changes nothing, and confirms that the revocation
	// lasts, as confirm does.
	if _, err := i.tokens.RevokeLeaked(ctx, r.Org, r.ID, at); err != nil && !errors.Is(err, token.ErrNotFound) { // forgotten by now
		return leak, fmt.Errorf("revoke leaked token %s: %w", r.ID, err)
	}
	return leak, nil
}
