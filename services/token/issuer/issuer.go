package issuer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/required"
)

// What an Issuer refuses an act with, besides *Invalid, *NotCurrent, *Overlap, token.Repeated,
// ErrNoOrganisation, ErrUnavailable and token.ErrUnavailable.
var (
	// ErrSSOOff: SCIM cannot be enabled without single sign-on, because no provisioned user could
	// sign in.
	ErrSSOOff = errors.New("single sign-on is off")
	// ErrEnabled: SCIM is on already, with a live token.
	ErrEnabled = errors.New("SCIM is enabled already")
	// ErrDisabled: there are no tokens to issue while SCIM is off.
	ErrDisabled = errors.New("SCIM is disabled")
	// ErrTooManyLive: the organisation has token.MaxLive live tokens.
	ErrTooManyLive = token.ErrTooManyLive
	// ErrNoToken: no such token of this organisation.
	ErrNoToken = errors.New("no such token")
	// ErrNotReplaced: no live token has taken the place of the one that is to end early.
	ErrNotReplaced = errors.New("the token is not replaced")
	// ErrNoRotation: there is no rotation to undo.
	ErrNoRotation = errors.New("no rotation to cancel")
	// ErrLeaving: the organisation is about to be erased, and has to be announced again first.
	ErrLeaving = errors.New("the organisation is leaving")
	// ErrErasing: the organisation has left and is not erased yet. Until then it cannot come back.
	ErrErasing = errors.New("the organisation is being erased")
	// ErrChanged: the settings are others than the caller believes.
	ErrChanged = errors.New("the settings have changed")
	// ErrTooLate: the revocation cannot be taken back any more.
	ErrTooLate = token.ErrTooLate
	// ErrLeaked: the token has leaked and stays revoked.
	ErrLeaked = token.ErrLeaked
)

// Deps are what an Issuer works with.
type Deps struct {
	Store   Store
	Tokens  token.Store
	Keyring token.Keyring
	// Replay is Tokens as Reconcile uses it. What it writes there comes from Store and can be
	// written again, so it need not wait until replicas have it, least of all after a failover that
	// left none. nil: Tokens.
	Replay token.Store `need:"optional"`
	// Grace is how long an organisation that leaves is kept. 0: DefaultGrace.
	Grace time.Duration    `need:"optional"`
	Now   func() time.Time `need:"optional"` // nil: time.Now
}

// Issuer holds the rules. It is safe for concurrent use, by several processes on the same stores
// too.
type Issuer struct {
	store    Store
	tokens   token.Store
	replay   token.Store
	keyring  token.Keyring
	verifier *token.Verifier
	grace    time.Duration
	now      func() time.Time
	denials  denials
}

// New returns an Issuer. The error names what is missing in d.
func New(d Deps) (*Issuer, error) {
	if err := required.Check(d); err != nil {
		return nil, err
	}
	if d.Replay == nil {
		d.Replay = d.Tokens
	}
	if d.Now == nil {
		d.Now = time.Now //nolint:forbidigo // for production; the rules are tested with other clocks
	}
	return &Issuer{
		grace: cmp.Or(d.Grace, DefaultGrace),
		store: d.Store, tokens: d.Tokens, replay: d.Replay, keyring: d.Keyring,
		verifier: token.NewVerifier(d.Tokens, d.Keyring, d.Now), now: d.Now, denials: newDenials(),
	}, nil
}

func (i *Issuer) clock() time.Time { return millis(i.now()) }

// millis returns t as stores keep it.
func millis(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// maxAttempts bounds how often an act starts over because another one came between.
const maxAttempts = 5

// change lets edit alter the organisation, unless it errs. Where something altered, the entry is
// written first. The copy is put also where nothing did: it may be missing from an act that stopped
// on the way.
func (i *Issuer) change(ctx context.Context, e audit.Entry, edit func(*Organisation) error) (Organisation, error) {
	for range maxAttempts {
		o, err := i.Organisation(ctx, e.Org)
		if err != nil {
			return Organisation{}, err
		}
		next := o
		if err := edit(&next); err != nil {
			return Organisation{}, err
		}
		if next != o {
			if changes := changesBetween(o, next); !slices.Equal(changes, e.Changes) {
				e.ID, e.Changes = newID(), changes
			}
			if err := i.audit(ctx, e); err != nil {
				return Organisation{}, err
			}
			next.Modified = e.At
			next, err = i.store.ReplaceOrganisation(ctx, next)
			if errors.Is(err, ErrVersionConflict) {
				continue
			}
			if err != nil {
				return Organisation{}, fmt.Errorf("replace organisation: %w", err)
			}
		}
		return next, i.publish(ctx, next)
	}
	return Organisation{}, fmt.Errorf("%w: the organisation keeps being changed by others", ErrUnavailable)
}

// publish puts the copy that verification reads.
func (i *Issuer) publish(ctx context.Context, o Organisation) error {
	return i.copyInto(ctx, i.tokens, o)
}

func (*Issuer) copyInto(ctx context.Context, tokens token.Store, o Organisation) error {
	if err := tokens.PutOrganisation(ctx, o.ForVerification()); err != nil {
		return fmt.Errorf("copy organisation %s: %w", o.ID, err)
	}
	return nil
}
