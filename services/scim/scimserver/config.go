package scimserver

import (
	"github.com/devrev/scim/libs/token/ratelimit"
	"github.com/devrev/scim/services/internal/config"
)

// Config is what the environment says.
type Config struct {
	config.Shared
	Addr    string `env:"SCIMD_ADDR" envDefault:":8080"`     // the protocol, for identity providers
	APIAddr string `env:"SCIMD_API_ADDR" envDefault:":8081"` // the organisations' side, for DevRev
	OpsAddr string `env:"SCIMD_OPS_ADDR" envDefault:":9081"` // health and metrics

	TrustedProxies []string `env:"SCIMD_TRUSTED_PROXIES"` // see Deps
	Rate           uint32   `env:"SCIMD_RATE"`            // requests a second of an organisation that has no rate of its own; 0: nobody is limited
}

// Load reads the environment, as os.Environ gives it; errors as config.Load's.
func Load(environ []string) (c Config, err error) {
	c.Rate = ratelimit.DefaultPerSecond
	err = config.Load(environ, &c, &c.Shared)
	return c, err
}
