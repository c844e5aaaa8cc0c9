package local

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/devrev/scim/services/internal/apiclient"
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

// ReadyOrg is one organisation of the line. Token is "" only if none was requested, or if the
// organisation leaves.
type ReadyOrg struct {
	Org        string             `json:"org"`
	Token      string             `json:"token"`
	AdminToken string             `json:"adminToken"`
	Leaving    *apiclient.Leaving `json:"leaving,omitempty"` // nil: it stays
}

// First returns the first organisation that does not leave, nil if all do.
func (r *Ready) First() *ReadyOrg {
	for i := range r.Orgs {
		if r.Orgs[i].Leaving == nil {
			return &r.Orgs[i]
		}
	}
	return nil
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
// Platform.Prepare gives it. One that leaves goes on leaving.
func (r *Ready) Prepare(ctx context.Context, o Options, issuer *issuer.Issuer) error {
	platform := Platform{BaseURL: r.APIBaseURL, Credential: r.PlatformCredential}
	for _, org := range o.Orgs {
		ready := ReadyOrg{Org: org}
		var err error
		ready.Token, err = platform.Prepare(ctx, org, o.UserNameFormat, o.JSON || o.Demo)
		if leaving, ok := errors.AsType[*LeavingError](err); ok {
			ready.Leaving = &leaving.Leaving
		} else if err != nil {
			return err
		}
		if ready.AdminToken, err = issuer.AdminToken(org); err != nil {
			return err
		}
		r.Orgs = append(r.Orgs, ready)
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
