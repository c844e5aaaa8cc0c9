// Package config is the configuration that both services have: where the stores are, the pepper of
// the tokens, and whom to believe on DevRev's side. Everything comes from the environment; a secret
// can be given as a file instead, and never as a flag.
package config

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/mongodb"
	"github.com/devrev/scim/services/internal/terms"
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

	warnings []string
}

// Warnings returns a sentence for each variable of the environment that looks as if it were meant
// for the program, and is not read.
func (s *Shared) Warnings() []string { return s.warnings }

// secrets are the variables that can be given as a file: NAME_FILE holds its path.
var secrets = []string{"REDIS_URL", "MONGODB_URI", "TOKEN_PEPPERS", "PLATFORM_CREDENTIAL"}

// Load reads the environment, as os.Environ gives it, into config, a pointer to a struct with env
// tags, and validates what it shares. The error has one sentence for each variable that is missing
// or wrong, and quotes no secret.
func Load(environ []string, config any, shared *Shared) error {
	vars := env.ToMap(environ)
	if err := readFiles(vars, secrets); err != nil {
		return err
	}
	names := variables(reflect.TypeOf(config).Elem())
	shared.warnings = strangers(vars, slices.Sorted(maps.Values(names)))
	err := unreadable(env.ParseWithOptions(config, env.Options{Environment: vars}), names)
	if err == nil {
		err = shared.validate(names)
	}
	if err != nil {
		for _, w := range shared.warnings { // one of them may be why
			err = errors.Join(err, errors.New(w))
		}
	}
	return err
}

// unreadable returns err, of reading the environment, in the words of whoever set the variables.
func unreadable(err error, names map[string]string) error {
	all, ok := errors.AsType[env.AggregateError](err)
	if !ok {
		return err
	}
	var errs []error
	for _, err := range all.Errors {
		if wrong, ok := errors.AsType[env.ParseError](err); ok {
			err = fmt.Errorf("%s: must be %s", names[wrong.Name], formOf(wrong.Type))
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// formOf says how a value of type t is written.
func formOf(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return "a time with its unit, such as 5s"
	case t.Kind() >= reflect.Uint && t.Kind() <= reflect.Uint64:
		return fmt.Sprintf("a whole number from 0 to %d", uint64(1)<<t.Bits()-1)
	default:
		return "a " + t.Kind().String()
	}
}

func (s *Shared) validate(names map[string]string) error {
	var errs []error
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
	if s.DrainDelay < 0 {
		errs = append(errs, errors.New("DRAIN_DELAY: must not be below 0s"))
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

// Read reads the environment into config, a pointer to a struct with env tags, for a program that
// shares nothing with the others. The named variables can be given as files.
func Read(environ []string, config any, secrets ...string) error {
	vars := env.ToMap(environ)
	if err := readFiles(vars, secrets); err != nil {
		return err
	}
	return unreadable(env.ParseWithOptions(config, env.Options{Environment: vars}), variables(reflect.TypeOf(config).Elem()))
}

// readFiles sets each secret whose NAME_FILE is set to what is in that file, without the white
// space at its ends. Both at once are an error: one of them would be passed over.
func readFiles(vars map[string]string, secrets []string) error {
	for _, name := range secrets {
		path := vars[name+"_FILE"]
		if path == "" {
			continue
		}
		if vars[name] != "" {
			return fmt.Errorf("%[1]s: is set, and %[1]s_FILE too: remove one of them", name)
		}
		content, err := os.ReadFile(path) //nolint:gosec // the operator names the file
		if err != nil {
			return fmt.Errorf("%s_FILE: %w", name, err)
		}
		if vars[name] = strings.TrimSpace(string(content)); vars[name] == "" {
			return fmt.Errorf("%s_FILE: the file is empty", name)
		}
	}
	return nil
}
