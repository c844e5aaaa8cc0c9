package main

import (
	"fmt"
	"net/http"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/ratelimit"
	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/local"
	"github.com/devrev/scim/services/local/embedded"
	"github.com/devrev/scim/services/scim/scimserver"
	"github.com/devrev/scim/services/token/tokenserver"
)

// product is both services behind one door.
type product struct {
	tokens *tokenserver.Server
	scim   *scimserver.Server
	front  http.Handler
	ready  local.Ready
}

// assemble wires both services as production does, with the embedded file in the place of Redis and MongoDB.
func assemble(options local.Options, addr string, file *embedded.File, issuer *local.Issuer, reporting *telemetry.Telemetry) (product, error) {
	pepper, err := local.Secret(options.Data, "pepper")
	if err != nil {
		return product{}, err
	}
	keyring, err := token.ParseKeyring("local:" + pepper)
	if err != nil {
		return product{}, fmt.Errorf("read the pepper: %w", err)
	}
	credential, err := local.Secret(options.Data, "platform-credential")
	if err != nil {
		return product{}, err
	}
	admins, err := access.New(access.Config{
		Issuer: local.IssuerName, Audience: local.Audience, PlatformCredentials: []string{credential},
	}, access.Deps{KeySet: issuer.KeySet()})
	if err != nil {
		return product{}, err
	}
	p := product{ready: local.NewReady(addr, credential)}
	p.tokens, err = tokenserver.New(p.ready.SCIMBaseURL, tokenserver.Deps{
		Tokens: file.Tokens(), Organisations: file.Organisations(), Keyring: keyring, Access: admins, Telemetry: reporting,
	})
	if err != nil {
		return product{}, err
	}
	p.scim, err = scimserver.New(p.ready.SCIMBaseURL, scimserver.Deps{
		Directory: file.Directory(), Activity: file.Activity(), Tokens: file.Tokens(), Keyring: keyring, Access: admins, Telemetry: reporting,
		Limiter: limiter(options.Rate), Rate: ratelimit.Rate{PerSecond: options.Rate},
	})
	if err != nil {
		return product{}, err
	}
	p.front = local.Front(p.tokens.Handler(), p.scim.API(), p.scim.Protocol())
	return p, nil
}

// limiter counts in this process, which is the only one. At 0 nobody is limited.
func limiter(perSecond int) ratelimit.Limiter {
	if perSecond == 0 {
		return nil
	}
	return ratelimit.NewLocal()
}
