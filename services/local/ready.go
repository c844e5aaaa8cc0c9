package local

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/local/issuer"
)

// Ready is the JSON line that -json prints on stdout once requests are answered. Scripts read it;
// its names stay as they are.
type Ready struct {
	SCIMBaseURL        string     `json:"scimBaseUrl"`
	APIBaseURL         string     `json:"apiBaseUrl"`
	ConsoleURL         string     `json:"consoleUrl,omitempty"` // "" where no browser on this machine reaches the run
	PlatformCredential string     `json:"platformCredential"`
	Orgs               []ReadyOrg `json:"orgs"`
}

// ReadyOrg is one organisation of the line. Token is "" only if none was requested.
type ReadyOrg struct {
	Org        string `json:"org"`
	Token      string `json:"token"`
	AdminToken string `json:"adminToken"`
}

// NewReady returns the line of a run that listens on addr, still without organisations.
func NewReady(o Options, addr, credential string) Ready {
	base := "http://" + addr
	r := Ready{SCIMBaseURL: cmp.Or(o.BaseURL, base) + terms.SCIMPath, APIBaseURL: base + terms.APIPath, PlatformCredential: credential}
	if host := BrowserHost(addr); host != "" {
		r.ConsoleURL = "http://" + host + consolePath + "/"
	}
	return r
}

// Prepare fills in the organisations: they are announced, SCIM is on, and each has a token as
// Platform.Prepare gives it.
func (r *Ready) Prepare(ctx context.Context, o Options, issuer *issuer.Issuer) error {
	platform := Platform{BaseURL: r.APIBaseURL, Credential: r.PlatformCredential}
	for _, org := range o.Orgs {
		token, err := platform.Prepare(ctx, org, o.UserNameFormat, o.JSON || o.Demo)
		if err != nil {
			return err
		}
		admin, err := issuer.AdminToken(org)
		if err != nil {
			return err
		}
		r.Orgs = append(r.Orgs, ReadyOrg{Org: org, Token: token, AdminToken: admin})
	}
	return nil
}

// Print writes the line.
func (r *Ready) Print(w io.Writer) error {
	if err := json.NewEncoder(w).Encode(r); err != nil {
		return fmt.Errorf("print the ready line: %w", err)
	}
	return nil
}
