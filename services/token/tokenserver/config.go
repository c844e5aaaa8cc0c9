package tokenserver

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/access"
)

// Config is what the environment says. A variable of secrets can be given as a file instead: NAME_FILE holds its path.
type Config struct {
	Addr       string        `env:"TOKEND_ADDR" envDefault:":8082"`     // the API
	OpsAddr    string        `env:"TOKEND_OPS_ADDR" envDefault:":9082"` // health and metrics
	DrainDelay time.Duration `env:"DRAIN_DELAY" envDefault:"5s"`        // from not ready to not listening: as long as a load balancer takes to look elsewhere

	SCIMBaseURL    string   `env:"SCIM_BASE_URL"`          // public, of scimd; shown to administrators
	TrustedProxies []string `env:"TOKEND_TRUSTED_PROXIES"` // see Deps

	RedisURL string `env:"REDIS_URL"`
	MongoURI string `env:"MONGODB_URI"`
	Database string `env:"MONGODB_DATABASE" envDefault:"devrev_scim"`

	Peppers string `env:"TOKEN_PEPPERS"` // see token.ParseKeyring

	Issuer              string   `env:"OIDC_ISSUER"` // of administrators' tokens; see access.Config
	Audience            string   `env:"OIDC_AUDIENCE"`
	JWKSURL             string   `env:"OIDC_JWKS_URL"`
	PlatformCredentials []string `env:"PLATFORM_CREDENTIAL"` // one, or several with commas between them
}

// secrets are the variables that can be given as a file.
var secrets = []string{"REDIS_URL", "MONGODB_URI", "TOKEN_PEPPERS", "PLATFORM_CREDENTIAL"}

// Load reads the environment, as os.Environ gives it. The error has one sentence for each variable that is missing or wrong, and quotes no
// secret.
func Load(environ []string) (c Config, err error) {
	vars := env.ToMap(environ)
	if err := readFiles(vars, secrets); err != nil {
		return Config{}, err
	}
	if err := env.ParseWithOptions(&c, env.Options{Environment: vars}); err != nil {
		return Config{}, err
	}
	return c, c.validate()
}

func (c Config) validate() error {
	var errs []error
	for _, required := range []struct{ name, value string }{
		{"REDIS_URL", c.RedisURL}, {"MONGODB_URI", c.MongoURI}, {"TOKEN_PEPPERS", c.Peppers},
	} {
		if required.value == "" {
			errs = append(errs, fmt.Errorf("%[1]s or %[1]s_FILE must be set", required.name))
		}
	}
	if err := checkBaseURL(c.SCIMBaseURL); err != nil {
		errs = append(errs, fmt.Errorf("SCIM_BASE_URL: %w", err))
	}
	if c.Peppers != "" {
		if _, err := c.Keyring(); err != nil {
			errs = append(errs, err)
		}
	}
	if _, err := access.New(c.Access(), access.Deps{}); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Keyring returns the keyring of the peppers.
func (c Config) Keyring() (token.Keyring, error) {
	k, err := token.ParseKeyring(c.Peppers)
	if err != nil {
		return token.Keyring{}, fmt.Errorf("TOKEN_PEPPERS: %w", err)
	}
	return k, nil
}

// Access says whom to believe.
func (c Config) Access() access.Config {
	return access.Config{Issuer: c.Issuer, Audience: c.Audience, JWKSURL: c.JWKSURL, PlatformCredentials: c.PlatformCredentials}
}

// readFiles sets each named variable whose NAME_FILE is set to what is in that file, without the white space at its ends. Both at
// once are an error: one of them would be passed over.
func readFiles(vars map[string]string, names []string) error {
	for _, name := range names {
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
