package issuer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/libs/token"
)

// Settings are what an administrator decides about SCIM in the organisation.
type Settings struct {
	Strict     bool    // refuse what identity providers are known to send beside the RFCs, instead of putting it right
	HideValues bool    // keep the values of attributes out of the organisation's activity
	Schemas    Schemas // the organisation's own extensions of User
}

// Schemas is a list of schema.Schema as JSON, in the form that encoding/json gives it; "" is the empty list. It is text so that it can be
// compared and copied as it is.
type Schemas string

// Bounds of an organisation's own schemas. All of it is read with every request.
const (
	maxSchemas     = 8
	maxSchemasText = 32 << 10 // bytes
)

// The keys of the settings in token.Organisation.Settings.
const (
	SettingUserNameFormat = "userNameFormat"
	SettingStrict         = "strict"     // "true"; absent: not
	SettingHideValues     = "hideValues" // "true"; absent: not
	SettingSchemas        = "schemas"    // a Schemas; absent: none
	SettingPerSecond      = "perSecond"  // of token.Rate, in decimal; absent: 0
	SettingBurst          = "burst"      // of token.Rate, in decimal; absent: 0
)

// Configure stores the settings whole. It returns *Invalid for schemas that cannot be an organisation's own. What users hold of an attribute
// that is no longer described stays stored, and shows again if it is described again.
func (i *Issuer) Configure(ctx context.Context, by Caller, org string, s Settings) (Organisation, error) {
	return i.change(ctx, i.entry(by, ActionConfigure, org), func(o *Organisation) error {
		o.Settings = s
		return nil
	})
}

// NewSchemas checks schemas and returns them as they are stored. The error, if any, is *Invalid.
func NewSchemas(list []*schema.Schema) (Schemas, error) {
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
			err = errors.New("a URN stands twice")
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
	return Schemas(text), nil
}

// List returns the schemas.
func (s Schemas) List() ([]*schema.Schema, error) {
	if s == "" {
		return []*schema.Schema{}, nil
	}
	var list []*schema.Schema
	if err := json.Unmarshal([]byte(s), &list); err != nil {
		return nil, fmt.Errorf("read schemas: %w", err)
	}
	return list, nil
}

// forVerification is the copy that every SCIM request reads.
func (o Organisation) forVerification() token.Organisation {
	settings := map[string]string{SettingUserNameFormat: string(o.Terms.UserNameFormat)}
	if o.Settings.Strict {
		settings[SettingStrict] = "true"
	}
	if o.Settings.HideValues {
		settings[SettingHideValues] = "true"
	}
	if o.Settings.Schemas != "" {
		settings[SettingSchemas] = string(o.Settings.Schemas)
	}
	for name, value := range map[string]int{SettingPerSecond: o.Terms.Rate.PerSecond, SettingBurst: o.Terms.Rate.Burst} {
		if value != 0 {
			settings[name] = strconv.Itoa(value)
		}
	}
	return token.Organisation{ID: o.ID, Tag: o.Tag, Enabled: o.Enabled, Generation: o.Generation, Settings: settings}
}
