package token

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Principal is the origin of a request: an organisation, by one of its tokens. Scopes and Settings
// may be shared with other requests (see Cache) and are not to be modified.
type Principal struct {
	Org           string
	Tag           string // of the organisation; with TokenID what Store.RecordUsage wants
	TokenID       string
	Scopes        []Scope
	ExpiresAt     time.Time         // of the token; zero: never
	Settings      map[string]string // of the organisation, see Organisation
	WithoutScheme bool              // the header held the token without the word Bearer, as some clients send it
	Cached        bool              // a Cache answered, without reading a store
}

// Allows reports whether the token may do s.
func (p Principal) Allows(s Scope) bool { return allows(p.Scopes, s) }

// Verifier verifies bearer tokens. It is safe for concurrent use.
type Verifier struct {
	store   Lookuper
	keyring Keyring
	now     func() time.Time
}

// NewVerifier returns a Verifier of the tokens in store. A nil now is time.Now.
func NewVerifier(store Lookuper, keyring Keyring, now func() time.Time) *Verifier {
	if now == nil {
		now = time.Now
	}
	return &Verifier{store: store, keyring: keyring, now: now}
}

// Verify returns the Principal of the value of an Authorization header: "Bearer <token>" (RFC 6750
// section 2.1), the scheme in any case (RFC 9110 section 11.1), or the token alone.
//
// The error is a *Refusal if the token must not be accepted, and wraps ErrUnavailable if it could
// not be verified. The two must not be mixed up: an identity provider that receives 401 stops
// provisioning and waits for a person.
func (v *Verifier) Verify(ctx context.Context, authorization string) (Principal, error) {
	text, withoutScheme := credentials(authorization)
	if text == "" {
		return Principal{}, &Refusal{Reason: ReasonMissing}
	}
	t, err := Parse(text)
	if err != nil {
		return Principal{}, &Refusal{Reason: ReasonMalformed}
	}
	r, o, err := v.Identify(ctx, t)
	if err != nil {
		return Principal{}, err
	}
	if reason := refuse(r, o, v.now()); reason != "" {
		return Principal{}, &Refusal{Reason: reason, Tag: t.Tag(), TokenID: t.ID(), Org: r.Org}
	}
	return Principal{
		Org: r.Org, Tag: t.Tag(), TokenID: t.ID(), Scopes: r.Scopes, ExpiresAt: r.ExpiresAt, Settings: o.Settings, WithoutScheme: withoutScheme,
	}, nil
}

// Identify returns the record of the token and its organisation, whatever the state of either. The
// error is a *Refusal, ReasonUnknown or ReasonWrongSecret, if the token is not genuine, and wraps
// ErrUnavailable if it could not be verified. It takes the same time for all of these.
func (v *Verifier) Identify(ctx context.Context, t Token) (Record, Organisation, error) {
	r, o, err := v.store.Lookup(ctx, t.Tag(), t.ID())
	found := err == nil
	if !found && !errors.Is(err, ErrNotFound) {
		return Record{}, Organisation{}, fmt.Errorf("look up token %s: %w", t.ID(), err)
	}
	genuine := v.keyring.Verify(r, t) // also when nothing was found, so that it takes as long
	switch {
	case !found:
		return Record{}, Organisation{}, &Refusal{Reason: ReasonUnknown, Tag: t.Tag(), TokenID: t.ID()}
	case !v.keyring.Has(r.Kid): // a pepper was taken away too early: our mistake, not to be the client's 401
		return Record{}, Organisation{}, fmt.Errorf("verify token %s: %w: no pepper %q", t.ID(), ErrUnavailable, r.Kid)
	case !genuine || r.Org != o.ID: // a record under the tag of another organisation was written by hand
		return Record{}, Organisation{}, &Refusal{Reason: ReasonWrongSecret, Tag: t.Tag(), TokenID: t.ID(), Org: r.Org}
	default:
		return r, o, nil
	}
}

// refuse returns why a genuine token is not accepted, or "".
func refuse(r Record, o Organisation, now time.Time) Reason {
	switch {
	case !r.RevokedAt.IsZero():
		return ReasonRevoked
	case !r.Live(now):
		return ReasonExpired
	case r.Generation < o.Generation:
		return ReasonSuperseded
	case !o.Enabled:
		return ReasonDisabled
	default:
		return ""
	}
}

// credentials removes the scheme. "Bearer" alone has no credentials; another scheme than Bearer
// leaves a text with a space in it, which is not a token.
func credentials(authorization string) (text string, withoutScheme bool) {
	text = strings.TrimSpace(authorization)
	if scheme, rest, _ := strings.Cut(text, " "); strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(rest), false
	}
	return text, true
}
