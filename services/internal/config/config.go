package config

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/mongodb"
	"github.com/devrev/scim/services/internal/terms"
)

// Shared is the part of a service's configuration that both services have. A service embeds it.
type Shared struct {
	Program

	SCIMBaseURL string `env:"SCIM_BASE_URL"` // public, of the protocol; administrators copy it into their identity provider

	RedisURL string `env:"REDIS_URL" secret:"file"`
	MongoURI string `env:"MONGODB_URI" secret:"file"`
	Database string `env:"MONGODB_DATABASE" envDefault:"devrev_scim"`

	Peppers string `env:"TOKEN_PEPPERS" secret:"file"` // see token.ParseKeyring

	Issuer              string   `env:"OIDC_ISSUER"` // of administrators' tokens; see access.Config
	Audience            string   `env:"OIDC_AUDIENCE"`
	JWKSURL             string   `env:"OIDC_JWKS_URL"`
	PlatformCredentials []string `env:"PLATFORM_CREDENTIAL" secret:"file"` // one, or several with commas between them
}

// Load reads the environment, as os.Environ gives it, into config, a pointer to a struct with env
// tags that embeds shared, and validates what it shares. Errors as Read's.
func Load(environ []string, config any, shared *Shared) error {
	err := read(environ, config, &shared.Program)
	if err == nil {
		err = shared.validate(fieldsOf(config))
	}
	return shared.explain(err)
}

func (s *Shared) validate(names map[string]string) error {
	errs := []error{s.Program.validate(names)}
	for _, required := range []struct{ name, value string }{
		{"REDIS_URL", s.RedisURL}, {"MONGODB_URI", s.MongoURI}, {"TOKEN_PEPPERS", s.Peppers},
	} {
		if required.value == "" {
			errs = append(errs, fmt.Errorf("%[1]s: must be set, or %[1]s_FILE", required.name))
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
	if s.RedisURL != "" {
		if _, err := redisstore.Where(s.RedisURL); err != nil {
			errs = append(errs, fmt.Errorf("REDIS_URL: %w", err))
		}
	}
	if s.MongoURI != "" {
		if err := mongodb.CheckURI(s.MongoURI); err != nil {
			errs = append(errs, fmt.Errorf("MONGODB_URI: %w", err))
		}
	}
	if len(s.Database) > 63 || s.Database == "" || strings.ContainsAny(s.Database, "/\\. \"$*<>:|?\x00") {
		errs = append(errs, errors.New("MONGODB_DATABASE: must be the name of a database: 1 to 63 letters, digits, hyphens and underscores"))
	}
	if s.Issuer == "" && (s.Audience != "" || s.JWKSURL != "") {
		errs = append(errs, errors.New("OIDC_ISSUER: must be set where OIDC_AUDIENCE or OIDC_JWKS_URL is"))
	}
	_, err := access.New(s.Access(), access.Deps{})
	if wrong, ok := errors.AsType[*access.Invalid](err); ok {
		err = fmt.Errorf("%s: %s", names[wrong.Field], wrong.Rule)
	}
	return errors.Join(append(errs, err)...)
}

// Keyring returns the keyring of the peppers.
func (s *Shared) Keyring() (token.Keyring, error) {
	k, err := token.ParseKeyring(s.Peppers)
	if err != nil {
		return token.Keyring{}, fmt.Errorf("TOKEN_PEPPERS: %w", err)
	}
	return k, nil
}

// Stores returns where the stores are, without users, passwords and options.
func (s *Shared) Stores() (redis, mongo string) {
	redis, _ = redisstore.Where(s.RedisURL)
	return redis, mongodb.Hosts(s.MongoURI) + "/" + s.Database
}

// Access says whom to believe.
func (s *Shared) Access() access.Config {
	return access.Config{Issuer: s.Issuer, Audience: s.Audience, JWKSURL: s.JWKSURL, PlatformCredentials: s.PlatformCredentials}
}

// CheckBaseURL refuses what an identity provider could not use, before an administrator gets to
// copy it.
func CheckBaseURL(base string) error {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" ||
		!strings.HasSuffix(u.Path, terms.SCIMPath) {
		return errors.New("must be an absolute http(s) URL that ends with /scim/v2, such as https://scim.example.com/scim/v2")
	}
	return nil
}
