package scimhttp

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// reportVerdict reports what became of a request's token: to its event, the metrics, the activity,
// the token's usage and the client.
func (h *handler) reportVerdict(c *gin.Context, v verdict) {
	ctx := c.Request.Context()
	event := web.EventFrom(ctx)
	event.SetOrganisation(v.org)
	event.SetTokenID(v.tokenID)
	h.Metrics.TokenVerifications(ctx, v.outcome, v.source)
	if v.event != "" {
		h.Metrics.TokenEvents(ctx, v.event)
	}
	if v.used != nil {
		c.Set(usedKey, v.used)
	}
	if v.challenge != "" {
		c.Header("WWW-Authenticate", v.challenge)
	}
	if v.refusal != nil {
		h.reportTurnedAway(c, v.refusal, v.answer)
	}
}

// usedKey is where reportVerdict leaves the *token.Request of a verdict.
const usedKey = "used"

// recordUsage records token usage after the response, when its outcome is known.
func (h *handler) recordUsage(c *gin.Context) {
	panicked := true
	defer func() {
		used, ok := c.Get(usedKey)
		if !ok {
			return
		}
		r := *used.(*token.Request)
		r.Client = web.EventFrom(c.Request.Context()).Client()
		r.Address = token.ClassOf(c.ClientIP())
		r.Failed = panicked || len(c.Errors) > 0 || c.Writer.Status() >= http.StatusBadRequest // errors are written outside of this
		h.RecordUsage(r)
	}()
	c.Next()
	panicked = false
}

// TurnedAway is a request whose token was not accepted, or not looked at.
type TurnedAway struct {
	Refusal token.Refusal // with the tag and id of a malformed or misplaced token too, as far as they are legible
	Request activity.Request
	Answer  *scim.Error
}

// reportTurnedAway reports a request to the organisation of its token, as far as that is legible.
func (h *handler) reportTurnedAway(c *gin.Context, refusal *token.Refusal, answer *scim.Error) {
	ctx, shown := c.Request.Context(), *refusal
	if shown.Reason == token.ReasonMalformed || shown.Reason == Misplaced {
		shown.Tag, shown.TokenID = token.Legible(web.Authorization(c))
	}
	if shown.TokenID == "" {
		return
	}
	h.TurnedAway(TurnedAway{shown, activity.Request{
		RequestID: web.RequestID(ctx), TraceID: web.TraceID(ctx), TokenID: shown.TokenID,
		Client: string(web.EventFrom(ctx).Client()), Method: c.Request.Method,
	}, answer})
}

// asked is what a client wants done: by a request or by one operation of a bulk request.
type asked struct {
	method   string
	endpoint endpoint
	id       string // of the resource, "" if there is none yet
}

// reportChange reports the outcome of a change to the organisation's activity, the request's event
// and the metrics, and completes it. It returns err, or a 503 if the activity entry could not be
// stored: a change must not be acknowledged before it is recorded.
func (h *handler) reportChange(c *gin.Context, a asked, change *directory.Change, err error, complete func(error) error) error {
	h.measure(c, change.Tolerance.Accepted)
	if err != nil {
		h.reportRefusal(c, a, change, err)
		return complete(err)
	}
	ctx, org := c.Request.Context(), callerOf(c)
	kind := a.endpoint.resourceType(org).Name
	event := web.EventFrom(ctx)
	event.SetOutcome(strings.ToLower(kind) + "_" + string(change.Effect))
	event.Add("operations", len(change.Outcomes))
	event.Add("members_added", len(change.Members.Added))
	event.Add("members_removed", len(change.Members.Removed))
	event.Add("members_skipped", len(change.Skipped))
	if kind == "Group" {
		h.Metrics.MemberDelta(ctx, len(change.Members.Added)+len(change.Members.Removed))
	}
	ctx, end := web.Step(ctx, "activity")
	by := requestOf(c, a)
	err = h.Activity.Record(ctx, org, by, change)
	end(err)
	err = complete(err)
	noted := h.Changed(c.Request.Context(), org, c.MustGet(principalKey).(token.Principal).Tag, by, change) // recorded or not, it took place
	if err == nil {
		err = noted
	}
	return err
}

