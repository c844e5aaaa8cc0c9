package scimserver

import (
	"context"
	"errors"
	"fmt"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/scim/directory"
)

// maxRegistries bounds how many organisations' own schemas are kept ready.
const maxRegistries = 1024

// organisations reads the terms of an organisation from the copy stored with its tokens.
type organisations struct {
	tokens     Tokens
	core       *schema.Registry
	registries *lru.Cache[terms.Schemas, *schema.Registry]
}

func newOrganisations(tokens Tokens) (*organisations, error) {
	registries, err := lru.New[terms.Schemas, *schema.Registry](maxRegistries)
	if err != nil {
		return nil, fmt.Errorf("make the cache of schemas: %w", err)
	}
	return &organisations{tokens, schema.Load(directory.Fold), registries}, nil
}

func (o *organisations) ofToken(p token.Principal) (directory.Organisation, error) {
	return o.with(p.Org, p.Settings)
}

func (o *organisations) byID(ctx context.Context, id string) (directory.Organisation, error) {
	org, err := o.tokens.Organisation(ctx, id)
	switch {
	case errors.Is(err, token.ErrNotFound):
		return directory.Organisation{}, scim.Errorf(404, "", "There is no such organisation, or SCIM was never enabled for it.")
	case err != nil:
		return directory.Organisation{}, scim.Errorf(503, "", "The organisation's settings cannot be read at the moment. Try again.").Because(err)
	}
	return o.with(org.ID, org.Settings)
}

func (o *organisations) with(id string, settings map[string]string) (directory.Organisation, error) {
	t := terms.Decode(settings)
	schemas, err := o.registry(t.Schemas)
	return directory.Organisation{
		Tenant: directory.Tenant(id), UserNameFormat: t.UserNameFormat, Strict: t.Strict, HideValues: t.HideValues,
		RestoreByExternalID: t.RestoreByExternalID, RestoreByUserName: t.RestoreByUserName,
		ForgetGroups: t.ForgetGroups, MatchByExternalID: t.MatchByExternalID, MatchByUserName: t.MatchByUserName,
		Guard: t.Guard, Schemas: schemas,
	}, err
}

// registry returns the schemas of an organisation: the core ones and its own, which the token
// service has checked.
func (o *organisations) registry(schemas terms.Schemas) (*schema.Registry, error) {
	if schemas == "" {
		return o.core, nil
	}
	if r, ok := o.registries.Get(schemas); ok {
		return r, nil
	}
	own, err := schemas.List()
	if err != nil {
		return nil, err
	}
	r := o.core.With(own...)
	o.registries.Add(schemas, r)
	return r, nil
}

// guarded returns the terms of an organisation, and reports whether SCIM is enabled. One that is
// not known has none.
func (o *organisations) guarded(ctx context.Context, t directory.Tenant) (directory.Organisation, bool, error) {
	org, err := o.tokens.Organisation(ctx, string(t))
	switch {
	case errors.Is(err, token.ErrNotFound):
		return directory.Organisation{Tenant: t}, false, nil
	case err != nil:
		return directory.Organisation{}, false, err
	}
	terms, err := o.with(org.ID, org.Settings)
	return terms, org.Enabled, err
}

// since returns since when SCIM has been enabled: its first token is issued then.
func (o *organisations) since(ctx context.Context, t directory.Tenant) (time.Time, error) {
	org, err := o.tokens.Organisation(ctx, string(t))
	if err != nil {
		return time.Time{}, err
	}
	records, err := o.tokens.List(ctx, string(t))
	if err != nil {
		return time.Time{}, err
	}
	var first time.Time
	for _, r := range records {
		if r.Generation == org.Generation && (first.IsZero() || r.IssuedAt.Before(first)) {
			first = r.IssuedAt
		}
	}
	return first, nil
}
