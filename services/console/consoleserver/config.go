// Package consoleserver makes the console of what the environment of consoled says.
package consoleserver

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/devrev/scim/services/console"
	"github.com/devrev/scim/services/console/session"
	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/apiclient"
	"github.com/devrev/scim/services/internal/config"
)

// Config is what the environment says.
type Config struct {
	config.Program
	Addr    string `env:"CONSOLE_ADDR" envDefault:":8083"`     // the pages, for browsers
	OpsAddr string `env:"CONSOLE_OPS_ADDR" envDefault:":9083"` // health and metrics

	URL            string `env:"CONSOLE_URL"` // public, with /console
	ClientID       string `env:"CONSOLE_CLIENT_ID"`
	ClientSecret   string `env:"CONSOLE_CLIENT_SECRET" secret:"file"`
	SessionKeys    string `env:"CONSOLE_SESSION_KEYS" secret:"file"` // see session.ParseKeys
	FrameAncestors string `env:"CONSOLE_FRAME_ANCESTORS"`

	Tokend       string        `env:"CONSOLE_TOKEND_URL"` // with /api/v1
	Scimd        string        `env:"CONSOLE_SCIMD_URL"`  // the same, of scimd's organisation side; "": one front leads to both
	InsecureHTTP bool          `env:"CONSOLE_INSECURE_HTTP"`
	Timeout      time.Duration `env:"CONSOLE_TIMEOUT" envDefault:"5s"` // of one answer of a service

	Issuer   string `env:"OIDC_ISSUER"`
	Audience string `env:"OIDC_AUDIENCE"`
	JWKSURL  string `env:"OIDC_JWKS_URL"`
}

// Load reads the environment, as os.Environ gives it. The error has a sentence for each variable
// that is missing or wrong, and quotes no secret.
func Load(environ []string) (c Config, err error) {
	if err := config.Read(environ, &c, &c.Program); err != nil {
		return c, err
	}
	var errs []error
	for _, required := range []struct{ name, value string }{
		{"CONSOLE_URL", c.URL},
		{"CONSOLE_CLIENT_ID", c.ClientID},
		{"CONSOLE_SESSION_KEYS", c.SessionKeys},
		{"CONSOLE_TOKEND_URL", c.Tokend},
		{"OIDC_ISSUER", c.Issuer},
		{"OIDC_AUDIENCE", c.Audience},
		{"OIDC_JWKS_URL", c.JWKSURL},
	} {
		if required.value == "" {
			errs = append(errs, fmt.Errorf("%s must be set", required.name))
		}
	}
	listeners := []config.Listener{{Variable: "CONSOLE_ADDR", Addr: c.Addr}, {Variable: "CONSOLE_OPS_ADDR", Addr: c.OpsAddr}}
	return c, errors.Join(append(errs, config.CheckListeners(listeners...), c.CheckPlainText(listeners,
		config.HopTo("CONSOLE_TOKEND_URL", c.Tokend), config.HopTo("CONSOLE_SCIMD_URL", c.Scimd),
		config.HopTo("OIDC_ISSUER", c.Issuer), config.HopTo("OIDC_JWKS_URL", c.JWKSURL)))...)
}

// Console makes the console that c describes. deps have all but the API and Access; the Client is
// for the issuer and for the API.
func (c Config) Console(deps console.Deps) (*console.Console, error) {
	keys, err := session.ParseKeys(c.SessionKeys)
	if err != nil {
		return nil, fmt.Errorf("CONSOLE_SESSION_KEYS: %w", err)
	}
	if deps.Access, err = access.New(access.Config{Issuer: c.Issuer, Audience: c.Audience, JWKSURL: c.JWKSURL}, access.Deps{Client: deps.Client}); err != nil {
		return nil, err
	}
	var transport http.RoundTripper
	if deps.Client != nil {
		transport = deps.Client.Transport
	}
	deps.API, err = apiclient.New(apiclient.Config{
		Transport: transport,
		BaseURL:   c.Tokend, DirectoryURL: c.Scimd, InsecureHTTP: c.InsecureHTTP, Timeout: c.Timeout, Once: true, UserAgent: "consoled",
	})
	if err != nil {
		return nil, fmt.Errorf("CONSOLE_TOKEND_URL, CONSOLE_SCIMD_URL: %w", err)
	}
	return console.New(console.Config{
		URL: c.URL, Issuer: c.Issuer, ClientID: c.ClientID, ClientSecret: c.ClientSecret, Audience: c.Audience, SessionKeys: keys, FrameAncestors: c.FrameAncestors,
	}, deps)
}
