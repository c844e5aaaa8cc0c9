package tokenserver

import "github.com/devrev/scim/services/environment"

// Config is what the environment says.
type Config struct {
	environment.Shared
	Addr           string   `env:"TOKEND_ADDR" envDefault:":8082"`       // the API, for DevRev
	OpsAddr        string   `env:"TOKEND_OPS_ADDR" envDefault:":9082"`   // health and metrics
	TrustedProxies []string `env:"TOKEND_TRUSTED_PROXIES"`               // see Deps
	Replicas       int      `env:"TOKEND_REDIS_REPLICAS" envDefault:"1"` // that must have a change before it is acknowledged
}

// Load reads the environment, as os.Environ gives it; errors as environment.Load's.
func Load(environ []string) (c Config, err error) {
	err = environment.Load(environ, &c, &c.Shared)
	return c, err
}
