// Package tokenhttp is the token service's API: what DevRev's settings page and platform call. Its
// errors are problem documents (RFC 9457).
package tokenhttp

import (
	"context"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/required"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/token/issuer"
)

// Prefix is where the API lies.
const Prefix = terms.APIPath

// maxBody bounds a request body in bytes. The largest holds an organisation's own schemas.
const maxBody = 64 << 10

// parameters are the query parameters of each route.
var parameters = map[string][]string{
	"/notices":                              {"limit", "after"},
	"/organisations":                        {"q", "state", "limit", "after"},
	"/organisations/:org/scim/audit/verify": {"after"},
	"/organisations/:org/scim/audit":        {"action", "tokenId", "since", "until", "limit", "after"},
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
	r.GET(Prefix+"/notices", web.Handle(h.authenticate), web.Handle(platformOnly), web.Parameters(Prefix, parameters), web.Handle(h.notices))
	r.GET(Prefix+"/organisations", web.Handle(h.authenticate), web.Handle(readersOfAll), web.Parameters(Prefix, parameters), web.Handle(h.organisations))
	org := r.Group(Prefix+"/organisations/:org", alarm(d.Metrics), web.BodyLimit(maxBody), web.Handle(h.authenticate), web.Parameters(Prefix, parameters))

	org.GET("", h.allow(toRead, ""), web.Handle(h.organisation))
	org.PUT("", h.allow(toAnnounce, audit.ActionAnnounce), web.Handle(h.announce))

	org.GET("/scim", h.allow(toRead, ""), web.Handle(h.status))
	org.GET("/scim/settings", h.allow(toRead, ""), web.Handle(h.settings))
	org.PUT("/scim/settings", h.allow(toManage, audit.ActionConfigure), web.Handle(h.configure))
	org.PATCH("/scim/settings", h.allow(toManage, audit.ActionConfigure), web.Handle(h.alterSettings))
	org.POST("/scim/enable", h.allow(toManage, audit.ActionEnable), web.Handle(h.enable))
	org.POST("/scim/disable", h.allow(toManage, audit.ActionDisable), web.Handle(h.disable))
	org.GET("/scim/audit", h.allow(toRead, ""), web.Handle(h.audit))
	org.GET("/scim/audit/verify", h.allow(toRead, ""), web.Handle(h.verifyAudit))

	org.GET("/scim/tokens", h.allow(toRead, ""), web.Handle(h.tokens))
	org.POST("/scim/tokens", h.allow(toManage, audit.ActionIssue), web.Handle(h.issue))
	org.POST("/scim/tokens/rotate", h.allow(toManage, audit.ActionRotate), web.Handle(h.rotate))
	org.POST("/scim/tokens/rotate/cancel", h.allow(toManage, audit.ActionCancel), web.Handle(h.cancel))
	org.GET("/scim/tokens/:token", h.allow(toRead, ""), web.Handle(h.token))
	org.PATCH("/scim/tokens/:token", h.allow(toManage, audit.ActionRename), web.Handle(h.rename))
	org.DELETE("/scim/tokens/:token", h.allow(toManage, audit.ActionRevoke), web.Handle(h.revoke))
	org.POST("/scim/tokens/:token/end", h.allow(toManage, audit.ActionEndEarly), web.Handle(h.end))
	org.POST("/scim/tokens/:token/restore", h.allow(toManage, audit.ActionRestore), web.Handle(h.restore))
	return nil
}
