package tokenhttp

import (
	"context"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/access/accesshttp"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/required"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/token/issuer"
)

// Prefix is where the API lies.
const Prefix = terms.APIPath

// parameters are the query parameters of each route.
var parameters = map[string][]string{
	"/notices":                              {"limit", "after"},
	"/organisations":                        {"q", "state", "limit", "after"},
	"/organisations/:org/scim/audit/verify": {"after"},
	"/organisations/:org/scim/audit":        {"action", "tokenId", "userId", "since", "until", "limit", "after"},
}

// Deps are the dependencies of the API.
type Deps struct {
	Issuer *issuer.Issuer
	// Verify returns who sent a request; *access.Verifier's method fits.
	Verify func(ctx context.Context, authorization string) (access.Actor, error)
	// SCIMBaseURL is what an administrator copies into the identity provider.
	SCIMBaseURL string
	Metrics     *telemetry.Metrics
}

// handler serves the API.
type handler struct{ Deps }

// Register puts the whole API under r. The engine's WriteError must be this package's. The error
// names what is missing in d.
func Register(r gin.IRouter, d Deps) error {
	if err := required.Check(d); err != nil {
		return err
	}
	h := &handler{d}
	api := accesshttp.API{Prefix: Prefix, Parameters: parameters, Verify: d.Verify}.Routes(r, alarm(d.Metrics))
	api.GET("/notices", web.Handle(accesshttp.PlatformOnly("What concerns your organisation is in its audit.").Handle), web.Handle(h.notices))
	api.GET("/organisations", web.Handle(accesshttp.ToReadAll.Handle), web.Handle(h.organisations))
	org := api.Group("/organisations/:org")

	org.GET("", h.allow(accesshttp.ToRead, ""), web.Handle(h.organisation))
	org.PUT("", h.allow(toAnnounce, audit.ActionAnnounce), web.Handle(h.announce))

	org.DELETE("", h.allow(toRemove, audit.ActionLeave), web.Handle(h.leave))

	org.GET("/scim", h.allow(accesshttp.ToRead, ""), web.Handle(h.status))
	org.GET("/scim/settings", h.allow(accesshttp.ToRead, ""), web.Handle(h.settings))
	org.PUT("/scim/settings", h.allow(accesshttp.ToManage, audit.ActionConfigure), web.Handle(h.configure))
	org.PATCH("/scim/settings", h.allow(accesshttp.ToManage, audit.ActionConfigure), web.Handle(h.alterSettings))
	org.POST("/scim/enable", h.allow(accesshttp.ToManage, audit.ActionEnable), web.Handle(h.enable))
	org.POST("/scim/disable", h.allow(accesshttp.ToManage, audit.ActionDisable), web.Handle(h.disable))
	org.GET("/scim/audit", h.allow(accesshttp.ToRead, ""), web.Handle(h.audit))
	org.GET("/scim/audit/verify", h.allow(accesshttp.ToRead, ""), web.Handle(h.verifyAudit))

	org.GET("/scim/tokens", h.allow(accesshttp.ToRead, ""), web.Handle(h.tokens))
	org.POST("/scim/tokens", h.allow(accesshttp.ToManage, audit.ActionIssue), web.Handle(h.issue))
	org.POST("/scim/tokens/rotate", h.allow(accesshttp.ToManage, audit.ActionRotate), web.Handle(h.rotate))
	org.POST("/scim/tokens/rotate/cancel", h.allow(accesshttp.ToManage, audit.ActionCancel), web.Handle(h.cancel))
	org.GET("/scim/tokens/:token", h.allow(accesshttp.ToRead, ""), web.Handle(h.token))
	org.PATCH("/scim/tokens/:token", h.allow(accesshttp.ToManage, audit.ActionRename), web.Handle(h.rename))
	org.DELETE("/scim/tokens/:token", h.allow(accesshttp.ToManage, audit.ActionRevoke), web.Handle(h.revoke))
	org.POST("/scim/tokens/:token/end", h.allow(accesshttp.ToManage, audit.ActionEndEarly), web.Handle(h.end))
	org.POST("/scim/tokens/:token/restore", h.allow(accesshttp.ToManage, audit.ActionRestore), web.Handle(h.restore))
	return nil
}
