package issuer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/ratelimit"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/terms"
)

// Announce stores the organisation, or its new terms, and reports whether it was unknown. The same
// terms again change nothing.
//
// Single sign-on switched off does not switch SCIM off: the people stay provisioned and only cannot
// sign in, whereas without provisioning people who are being removed would stay active. It does
// keep SCIM from being enabled.
//
// An organisation that is leaving stays. SCIM stays off: enabling it issues a new token. One that
// has left and is erased begins from nothing; until it is erased, ErrErasing.
//
// It also makes the two stores agree about the organisation, if one of them was restored: see
// agree.
func (i *Issuer) Announce(ctx context.Context, by audit.Caller, id string, t Terms) (o Organisation, created bool, err error) {
	if t.UserNameFormat == "" {
		t.UserNameFormat = terms.UserNameEmail
	}
	if !ValidID(id) {
		return Organisation{}, false, &Invalid{"id", "must have 1 to 64 letters, digits, dots, hyphens and underscores"}
	}
	if err := t.validate(); err != nil {
		return Organisation{}, false, err
	}
	e := i.entry(by, audit.ActionAnnounce, id)
	for range maxAttempts {
		o, err = i.change(ctx, e, func(o *Organisation) error {
			o.Terms, o.LeavesAt = t, time.Time{}
			return nil
		})
		if !errors.Is(err, ErrNoOrganisation) {
			o, err = i.agree(ctx, o, err)
			return o, false, err
		}
		o, err = i.create(ctx, e, t)
		if !errors.Is(err, ErrExists) { // announced by another request at the same time or, very rarely, the tag is taken: once more
			return o, err == nil, err
		}
	}
	return Organisation{}, false, fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// create stores an organisation that the Store does not have, or has the tombstone of. If the token
// store has it, the Store was restored to a time before its announcement: then create stores what
// the token store has, so that its tokens can be listed and revoked again.
//
// The generation of one that comes back goes on, so that no token from before is accepted, whatever
// is restored.
func (i *Issuer) create(ctx context.Context, e audit.Entry, t Terms) (Organisation, error) {
	left, err := i.store.Organisation(ctx, e.Org)
	if err != nil && !errors.Is(err, ErrNoOrganisation) {
		return Organisation{}, fmt.Errorf("load organisation: %w", err)
	}
	copied, err := i.tokens.Organisation(ctx, e.Org)
	if err != nil && !errors.Is(err, token.ErrNotFound) {
		return Organisation{}, fmt.Errorf("look for the copy of organisation %s: %w", e.Org, err)
	}
	o := Organisation{ID: e.Org, Version: 1, Tag: token.NewTag(), Terms: t, Created: e.At, Modified: e.At}
	switch restored := err == nil && copied.Generation > left.Generation; {
	case err == nil && (restored || !left.HasLeft()):
		o.Settings = settingsIn(copied)
		o = o.adopting(copied)
	case left.HasLeft() && left.ErasedAt.IsZero():
		return Organisation{}, ErrErasing
	}
	if err := i.audit(ctx, e); err != nil {
		return Organisation{}, err
	}
	if !left.HasLeft() {
		err = i.store.CreateOrganisation(ctx, o)
	} else {
		o.Version, o.Generation = left.Version, max(o.Generation, left.Generation)
		if o, err = i.store.ReplaceOrganisation(ctx, o); errors.Is(err, ErrVersionConflict) {
			err = ErrExists
		}
	}
	if err != nil {
		return Organisation{}, fmt.Errorf("create organisation: %w", err)
	}
	return o, i.publish(ctx, o)
}

func (t Terms) validate() error {
	if !t.UserNameFormat.Valid() {
		return &Invalid{"userNameFormat", `must be "email" or "any"`}
	}
	if t.Connection != "" && !isText(t.Connection) {
		return &Invalid{"sso.connection", textRule}
	}
	if r := t.Rate; r != (ratelimit.Rate{}) {
		if r.PerSecond < MinPerSecond || r.PerSecond > MaxPerSecond {
			return &Invalid{"rate.perSecond", fmt.Sprintf("must be %d to %d", MinPerSecond, MaxPerSecond)}
		}
		if r.Burst != 0 && (r.Burst < r.PerSecond || r.Burst > MaxBurst) {
			return &Invalid{"rate.burst", fmt.Sprintf("must be at least rate.perSecond, and %d at most", MaxBurst)}
		}
	}
	return nil
}
