package main

import (
	"context"
	"crypto/rand"

	"github.com/devrev/scim/services/internal/apiclient"
)

type issueCommand struct {
	delivery

	Name    string   `required:"" placeholder:"NAME" help:"For people, to tell tokens apart."`
	Scope   []string `enum:"scim:read,scim:write" placeholder:"SCOPE" help:"${enum}; write includes read. Without it, scim:write."`
	Expires *moment  `placeholder:"WHEN" help:"Such as 90d, or 2030-01-31T12:00:00Z. Without it, never."`
}

// Run issues a token.
func (c issueCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	issued, err := c.make(out, func() (apiclient.Issued, error) {
		return api.Issue(ctx, rand.Text(), apiclient.TokenRequest{Name: c.Name, Scopes: c.Scope, ExpiresAt: c.Expires.ahead(out.now)})
	})
	if err != nil {
		return err
	}
	out.note("Issued the token %s (%s). It is shown this once.", issued.ID, issued.Name)
	return nil
}
