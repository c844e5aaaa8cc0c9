package tokenserver

import (
	"errors"
	"fmt"
	"time"

	"github.com/devrev/scim/services/internal/config"
	"github.com/devrev/scim/services/token/issuer"
	"github.com/devrev/scim/services/token/leak"
)

// Config is the configuration from the environment.
type Config struct {
	config.Shared
	Addr           string   `env:"TOKEND_ADDR" envDefault:":8082"`       // the API, for DevRev
	OpsAddr        string   `env:"TOKEND_OPS_ADDR" envDefault:":9082"`   // health and metrics
	TrustedProxies []string `env:"TOKEND_TRUSTED_PROXIES"`               // see Deps
	Replicas       uint8    `env:"TOKEND_REDIS_REPLICAS" envDefault:"1"` // that must have a change before it is acknowledged

	Grace

	PublicAddr  string `env:"TOKEND_PUBLIC_ADDR"` // reports of leaked tokens, for the internet; "": not served
	LeakKeysURL string `env:"LEAK_KEYS_URL" envDefault:"https://api.github.com/meta/public_keys/secret_scanning"`
}

// Grace is how organisations leave.
type Grace struct {
	EraseAfter time.Duration `env:"TOKEND_ERASE_AFTER" envDefault:"720h"` // how long one that leaves is kept
}

// LoadGrace reads the environment, as os.Environ gives it, for a program that reads nothing else of
// tokend's; errors as config.Load's.
func LoadGrace(environ []string) (g Grace, err error) {
	if err = config.ReadPart(environ, &g); err != nil {
		return g, err
	}
	return g, g.validate()
}

func (g Grace) validate() error {
	if g.EraseAfter < issuer.MinGrace {
		return fmt.Errorf("TOKEND_ERASE_AFTER: must be %v or longer: so long a request that was let in before may take", issuer.MinGrace)
	}
	return nil
}

// Load reads the environment, as os.Environ gives it; errors as config.Load's.
func Load(environ []string) (c Config, err error) {
	if err = config.Load(environ, &c, &c.Shared); err != nil {
		return c, err
	}
	listeners := []config.Listener{{Variable: "TOKEND_ADDR", Addr: c.Addr}, {Variable: "TOKEND_OPS_ADDR", Addr: c.OpsAddr}}
	if c.PublicAddr != "" {
		listeners = append(listeners, config.Listener{Variable: "TOKEND_PUBLIC_ADDR", Addr: c.PublicAddr})
	}
	err = errors.Join(
		config.CheckListeners(listeners...),
		config.CheckProxies("TOKEND_TRUSTED_PROXIES", c.TrustedProxies),
		c.CheckPlainText(listeners),
		c.Grace.validate())
	if _, wrong := leak.NewKeys(c.LeakKeysURL, nil, time.Now); wrong != nil {
		err = errors.Join(err, fmt.Errorf("LEAK_KEYS_URL: %w", wrong))
	}
	return c, err
}
