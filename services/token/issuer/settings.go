package issuer

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/terms"
)

// Settings are what an administrator decides about SCIM in the organisation.
type Settings struct {
	Strict     bool // refuse the identity providers' known departures from the RFCs instead of correcting them
	HideValues bool // keep the values of attributes out of the organisation's activity
	// The next five: see terms.Organisation.
	RestoreByExternalID bool
	RestoreByUserName   bool
	ForgetGroups        bool
	MatchByExternalID   bool
	MatchByUserName     bool
	Schemas             terms.Schemas // the organisation's own extensions of User
	Guard               terms.Guard   // as NewGuard returns it
}

// Bounds of an organisation's own schemas. All of it is read with every request.
const (
	maxSchemas     = 8
	maxSchemasText = 32 << 10 // bytes
)

// Configure lets edit alter the settings, and stores them. It returns what edit returns, or
// ErrChanged if ifMatch is set and not the Tag of the stored settings. Users' values of an
// attribute that is no longer described stay stored, and appear again if it is described again.
func (i *Issuer) Configure(ctx context.Context, by audit.Caller, org, ifMatch string, edit func(*Settings) error) (Organisation, error) {
	return i.change(ctx, i.entry(by, audit.ActionConfigure, org), func(o *Organisation) error {
		if ifMatch != "" && ifMatch != o.Settings.Tag() {
			return ErrChanged
		}
		return edit(&o.Settings)
	})
}

// Tag names these settings and no others.
func (s Settings) Tag() string {
	text := strconv.FormatBool(s.Strict) + strconv.FormatBool(s.HideValues) + strconv.FormatBool(s.RestoreByExternalID) +
		strconv.FormatBool(s.RestoreByUserName) + string(s.Schemas) + s.Guard.String()
	if s.ForgetGroups || s.MatchByExternalID || s.MatchByUserName { // without them, it is the tag of before there were these
		text += strconv.FormatBool(s.ForgetGroups) + strconv.FormatBool(s.MatchByExternalID) + strconv.FormatBool(s.MatchByUserName)
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// NewSchemas checks schemas and returns them as they are stored. The error, if any, is *Invalid.
func NewSchemas(list []*schema.Schema) (terms.Schemas, error) {
	if len(list) == 0 {
		return "", nil
	}
	if len(list) > maxSchemas {
		return "", &Invalid{"schemas", fmt.Sprintf("must be %d at most", maxSchemas)}
	}
	seen := map[string]bool{}
	for _, s := range list {
		if s == nil {
			return "", &Invalid{"schemas", "must be a list of schemas"}
		}
		err := s.CheckExtension()
		if id := strings.ToLower(s.ID); err == nil && seen[id] {
			err = errors.New("a URN is used twice")
		} else {
			seen[id] = true
		}
		if err != nil {
			return "", &Invalid{"schemas", "cannot be used: " + err.Error()}
		}
	}
	text, err := json.Marshal(list)
	if err != nil {
		return "", fmt.Errorf("encode schemas: %w", err)
	}
	if len(text) > maxSchemasText {
		return "", &Invalid{"schemas", fmt.Sprintf("must have %d bytes at most", maxSchemasText)}
	}
	return terms.Schemas(text), nil
}

// NewGuard checks a guard and returns it as it is stored. The error, if any, is *Invalid.
func NewGuard(g terms.Guard) (terms.Guard, error) {
	for _, m := range []struct {
		member string
		mode   terms.GuardMode
	}{
		{"guard.mode", g.Mode},
		{"guard.clients.okta", cmp.Or(g.Clients.Okta, g.Mode)},
		{"guard.clients.entra", cmp.Or(g.Clients.Entra, g.Mode)},
		{"guard.clients.other", cmp.Or(g.Clients.Other, g.Mode)},
		{"guard.clients.unnamed", cmp.Or(g.Clients.Unnamed, g.Mode)},
	} {
		if m.mode != terms.GuardOff && m.mode != terms.GuardObserve && m.mode != terms.GuardHold {
			return terms.Guard{}, &Invalid{m.member, fmt.Sprintf("must be %s, %s or %s", terms.GuardOff, terms.GuardObserve, terms.GuardHold)}
		}
	}
	if g.Undecided.Then != terms.ThenApply && g.Undecided.Then != terms.ThenDrop {
		return terms.Guard{}, &Invalid{"guard.undecidedAfter.then", fmt.Sprintf("must be %s or %s", terms.ThenApply, terms.ThenDrop)}
	}
	for _, n := range []struct {
		member             string
		value, least, most int
	}{
		{"guard.people.count", g.People.Count, 1, terms.MaxMassCount},
		{"guard.people.percent", g.People.Percent, 0, 100},
		{"guard.people.minutes", g.People.Minutes, 1, terms.MaxMassMinutes},
		{"guard.members.count", g.Members.Count, 1, terms.MaxMassCount},
		{"guard.members.percent", g.Members.Percent, 0, 100},
		{"guard.members.minutes", g.Members.Minutes, 1, terms.MaxMassMinutes},
		{"guard.undecidedAfter.hours", g.Undecided.Hours, 1, terms.MaxUndecidedHours},
	} {
		if n.value < n.least || n.value > n.most {
			return terms.Guard{}, &Invalid{n.member, fmt.Sprintf("must be from %d to %d", n.least, n.most)}
		}
	}
	return g.Stored(), nil
}

// ForVerification is the copy that every SCIM request reads.
func (o Organisation) ForVerification() token.Organisation {
	served := terms.Organisation{
		SSOOff: !o.Terms.SSO, UserNameFormat: o.Terms.UserNameFormat, Rate: o.Terms.Rate,
		Strict: o.Settings.Strict, HideValues: o.Settings.HideValues,
		RestoreByExternalID: o.Settings.RestoreByExternalID, RestoreByUserName: o.Settings.RestoreByUserName, Schemas: o.Settings.Schemas,
		ForgetGroups: o.Settings.ForgetGroups, MatchByExternalID: o.Settings.MatchByExternalID, MatchByUserName: o.Settings.MatchByUserName,
		Guard: o.Settings.Guard,
	}
	return token.Organisation{ID: o.ID, Tag: o.Tag, Enabled: o.Enabled, Generation: o.Generation, Settings: served.Encode()}
}

// settingsIn is the inverse of ForVerification: the settings that a copy holds.
func settingsIn(copied token.Organisation) Settings {
	served := terms.Decode(copied.Settings)
	return Settings{
		Strict: served.Strict, HideValues: served.HideValues,
		RestoreByExternalID: served.RestoreByExternalID, RestoreByUserName: served.RestoreByUserName, Schemas: served.Schemas,
		ForgetGroups: served.ForgetGroups, MatchByExternalID: served.MatchByExternalID, MatchByUserName: served.MatchByUserName,
		Guard: served.Guard,
	}
}
