package main

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/console"
	"github.com/devrev/scim/services/console/session"
	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/apiclient"
	"github.com/devrev/scim/services/local"
	"github.com/devrev/scim/services/local/embedded"
	"github.com/devrev/scim/services/local/issuer"
	"github.com/devrev/scim/services/scim/scimserver"
	"github.com/devrev/scim/services/token/tokenserver"
)

// consoleTimeout is how long a page waits for one of the services.
const consoleTimeout = 5 * time.Second

// product is both services behind one address.
type product struct {
	tokens *tokenserver.Server
	scim   *scimserver.Server
	front  http.Handler
	ready  local.Ready
}

// assemble wires both services as production does, with the embedded file in the place of Redis and
// MongoDB.
func assemble(options local.Options, grace tokenserver.Grace, addr string, file *embedded.File, people *issuer.Issuer, reporting *telemetry.Telemetry) (product, error) {
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
		Issuer: people.Name(), Audience: issuer.Audience, PlatformCredentials: []string{credential},
	}, access.Deps{KeySet: people.KeySet()})
	if err != nil {
		return product{}, err
	}
	p := product{ready: local.NewReady(options, addr, credential)}
	p.tokens, err = tokenserver.New(p.ready.SCIMBaseURL, tokenserver.Deps{
		Tokens: file.Tokens(), Organisations: file.Organisations(), Keyring: keyring, Access: admins, Telemetry: reporting, Grace: grace.EraseAfter,
	})
	if err != nil {
		return product{}, err
	}
	p.scim, err = scimserver.New(p.ready.SCIMBaseURL, scimserver.Deps{
		Directory: file.Directory(), History: file.Directory(), Holds: file.Directory(), Activity: file.Activity(), Undos: file.Undos(), Audit: file.Organisations(), Departures: file.Departures(), Tenants: file.Tenants(), Tokens: file.Tokens(), Keyring: keyring, Access: admins, Telemetry: reporting,
		Protection: scimserver.Alone(options.Rate), Together: file.Together,
	})
	if err != nil {
		return product{}, err
	}
	front := local.Front{Tokend: p.tokens.Handler(), API: p.scim.API(), Protocol: p.scim.Protocol(), Issuer: people, Host: local.BrowserHost(addr)}
	if front.Host != "" {
		if front.Console, err = newConsole(options, p.ready, people, admins, reporting); err != nil {
			return product{}, err
		}
	}
	p.front = front
	return p, nil
}

// newConsole wires the console as production does: it calls the two services over HTTP, at the
// address of the run.
func newConsole(options local.Options, ready local.Ready, people *issuer.Issuer, admins *access.Verifier, reporting *telemetry.Telemetry) (http.Handler, error) {
	secret, err := local.Secret(options.Data, "console-session-key")
	if err != nil {
		return nil, err
	}
	keys, err := session.ParseKeys(secret)
	if err != nil {
		return nil, err
	}
	api, err := apiclient.New(apiclient.Config{BaseURL: ready.APIBaseURL, InsecureHTTP: true, Timeout: consoleTimeout, Once: true, UserAgent: "console"})
	if err != nil {
		return nil, err
	}
	c, err := console.New(console.Config{
		URL: strings.TrimSuffix(ready.ConsoleURL, "/"), Issuer: people.Name(), ClientID: local.ClientID, Audience: issuer.Audience, SessionKeys: keys,
	}, console.Deps{API: api, Access: admins, Telemetry: reporting})
	if err != nil {
		return nil, err
	}
	return c.Handler(), nil
}
