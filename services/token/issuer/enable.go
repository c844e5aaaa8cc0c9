package issuer

import "github.com/devrev/scim/services/internal/audit"

import "context"

// firstName begins the name of the token that comes with enabling.
const firstName = "Issued when SCIM was enabled"

// Enable switches SCIM on and issues the first token. It returns ErrSSOOff if SCIM is off and
// single sign-on too, or ErrEnabled if SCIM is on and has a live token; on but without one, it is
// an Enable that stopped on the way or lost its token, and goes on where that ended.
func (i *Issuer) Enable(ctx context.Context, by audit.Caller, org string) (Issued, error) {
	o, err := i.change(ctx, i.entry(by, audit.ActionEnable, org), func(o *Organisation) error {
		if !o.LeavesAt.IsZero() {
			return ErrLeaving
		}
		if !o.Enabled && !o.Terms.SSO {
			return ErrSSOOff
		}
		*o = o.switched(true)
		return nil
	})
	if err != nil {
		return Issued{}, err
	}
	all, err := i.tokensOf(ctx, o)
	switch {
	case err != nil:
		return Issued{}, err
	case len(all.live()) > 0:
		return Issued{}, ErrEnabled
	default:
		return i.issue(ctx, by, o, TokenRequest{Name: all.newName(firstName)})
	}
}

// Disable switches SCIM off. No token of the organisation is accepted from then on, nor ever again:
// enabling issues another. Users and groups stay as they are. Where SCIM is off, nothing changes.
func (i *Issuer) Disable(ctx context.Context, by audit.Caller, org string) (Organisation, error) {
	return i.change(ctx, i.entry(by, audit.ActionDisable, org), func(o *Organisation) error {
		*o = o.switched(false)
		return nil
	})
}

// switched counts every switching, on as well as off. So the tokens from before are dead, and a
// copy for verification that is late cannot undo a later one.
func (o Organisation) switched(on bool) Organisation {
	if o.Enabled != on {
		o.Enabled = on
		o.Generation++
	}
	return o
}
