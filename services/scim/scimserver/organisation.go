package scimserver

import (
	"context"
	"errors"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/scim/directory"
)

// settingUserNameFormat is the key under which the token service copies the organisation's setting.
const settingUserNameFormat = "userNameFormat"

// organisations knows the terms of an organisation from the copy that lies beside its tokens.
type organisations struct {
	tokens  Tokens
	schemas *schema.Registry
}

func (o organisations) ofToken(p token.Principal) directory.Organisation {
	return o.with(p.Org, p.Settings)
}

func (o organisations) byID(ctx context.Context, id string) (directory.Organisation, error) {
	org, err := o.tokens.Organisation(ctx, id)
	switch {
	case errors.Is(err, token.ErrNotFound):
		return directory.Organisation{}, scim.Errorf(404, "", "There is no such organisation, or SCIM was never enabled for it.")
	case err != nil:
		return directory.Organisation{}, scim.Errorf(503, "", "The organisation's settings cannot be read at the moment. Try again.").Because(err)
	}
	return o.with(org.ID, org.Settings), nil
}

func (o organisations) with(id string, settings map[string]string) directory.Organisation {
	return directory.Organisation{
		Tenant:         directory.Tenant(id),
		UserNameFormat: directory.UserNameFormat(settings[settingUserNameFormat]),
		Schemas:        o.schemas,
	}
}
