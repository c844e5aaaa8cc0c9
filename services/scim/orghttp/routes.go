package orghttp

import (
	"context"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/access/accesshttp"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/required"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/doctor"
	"github.com/devrev/scim/services/scim/drift"
	"github.com/devrev/scim/services/scim/erasure"
	"github.com/devrev/scim/services/scim/guard"
	"github.com/devrev/scim/services/scim/history"
	"github.com/devrev/scim/services/scim/undo"
)

// Prefix is where the API lies.
const Prefix = terms.APIPath + "/organisations/:org"

// parameters are the query parameters of each route.
var parameters = map[string][]string{
	"/guard/holds/:id/changes": {"after", "limit", "state"},
	"/users":                   {"q", "ids", "userName", "state", "group", "sort", "limit", "after"},
	"/users/:id":               {"deleted"},
	"/people":                  {"name"},
	"/groups":                  {"q", "state", "sort", "limit", "after"},
	"/groups/:id":              {"members"},
	"/groups/:id/members":      {"q", "limit", "after"},
	"/groups/:id/waiting":      {"q", "limit", "after"},
	"/waiting":                 {"q", "limit", "after"},
	"/users/:id/timeline":      {"sort", "limit", "after"},
	"/groups/:id/timeline":     {"sort", "limit", "after"},
	"/activity/:id/members":    {"limit", "after"},
	"/activity/days":           {"since"},
	"/events":                  {"after", "types", "limit"},
	"/undo":                    {"limit", "after"},
	"/undo/:id":                {"limit", "after"},
	"/drift":                   {"kind", "limit", "after"},
	"/activity": {
		"user", "group", "kind", "effect", "client", "tokenId", "status", "requestId", "traceId", "since", "until", "limit", "after",
	},
}

// bodies bound the bodies of routes that take larger ones than others, in bytes.
var bodies = map[string]int64{"/dry-run": doctor.MaxDryRun, "/drift/compare": drift.MaxExport}

// Deps are what the handlers need.
type Deps struct {
	Users  *directory.Users
	Groups *directory.Groups
	// Activity is what the identity provider did.
	Activity *activity.Log
	// Events are what happened to users and groups.
	Events *history.Feed
	Doctor *doctor.Doctor
	// Guard notices mass changes, and holds them back.
	Guard Guard
	// Drift is where the identity provider believes something else than what is stored.
	Drift *drift.Report
	// Audit is where administrators' changes are recorded before they take effect, and what staff
	// reads.
	Audit audit.Book
	// People erases persons; its parts are those above.
	People erasure.People
	Undo   *undo.Undo
	// Verify identifies the sender of a request; *access.Verifier's method fits.
	Verify func(ctx context.Context, authorization string) (access.Actor, error)
	// Organisation gives the terms of an organisation; an unknown one is a *scim.Error of 404.
	Organisation func(ctx context.Context, org string) (directory.Organisation, error)
}

// Guard is *guard.Watch.
type Guard interface {
	Report(ctx context.Context, org directory.Organisation) (guard.Report, error)
	Find(ctx context.Context, t directory.Tenant, id string) (guard.Hold, error)
	ReportHold(ctx context.Context, t directory.Tenant, h guard.Hold) (guard.HoldReport, error)
	ListHeld(ctx context.Context, t directory.Tenant, hold string, state guard.HeldState, after guard.HeldID, limit int) ([]guard.Held, error)
	Decide(ctx context.Context, org directory.Organisation, id string, d guard.Decision) (guard.Hold, []guard.Decided, error)
}

// handler serves the API.
type handler struct{ Deps }

// Register puts the whole API under r. The error names what is missing in d.
func Register(r gin.IRouter, d Deps) error {
	if err := required.Check(d); err != nil {
		return err
	}
	h := &handler{d}
	all := accesshttp.API{Prefix: Prefix, Parameters: parameters, Bodies: bodies, Verify: d.Verify}.Routes(r)
	all.Use(web.Handle(h.admit))
	all.GET("/doctor", web.Handle(h.diagnose))

	org := all.Group("", web.Handle(h.load))

	org.GET("/users", web.Handle(h.users))
	org.GET("/users/:id", web.Handle(h.user))
	org.GET("/users/:id/why", web.Handle(h.why))
	org.GET("/users/:id/timeline", web.Handle(h.userTimeline))
	org.GET("/people", web.Handle(h.person))
	org.GET("/groups", web.Handle(h.groups))
	org.GET("/groups/:id", web.Handle(h.group))
	org.GET("/groups/:id/members", web.Handle(h.members))
	org.GET("/groups/:id/waiting", web.Handle(h.waiting))
	org.GET("/waiting", web.Handle(h.waiting))
	org.GET("/groups/:id/timeline", web.Handle(h.groupTimeline))
	org.GET("/activity", web.Handle(h.activity))
	org.GET("/activity/days", web.Handle(h.activityDays))
	org.GET("/activity/:id", web.Handle(h.entry))
	org.GET("/activity/:id/members", web.Handle(h.entryMembers))
	org.GET("/requests/:id", web.Handle(h.request))
	org.GET("/coercions", web.Handle(h.coercions))
	org.GET("/events", web.Handle(h.events))
	org.GET("/snapshot", web.Handle(h.snapshot))
	org.GET("/guard", web.Handle(h.guard))
	org.GET("/guard/holds/:id", web.Handle(h.hold))
	org.GET("/guard/holds/:id/changes", web.Handle(h.held))
	org.POST("/guard/holds/:id/approve", web.Handle(accesshttp.ToManage.Handle), web.Handle(h.decide(guard.Approved)))
	org.POST("/guard/holds/:id/reject", web.Handle(accesshttp.ToManage.Handle), web.Handle(h.decide(guard.Rejected)))
	org.GET("/drift", web.Handle(h.drift))
	org.GET("/drift/summary", web.Handle(h.driftSummary))
	org.POST("/drift/compare", web.Handle(h.compare))

	org.GET("/users/:id/export", web.Handle(accesshttp.ToManage.Handle), web.Handle(h.exportUser))
	org.POST("/users/:id/erase", web.Handle(accesshttp.ToManage.Handle), web.Handle(h.eraseUser))
	org.PATCH("/groups/:id", web.Handle(accesshttp.ToManage.Handle), web.Handle(h.patchGroup))
	org.POST("/groups/:id/waiting/:value/approve", web.Handle(accesshttp.ToManage.Handle), web.Handle(h.letIn))
	org.DELETE("/groups/:id/waiting/:value", web.Handle(accesshttp.ToManage.Handle), web.Handle(h.endWaiting))

	org.POST("/undo", web.Handle(accesshttp.ToManage.Handle), web.Handle(h.startUndo))
	org.GET("/undo", web.Handle(h.undos))
	org.GET("/undo/:id", web.Handle(h.undo))

	org.POST("/doctor/rehearse", web.Handle(h.rehearse))
	org.POST("/doctor/reach", web.Handle(h.reach))
	org.POST("/dry-run", web.Handle(h.dryRun))

	org.POST("/sign-ins", web.Handle(accesshttp.PlatformOnly("").Handle), web.Handle(h.signIn))
	org.PUT("/users/:id/email", web.Handle(accesshttp.ToManage.Handle), web.Handle(h.setEmail))
	org.PUT("/users/:id/display-name", web.Handle(accesshttp.ToManage.Handle), web.Handle(h.setDisplayName))
	return nil
}
