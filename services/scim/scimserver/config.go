package scimserver

import (
	"errors"

	"github.com/devrev/scim/libs/token/ratelimit"
	"github.com/devrev/scim/services/internal/config"
	"github.com/devrev/scim/services/scim/limits"
)

// Config is what the environment says.
type Config struct {
	config.Shared
	Addr    string `env:"SCIMD_ADDR" envDefault:":8080"`     // the protocol, for identity providers
	APIAddr string `env:"SCIMD_API_ADDR" envDefault:":8081"` // the organisations' side, for DevRev
	OpsAddr string `env:"SCIMD_OPS_ADDR" envDefault:":9081"` // health and metrics

	TrustedProxies []string `env:"SCIMD_TRUSTED_PROXIES"` // see Deps
	Rate           uint32   `env:"SCIMD_RATE"`            // requests a second of an organisation that has no rate of its own; 0: no one is limited
	InFlight       uint16   `env:"SCIMD_IN_FLIGHT"`       // places of an organisation, see limits.Capacity
	BodyMiB        uint16   `env:"SCIMD_BODY_MIB"`        // of all bodies and pages that are held at a time; half of it in one organisation
}

// Load reads the environment, as os.Environ gives it; errors as config.Load's.
func Load(environ []string) (c Config, err error) {
	c.Rate = ratelimit.DefaultPerSecond
	held := limits.Default()
	c.InFlight, c.BodyMiB = uint16(held.InFlight), uint16(held.Bytes>>20) //nolint:gosec // both are small
	if err = config.Load(environ, &c, &c.Shared); err != nil {
		return c, err
	}
	listeners := []config.Listener{
		{Variable: "SCIMD_ADDR", Addr: c.Addr}, {Variable: "SCIMD_API_ADDR", Addr: c.APIAddr}, {Variable: "SCIMD_OPS_ADDR", Addr: c.OpsAddr},
	}
	return c, errors.Join(
		config.CheckListeners(listeners...),
		config.CheckProxies("SCIMD_TRUSTED_PROXIES", c.TrustedProxies),
		c.Capacity().Check(),
		c.CheckPlainText(listeners))
}

// Capacity returns what requests may hold at a time.
func (c Config) Capacity() limits.Capacity {
	bytes := int64(c.BodyMiB) << 20
	return limits.Capacity{Bytes: bytes, BytesEach: bytes / 2, InFlight: int64(c.InFlight)}
}
