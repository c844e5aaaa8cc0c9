// Package config is the configuration that both services have: where the stores are, the pepper of the tokens, and whom to believe on
// DevRev's side. Everything comes from the environment; a secret can be given as a file instead, and never as a flag.
package config

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/access"
)

// Shared is the part of a service's configuration that both have. A service embeds it.
type Shared struct {
	DrainDelay time.Duration `env:"DRAIN_DELAY" envDefault:"5s"` // from not ready to not listening: as long as a load balancer takes to look elsewhere

	SCIMBaseURL string `env:"SCIM_BASE_URL"` // public, of the protocol; administrators copy it into their identity provider

	RedisURL string `env:"REDIS_URL"`
	MongoURI string `env:"MONGODB_URI"`
	Database string `env:"MONGODB_DATABASE" envDefault:"devrev_scim"`

	Peppers string `env:"TOKEN_PEPPERS"` // see token.ParseKeyring

	Issuer              string   `env:"OIDC_ISSUER"` // of administrators' tokens; see access.Config
	Audience            string   `env:"OIDC_AUDIENCE"`
	JWKSURL             string   `env:"OIDC_JWKS_URL"`
	PlatformCredentials []string `env:"PLATFORM_CREDENTIAL"` // one, or several with commas between them
}

// secrets are the variables that can be given as a file: NAME_FILE holds its path.
var secrets = []string{"REDIS_URL", "MONGODB_URI", "TOKEN_PEPPERS", "PLATFORM_CREDENTIAL"}

// Load reads the environment, as os.Environ gives it, into config, a pointer to a struct with env tags, and validates what it shares. The error
// has one sentence for each variable that is missing or wrong, and quotes no secret.
func Load(environ []string, config any, shared *Shared) error {
	vars := env.ToMap(environ)
	if err := readFiles(vars); err != nil {
		return err
	}
	if err := env.ParseWithOptions(config, env.Options{Environment: vars}); err != nil {
		return fmt.Errorf("read the environment: %w", err)
	}
	return shared.validate()
}

func (s *Shared) validate() error {
	var errs []error
	for _, required := range []struct{ name, value string }{
		{"REDIS_URL", s.RedisURL}, {"MONGODB_URI", s.MongoURI}, {"TOKEN_PEPPERS", s.Peppers},
	} {
		if required.value == "" {
			errs = append(errs, fmt.Errorf("%[1]s or %[1]s_FILE must be set", required.name))
		}
	}
	if err := CheckBaseURL(s.SCIMBaseURL); err != nil {
		errs = append(errs, fmt.Errorf("SCIM_BASE_URL: %w", err))
	}
	if s.Peppers != "" {
		if _, err := s.Keyring(); err != nil {
			errs = append(errs, err)
		}
	}
	if _, err := access.New(s.Access(), access.Deps{}); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Keyring returns the keyring of the peppers.
func (s *Shared) Keyring() (token.Keyring, error) {
	k, err := token.ParseKeyring(s.Peppers)
	if err != nil {
		return token.Keyring{}, fmt.Errorf("TOKEN_PEPPERS: %w", err)
	}
	return k, nil
}

// Access says whom to believe.
func (s *Shared) Access() access.Config {
	return access.Config{Issuer: s.Issuer, Audience: s.Audience, JWKSURL: s.JWKSURL, PlatformCredentials: s.PlatformCredentials}
}

// CheckBaseURL refuses what an identity provider could not use, before an administrator gets to copy it.
func CheckBaseURL(base string) error {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || strings.HasSuffix(base, "/") {
		return errors.New("the SCIM base URL must be an absolute http(s) URL without a slash at its end, such as https://scim.example.com/scim/v2")
	}
	return nil
}

// readFiles sets each secret whose NAME_FILE is set to what is in that file, without the white space at its ends. Both at once are an error:
// one of them would be passed over.
func readFiles(vars map[string]string) error {
	for _, name := range secrets {
		path := vars[name+"_FILE"]
		if path == "" {
			continue
		}
		if vars[name] != "" {
			return fmt.Errorf("%s and %s_FILE are both set: remove one of them", name, name)
		}
		content, err := os.ReadFile(path) //nolint:gosec // the operator names the file
		if err != nil {
			return fmt.Errorf("%s_FILE: %w", name, err)
		}
		vars[name] = strings.TrimSpace(string(content))
	}
	return nil
}
