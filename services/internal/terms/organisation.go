package terms

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/libs/token/ratelimit"
)

// Organisation is the terms on which the SCIM requests of an organisation are served. The token
// service stores them with the organisation's tokens, so that the SCIM service reads both in one
// round trip.
type Organisation struct {
	SSOOff         bool // single sign-on is off: people are provisioned, and cannot sign in
	UserNameFormat UserNameFormat
	Strict         bool // refuse what identity providers are known to send beside the RFCs, instead of correcting it
	HideValues     bool // keep the values of attributes out of the organisation's activity
	// RestoreByExternalID: the identity provider never gives an externalId to another person, so a
	// create brings a leaver with the same one back under whatever userName.
	RestoreByExternalID bool
	// RestoreByUserName: the organisation never gives a userName to another person, so a create
	// brings a leaver with the same one back under whatever externalId.
	RestoreByUserName bool
	// ForgetGroups: who is deleted and comes back is in none of the groups from before.
	ForgetGroups bool
	// MatchByExternalID and MatchByUserName: a member that waits may mean the person who has its
	// value as externalId or as userName, and not only as id.
	MatchByExternalID bool
	MatchByUserName   bool
	Schemas           Schemas // the organisation's own extensions of User
	Guard             Guard
	Rate              ratelimit.Rate // of its requests; zero: the rate of all organisations that have none of their own
}

// UserNameFormat says what an organisation takes for a userName.
type UserNameFormat string

// The formats of a userName.
const (
	UserNameEmail UserNameFormat = "email" // an e-mail address; the default
	UserNameAny   UserNameFormat = "any"   // any non-empty string
)

// Valid reports whether f is one of them.
func (f UserNameFormat) Valid() bool { return f == UserNameEmail || f == UserNameAny }

// Schemas is a list of schema.Schema as JSON, in the form that encoding/json gives it; "" is the
// empty list. It is text so that it can be compared and copied as it is.
type Schemas string

// List returns the schemas.
func (s Schemas) List() ([]*schema.Schema, error) {
	if s == "" {
		return []*schema.Schema{}, nil
	}
	var list []*schema.Schema
	if err := json.Unmarshal([]byte(s), &list); err != nil {
		return nil, fmt.Errorf("read the organisation's own schemas: %w", err)
	}
	return list, nil
}

// The keys of token.Organisation.Settings. A term with its zero value has no key.
const (
	keySSOOff         = "ssoOff" // "true"
	keyUserNameFormat = "userNameFormat"
	keyStrict         = "strict"              // "true"
	keyHideValues     = "hideValues"          // "true"
	keyRestore        = "restoreByExternalId" // "true"
	keyRestoreByName  = "restoreByUserName"   // "true"
	keyForgetGroups   = "forgetGroups"        // "true"
	keyMatch          = "matchByExternalId"   // "true"
	keyMatchByName    = "matchByUserName"     // "true"
	keySchemas        = "schemas"
	keyGuard          = "guard"     // as Guard.String
	keyPerSecond      = "perSecond" // decimal
	keyBurst          = "burst"     // decimal
)

// Encode returns the terms as token.Organisation.Settings.
func (o Organisation) Encode() map[string]string {
	settings := make(map[string]string)
	for key, value := range map[string]string{
		keySSOOff:         strconv.FormatBool(o.SSOOff),
		keyUserNameFormat: string(o.UserNameFormat),
		keyStrict:         strconv.FormatBool(o.Strict),
		keyHideValues:     strconv.FormatBool(o.HideValues),
		keyRestore:        strconv.FormatBool(o.RestoreByExternalID),
		keyRestoreByName:  strconv.FormatBool(o.RestoreByUserName),
		keyForgetGroups:   strconv.FormatBool(o.ForgetGroups),
		keyMatch:          strconv.FormatBool(o.MatchByExternalID),
		keyMatchByName:    strconv.FormatBool(o.MatchByUserName),
		keySchemas:        string(o.Schemas),
		keyGuard:          o.Guard.String(),
		keyPerSecond:      strconv.Itoa(o.Rate.PerSecond),
		keyBurst:          strconv.Itoa(o.Rate.Burst),
	} {
		if value != "" && value != "false" && value != "0" {
			settings[key] = value
		}
	}
	return settings
}

// Decode returns the terms that Encode wrote. What it cannot read has the zero value.
func Decode(settings map[string]string) Organisation {
	perSecond, _ := strconv.Atoi(settings[keyPerSecond])
	burst, _ := strconv.Atoi(settings[keyBurst])
	return Organisation{
		SSOOff:              settings[keySSOOff] == "true",
		UserNameFormat:      UserNameFormat(settings[keyUserNameFormat]),
		Strict:              settings[keyStrict] == "true",
		HideValues:          settings[keyHideValues] == "true",
		RestoreByExternalID: settings[keyRestore] == "true",
		RestoreByUserName:   settings[keyRestoreByName] == "true",
		ForgetGroups:        settings[keyForgetGroups] == "true",
		MatchByExternalID:   settings[keyMatch] == "true",
		MatchByUserName:     settings[keyMatchByName] == "true",
		Schemas:             Schemas(settings[keySchemas]),
		Guard:               ParseGuard(settings[keyGuard]),
		Rate:                ratelimit.Rate{PerSecond: perSecond, Burst: burst},
	}
}