// reportUnadmitted reports a request that was refused before its handler read it. A token that may
// only read passes each test of a connection, and then nothing is provisioned; what exceeds the
// rate arrives late or never.
func (h *handler) reportUnadmitted(c *gin.Context, err error) {
	kind, _, _ := strings.Cut(strings.TrimPrefix(c.FullPath(), Prefix+"/"), "/")
	a := asked{c.Request.Method, h.endpointOf(callerOf(c), kind), c.Param("id")}
	switch {
	case scopeOf(c) == token.ScopeRead:
		h.reportRefusal(c, a, nil, err)
	case a.endpoint != nil:
		h.reportRefusal(c, a, &directory.Change{}, err)
	}
}

// reportRefusal reports to the activity a request that was refused, as far as that is possible.
// change is nil for a read. A fault of ours (5xx) is not the organisation's to read.
func (h *handler) reportRefusal(c *gin.Context, a asked, change *directory.Change, err error) {
	refusal := asSCIM(err)
	if refusal.Status >= http.StatusInternalServerError {
		return
	}
	ctx, end := web.Step(c.Request.Context(), "activity")
	if org, by := callerOf(c), requestOf(c, a); change == nil {
		err = h.Activity.RefuseRead(ctx, org.Tenant, by, refusal)
	} else {
		err = h.Activity.Refuse(ctx, org, by, change, refusal)
	}
	if heard := h.hearRefusal(c, a, refusal); err == nil {
		err = heard
	}
	end(err)
	if err != nil {
		web.EventFrom(ctx).SetErr(err)
	}
}

// hearRefusal notes with the resource that a change of it was refused. One that came too often is
// sent again.
func (h *handler) hearRefusal(c *gin.Context, a asked, refusal *scim.Error) error {
	changes := a.method == http.MethodPut || a.method == http.MethodPatch || a.method == http.MethodDelete
	if a.endpoint == nil || a.id == "" || !changes || refusal.Status == http.StatusTooManyRequests {
		return nil
	}
	by := requestOf(c, a)
	return a.endpoint.refuse(c.Request.Context(), callerOf(c), a.id, directory.Refused{
		RequestID: by.RequestID, Client: by.Client, Status: refusal.Status, Detail: activity.RefusalOf(refusal).Detail,
	})
}

// reading is serve with its refusals told to the activity. e is nil where it reads no users and
// no groups, or both.
func (h *handler) reading(e endpoint, serve web.Handler) web.Handler {
	return func(c *gin.Context) error {
		err := serve(c)
		if err != nil {
			h.reportRefusal(c, asked{c.Request.Method, e, c.Param("id")}, nil, err)
		}
		return err
	}
}

func requestOf(c *gin.Context, a asked) activity.Request {
	ctx := c.Request.Context()
	about := activity.Resource{}
	if a.endpoint != nil {
		about = activity.Resource{Type: a.endpoint.resourceType(callerOf(c)).Name, ID: a.id}
	}
	return activity.Request{
		RequestID: web.RequestID(ctx),
		TraceID:   web.TraceID(ctx),
		TokenID:   c.MustGet(principalKey).(token.Principal).TokenID,
		Client:    string(web.EventFrom(ctx).Client()),
		Method:    a.method,
		Resource:  about,
	}
}

// reportCoercions reports what was put right in a request that changes nothing.
func (h *handler) reportCoercions(c *gin.Context, tol *scim.Tolerance) {
	h.measure(c, tol.Accepted)
	h.Activity.Count(callerOf(c).Tenant, tol.Accepted)
}

func (h *handler) measure(c *gin.Context, accepted []scim.Accepted) {
	for _, a := range accepted {
		h.Metrics.Coercions(c.Request.Context(), string(a.Coercion))
	}
}
