package scimhttp

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/ratelimit"
	"github.com/devrev/scim/services/internal/required"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/guard"
	"github.com/devrev/scim/services/scim/limits"
)

// Prefix is where the protocol's endpoints lie below the public base URL.
const Prefix = terms.SCIMPath

// Deps are what the handlers need.
type Deps struct {
	Users  *directory.Users
	Groups *directory.Groups
	// Activity records every change before the client is answered, and every refusal.
	Activity *activity.Log
	// Verify identifies the holder of the credentials of a request, which came from this address;
	// *token.Guard's method fits.
	Verify func(ctx context.Context, address, authorization string) (token.Principal, error)
	// Allow reports whether one more request of the organisation passes, which costs this, and if
	// not, after what time it will.
	Allow func(ctx context.Context, p token.Principal, cost ratelimit.Cost) (retryAfter time.Duration, ok bool)
	// RecordUsage is called for every answered request whose token is accepted, or dead. It
	// must not wait.
	RecordUsage func(token.Request)
	// TurnedAway receives every request whose token is legible and not accepted, or sent to a
	// path that does not exist. It must not wait, so that the time of an answer tells nothing of
	// any token.
	TurnedAway func(TurnedAway)
	// Admit is asked before the wish of a request that an enabled user be deactivated or deleted,
	// or that members leave a group, is stored. Its error keeps it from being stored.
	Admit func(ctx context.Context, org directory.Organisation, tag string, by activity.Request, wish guard.Wish) error
	// Changed receives every change that took place, once it is stored. Its error keeps the change
	// from being acknowledged.
	Changed func(ctx context.Context, org directory.Organisation, tag string, by activity.Request, made *directory.Change) error
	// Organisation gives the terms on which a verified organisation is served.
	Organisation func(token.Principal) (directory.Organisation, error)
	BaseURL      string // public, with Prefix, without a slash at its end
	Metrics      *telemetry.Metrics
	CursorKey    []byte // 32 bytes, secret, the same in every process
	Capacity     limits.Capacity
	Places       Places `need:"optional"` // nil: no other process serves the same clients
	// Together returns a context with which a change and its entry in Activity are stored at once:
	// both are durable when complete has returned nil. nil: each is when its store has
	// acknowledged it.
	Together Together `need:"optional"`
}

// Together begins what is to be stored at once, with the context that it returns. complete may be
// called again.
type Together func(context.Context) (together context.Context, complete func() error)

// handler serves the protocol.
type handler struct {
	Deps
	users    endpoint
	groups   endpoint
	walks    *walks
	holdings holdings
	weights  *lru.Cache[directory.Tenant, int] // bytes of one resource in an organisation's last pages
	cursors  cursors
}

// Register puts the whole protocol under r, which serves nothing else. The error names what is
// missing or wrong in d.
func Register(r *gin.Engine, d Deps) error {
	if err := required.Check(d); err != nil {
		return err
	}
	cursors, err := newCursors(d.CursorKey)
	if err != nil {
		return err
	}
	walks, err := newWalks(d.Places, cursors)
	if err != nil {
		return err
	}
	weights, err := lru.New[directory.Tenant, int](maxWalkers)
	if err != nil {
		return err
	}
	h := &handler{Deps: d, walks: walks, cursors: cursors, holdings: newHoldings(d.Capacity), weights: weights}
	h.users, h.groups = stored{userEndpoint{d.Users, d.BaseURL}}, stored{groupEndpoint{d.Groups, d.BaseURL}}

	r.NoRoute(h.elsewhere)
	scim := r.Group(Prefix, release, h.recordUsage, web.Handle(h.authenticate), web.Handle(exactNames))
	h.resources(scim.Group("/Users", h.body(limits.Body, limits.Values)...), h.users)
	h.resources(scim.Group("/Groups", h.body(limits.GroupBody, limits.GroupValues)...), h.groups)

	scim.Group("/Bulk", h.body(limits.BulkBody, limits.BulkValues)...).POST("", web.Handle(h.bulk))
	h.read(scim, "", nil, h.listAll)
	scim.Group("/.search", h.body(limits.SearchBody, limits.SearchValues)...).POST("", web.Handle(h.reading(nil, h.searchAll)))
	scim.Match(everyMethod, "/Me", web.Handle(me))

	h.read(scim, "/ServiceProviderConfig", nil, h.serviceProviderConfig)
	h.read(scim, "/ResourceTypes", nil, h.resourceTypes)
	h.read(scim, "/ResourceTypes/:id", nil, h.resourceType)
	h.read(scim, "/Schemas", nil, h.schemas)
	h.read(scim, "/Schemas/:id", nil, h.schema)
	return nil
}

// everyMethod is what may be asked of a resource.
var everyMethod = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// read serves GET, and HEAD as a GET without a body (RFC 9110 section 9.3.2).
func (h *handler) read(r gin.IRouter, path string, e endpoint, serve web.Handler) {
	r.Match([]string{http.MethodGet, http.MethodHead}, path, web.Handle(h.reading(e, serve)))
}

func (h *handler) resources(r gin.IRouter, e endpoint) {
	h.read(r, "", e, h.list(e))
	r.POST("", web.Handle(h.create(e)))
	r.Group("/.search", h.body(limits.SearchBody, limits.SearchValues)...).POST("", web.Handle(h.reading(e, h.search(e))))
	h.read(r, "/:id", e, h.get(e))
	r.PUT("/:id", web.Handle(h.replace(e)))
	r.PATCH("/:id", web.Handle(h.patch(e)))
	r.DELETE("/:id", web.Handle(h.remove(e)))
}
