package access

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/devrev/scim/libs/token/ratelimit"
	"github.com/devrev/scim/services/internal/keyset"
)

// What Verify answers with besides nil. What they wrap is for the log.
var (
	// ErrUnauthenticated: no one that is known here; a 401.
	ErrUnauthenticated = errors.New("unauthenticated")
	// ErrUnavailable: the issuer's keys could not be had, so nothing is known about the token; a
	// 503.
	ErrUnavailable = errors.New("identity provider's keys unavailable")
)

// algorithms are those of public keys only. Named here rather than taken from the key set or the
// token: "none", and an HMAC under what everybody knows as the public key, must have no way in.
var algorithms = []string{oidc.RS256, oidc.ES256, oidc.EdDSA}

// clockSkew is how far the issuer's clock may be ahead of ours for "nbf". go-oidc's own allowance,
// five minutes, is longer than some tokens live.
const clockSkew = time.Minute

// Verifier identifies the holder of a credential. It is safe for concurrent use.
type Verifier struct {
	platform [][sha256.Size]byte
	issuer   string // "" admits no person
	keys     oidc.KeySet
	oidc     *oidc.Config
	now      func() time.Time
	limiter  ratelimit.Limiter // of persons
}

// Verify returns the actor of an Authorization header's value, "Bearer <credential>". The
// error wraps ErrUnauthenticated or ErrUnavailable, or is *Throttled.
func (v *Verifier) Verify(ctx context.Context, authorization string) (Actor, error) {
	scheme, credential, _ := strings.Cut(strings.TrimSpace(authorization), " ")
	credential = strings.TrimSpace(credential)
	switch {
	case authorization == "":
		return Actor{}, fmt.Errorf("%w: no credential", ErrUnauthenticated)
	case !strings.EqualFold(scheme, "Bearer"):
		return Actor{}, fmt.Errorf("%w: not a bearer credential", ErrUnauthenticated)
	case v.isPlatform(credential):
		return Actor{Subject: PlatformSubject, Platform: true}, nil
	case v.issuer == "":
		return Actor{}, fmt.Errorf("%w: unknown credential", ErrUnauthenticated)
	default:
		return v.person(ctx, credential)
	}
}

// isPlatform compares with every credential there is, whatever the outcome, and hashes rather than
// texts, so that its duration reveals neither their number nor their length.
func (v *Verifier) isPlatform(credential string) bool {
	given := sha256.Sum256([]byte(credential))
	same := 0
	for _, known := range v.platform {
		same |= subtle.ConstantTimeCompare(given[:], known[:])
	}
	return same == 1
}

func (v *Verifier) person(ctx context.Context, jwt string) (Actor, error) {
	if !isCompact(jwt) {
		return Actor{}, fmt.Errorf("%w: not a JWT in compact form", ErrUnauthenticated)
	}
	keys := &observed{KeySet: v.keys}
	id, err := oidc.NewVerifier(v.issuer, keys, v.oidc).Verify(ctx, jwt)
	switch {
	case errors.Is(keys.err, keyset.ErrFetch) || keys.err != nil && ctx.Err() != nil:
		return Actor{}, fmt.Errorf("%w: %w", ErrUnavailable, keys.err)
	case err != nil:
		return Actor{}, fmt.Errorf("%w: %w", ErrUnauthenticated, err)
	}
	var payload json.RawMessage
	if err := id.Claims(&payload); err != nil {
		return Actor{}, fmt.Errorf("%w: read claims: %w", ErrUnauthenticated, err)
	}
	c, err := readClaims(payload)
	switch {
	case err != nil:
		return Actor{}, fmt.Errorf("%w: read claims: %w", ErrUnauthenticated, err)
	case c.NotBefore > float64(v.now().Add(clockSkew).Unix()):
		return Actor{}, fmt.Errorf("%w: not valid yet", ErrUnauthenticated)
	case c.Org == "" && c.Staff && slices.Contains(c.Roles, Operator):
		return Actor{Subject: c.Subject, Staff: true}, nil
	case c.Org == "":
		return Actor{}, fmt.Errorf("%w: no claim org", ErrUnauthenticated)
	}
	a := Actor{Subject: c.Subject, Org: c.Org, Roles: c.Roles}
	return a, v.count(ctx, a)
}

// observed is the key set during one Verify. It keeps the error that go-oidc turns into text, and
// with it the difference between a wrong signature and no keys to tell by.
type observed struct {
	oidc.KeySet
	err error
}

func (o *observed) VerifySignature(ctx context.Context, jwt string) (payload []byte, err error) {
	payload, o.err = o.KeySet.VerifySignature(ctx, jwt)
	return payload, o.err
}
