package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/devrev/scim/services/console"
	"github.com/devrev/scim/services/console/session"
	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/apiclient"
	"github.com/devrev/scim/services/internal/config"
)

// environment is what the environment says.
type environment struct {
	Addr       string        `env:"CONSOLE_ADDR" envDefault:":8083"`     // the pages, for browsers
	OpsAddr    string        `env:"CONSOLE_OPS_ADDR" envDefault:":9083"` // health and metrics
	DrainDelay time.Duration `env:"DRAIN_DELAY" envDefault:"5s"`

	URL            string `env:"CONSOLE_URL"` // public, with /console
	ClientID       string `env:"CONSOLE_CLIENT_ID"`
	ClientSecret   string `env:"CONSOLE_CLIENT_SECRET"`
	SessionKeys    string `env:"CONSOLE_SESSION_KEYS"` // see session.ParseKeys
	FrameAncestors string `env:"CONSOLE_FRAME_ANCESTORS"`

	Tokend       string        `env:"CONSOLE_TOKEND_URL"` // with /api/v1
	Scimd        string        `env:"CONSOLE_SCIMD_URL"`  // the same, of scimd's organisation side; "": one front leads to both
	InsecureHTTP bool          `env:"CONSOLE_INSECURE_HTTP"`
	Timeout      time.Duration `env:"CONSOLE_TIMEOUT" envDefault:"5s"` // of one answer of a service

	Issuer   string `env:"OIDC_ISSUER"`
	Audience string `env:"OIDC_AUDIENCE"`
	JWKSURL  string `env:"OIDC_JWKS_URL"`
}

// load reads the environment, as os.Environ gives it. The error has a sentence for each variable
// that is missing or wrong, and quotes no secret.
func load(environ []string) (e environment, err error) {
	if err := config.Read(environ, &e, "CONSOLE_CLIENT_SECRET", "CONSOLE_SESSION_KEYS"); err != nil {
		return e, err
	}
	var errs []error
	for _, required := range []struct{ name, value string }{
		{"CONSOLE_URL", e.URL},
		{"CONSOLE_CLIENT_ID", e.ClientID},
		{"CONSOLE_SESSION_KEYS", e.SessionKeys},
		{"CONSOLE_TOKEND_URL", e.Tokend},
		{"OIDC_ISSUER", e.Issuer},
		{"OIDC_AUDIENCE", e.Audience},
		{"OIDC_JWKS_URL", e.JWKSURL},
	} {
		if required.value == "" {
			errs = append(errs, fmt.Errorf("%s must be set", required.name))
		}
	}
	return e, errors.Join(errs...)
}

// console makes the console of the environment. deps have all but the API and Access.
func (e environment) console(deps console.Deps) (*console.Console, error) {
	keys, err := session.ParseKeys(e.SessionKeys)
	if err != nil {
		return nil, fmt.Errorf("CONSOLE_SESSION_KEYS: %w", err)
	}
	if deps.Access, err = access.New(access.Config{Issuer: e.Issuer, Audience: e.Audience, JWKSURL: e.JWKSURL}, access.Deps{}); err != nil {
		return nil, err
	}
	deps.API, err = apiclient.New(apiclient.Config{
		BaseURL: e.Tokend, DirectoryURL: e.Scimd, InsecureHTTP: e.InsecureHTTP, Timeout: e.Timeout, Once: true, UserAgent: "consoled",
	})
	if err != nil {
		return nil, fmt.Errorf("CONSOLE_TOKEND_URL, CONSOLE_SCIMD_URL: %w", err)
	}
	return console.New(console.Config{
		URL: e.URL, Issuer: e.Issuer, ClientID: e.ClientID, ClientSecret: e.ClientSecret, Audience: e.Audience, SessionKeys: keys, FrameAncestors: e.FrameAncestors,
	}, deps)
}
