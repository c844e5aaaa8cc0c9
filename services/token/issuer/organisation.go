package issuer

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/devrev/scim/libs/token/ratelimit"
	"github.com/devrev/scim/services/internal/terms"
)

// Organisation is a DevRev organisation as far as SCIM is concerned. The platform announces its
// Terms, its administrators decide its Settings; the rest is the issuer's.
type Organisation struct {
	ID         string // the platform's; see ValidID
	Version    int64  // 1, 2, ...; a Store counts
	Tag        string // of token.NewTag, in every token of the organisation; given once
	Terms      Terms
	Settings   Settings
	Enabled    bool      // SCIM is on
	Generation int64     // how often SCIM was switched on or off; tokens from before the last time are dead
	Created    time.Time // UTC, milliseconds
	Modified   time.Time // UTC, milliseconds

	LeavesAt time.Time // when it is erased; zero: it stays
	LeftAt   time.Time // since when it is being erased, and this is its tombstone, without terms and settings
	ErasedAt time.Time // when all of it was erased
}

// Terms are what the platform announces of an organisation.
type Terms struct {
	SSO            bool                 // single sign-on is on
	Connection     string               // the name of its connection, "" if not given
	UserNameFormat terms.UserNameFormat // "" means terms.UserNameEmail when announced, and never occurs afterwards
	Rate           ratelimit.Rate       // of SCIM requests; zero: the SCIM service's default
}

// Bounds of a Rate that is not zero. Below the least one Microsoft Entra ID takes the service for
// broken.
const (
	MinPerSecond = 25
	MaxPerSecond = 1000
	MaxBurst     = 10_000
)

var idPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// ValidID reports whether id can be an organisation's: 1 to 64 letters, digits, '.', '_' and '-',
// not dots alone, which are a way up in a path.
func ValidID(id string) bool { return idPattern.MatchString(id) && strings.Trim(id, ".") != "" }

// Organisation returns the stored organisation, or ErrNoOrganisation: of one that has left, too.
func (i *Issuer) Organisation(ctx context.Context, id string) (Organisation, error) {
	o, err := i.Stored(ctx, id)
	if err == nil && o.HasLeft() {
		return Organisation{}, fmt.Errorf("the organisation has left: %w", ErrNoOrganisation)
	}
	return o, err
}

// Stored is Organisation, and returns the tombstone of one that has left.
func (i *Issuer) Stored(ctx context.Context, id string) (Organisation, error) {
	o, err := i.store.Organisation(ctx, id)
	if err != nil {
		return Organisation{}, fmt.Errorf("load organisation: %w", err)
	}
	return o, nil
}

// Status is the state of an organisation and its tokens.
type Status struct {
	Organisation
	LiveTokens int      // accepted now
	Expiring   []string // the ids of those that it is time to rotate
}

// Status returns the organisation and the state of its tokens, or ErrNoOrganisation.
func (i *Issuer) Status(ctx context.Context, id string) (Status, error) {
	o, all, err := i.known(ctx, id)
	return Status{o, len(all.live()), all.expiring()}, err
}
