package main

import (
	"fmt"
	"net/http"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/access"
	"github.com/devrev/scim/services/embedded"
	"github.com/devrev/scim/services/localrun"
	"github.com/devrev/scim/services/scim/scimserver"
	"github.com/devrev/scim/services/token/tokenserver"
)

// product is both services behind one door.
type product struct {
	tokens *tokenserver.Server
	scim   *scimserver.Server
	front  http.Handler
	ready  localrun.Ready
}

// assemble wires both services as production does, with the embedded file in the place of Redis and MongoDB.
func assemble(options localrun.Options, addr string, file *embedded.File, issuer *localrun.Issuer, reporting *telemetry.Telemetry) (product, error) {
	pepper, err := localrun.Secret(options.Data, "pepper")
	if err != nil {
		return product{}, err
	}
	keyring, err := token.ParseKeyring("local:" + pepper)
	if err != nil {
		return product{}, fmt.Errorf("read the pepper: %w", err)
	}
	credential, err := localrun.Secret(options.Data, "platform-credential")
	if err != nil {
		return product{}, err
	}
	admins, err := access.New(access.Config{
		Issuer: localrun.IssuerName, Audience: localrun.Audience, PlatformCredentials: []string{credential},
	}, access.Deps{KeySet: issuer.KeySet()})
	if err != nil {
		return product{}, err
	}
	p := product{ready: localrun.NewReady(addr, credential)}
	p.tokens, err = tokenserver.New(p.ready.SCIMBaseURL, tokenserver.Deps{
		Tokens: file.Tokens(), Organisations: file.Organisations(), Keyring: keyring, Access: admins, Telemetry: reporting,
	})
	if err != nil {
		return product{}, err
	}
	p.scim, err = scimserver.New(p.ready.SCIMBaseURL, scimserver.Deps{
		Directory: file.Directory(), Activity: file.Activity(), Tokens: file.Tokens(), Keyring: keyring, Access: admins, Telemetry: reporting,
		Limiter: limiter(options.Rate), Rate: token.Rate{PerSecond: options.Rate},
	})
	if err != nil {
		return product{}, err
	}
	p.front = localrun.Front(p.tokens.Handler(), p.scim.API(), p.scim.Protocol())
	return p, nil
}

// limiter counts in this process, which is the only one. At 0 nobody is limited.
func limiter(perSecond int) token.Limiter {
	if perSecond == 0 {
		return nil
	}
	return token.NewLocalLimiter()
}
