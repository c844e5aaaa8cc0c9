package scimserver

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/ratelimit"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/doctor"
	"github.com/devrev/scim/services/scim/guard"
	"github.com/devrev/scim/services/scim/limits"
	"github.com/devrev/scim/services/scim/scimhttp"
)

// staged returns the protocol of the doctor's stage: as it is, but it counts no rate and no use of
// a token, and reports nothing.
func staged(baseURL string) doctor.Protocol {
	return func(org directory.Organisation, over directory.Store, told activity.Store, guarded doctor.Guard) (http.Handler, error) {
		off := telemetry.Off()
		key := make([]byte, 32)
		_, _ = rand.Read(key) // never fails
		engine := web.NewEngine(web.Config{Name: "stage", Telemetry: off, WriteError: scimhttp.WriteError, Public: true})
		err := scimhttp.Register(engine, scimhttp.Deps{
			Users: directory.NewUsers(over, time.Now), Groups: directory.NewGroups(over, time.Now), Activity: activity.NewLog(told, key),
			Verify: func(context.Context, string, string) (token.Principal, error) {
				return token.Principal{Org: string(org.Tenant), Scopes: []token.Scope{token.ScopeWrite}}, nil
			},
			Allow:       func(context.Context, token.Principal, ratelimit.Cost) (time.Duration, bool) { return 0, true },
			RecordUsage: func(token.Request) {},
			TurnedAway:  func(scimhttp.TurnedAway) {},
			Admit: func(ctx context.Context, org directory.Organisation, _ string, by activity.Request, wish guard.Wish) error {
				return guarded.Admit(ctx, org, by, wish)
			},
			Changed: func(ctx context.Context, org directory.Organisation, _ string, by activity.Request, made *directory.Change) error {
				return guarded.Note(ctx, org, by, made)
			},
			Organisation: func(token.Principal) (directory.Organisation, error) { return org, nil },
			BaseURL:      baseURL, Metrics: off.Metrics(), CursorKey: key, Capacity: limits.Default(),
		})
		return web.Normalise(engine), err
	}
}
