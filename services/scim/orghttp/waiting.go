package orghttp

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/drift"
)

// waiting is a member that waits as the organisation sees it.
type waiting struct {
	directory.Waiting
	Sentence string `json:"sentence"` // why, and for what
}

// waiting lists the members that wait, for the group of the path or for all groups: all, or those
// whose value begins with ?q=.
func (h *handler) waiting(c *gin.Context) error {
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	q := directory.WaitingQuery{Group: directory.GroupID(c.Param("id")), Prefix: directory.Fold(c.Query("q")), Limit: page.query.Limit}
	if page.query.After != nil {
		var ok bool
		if q.After, ok = directory.WaitingAt(page.query.After.ID); !ok {
			return scim.BadRequest(scim.InvalidValue, "The parameter after must be what the answer before gave as next.")
		}
	}
	found, err := h.Groups.Waiting(c.Request.Context(), organisationOf(c), q)
	if err != nil {
		return err
	}
	shown := make([]waiting, len(found))
	for i, w := range found {
		shown[i] = waiting{w, drift.WhyWaiting(w)}
	}
	next := page.next(len(found), false, func() string { return found[len(found)-1].Place() })
	c.JSON(http.StatusOK, gin.H{"waiting": shown, "next": next})
	return nil
}

// endWaiting has the member of the path wait no longer.
func (h *handler) endWaiting(c *gin.Context) error {
	org, group, by := organisationOf(c), directory.GroupID(c.Param("id")), callerOf(c)
	err := h.Groups.EndWaiting(c.Request.Context(), org, group, c.Param("value"), func(ctx context.Context, w directory.Waiting) error {
		return h.audit(ctx, unwaitOf(by, org, w))
	})
	if err != nil {
		return err
	}
	web.EventFrom(c.Request.Context()).SetOutcome("waiting_ended")
	c.Status(http.StatusNoContent)
	return nil
}

// letIn makes the person whom the member of the path means a member of the group.
func (h *handler) letIn(c *gin.Context) error {
	org, group, by := organisationOf(c), directory.GroupID(c.Param("id")), callerOf(c)
	made := &directory.Change{Cause: causeOf(c)}
	err := h.Groups.LetIn(c.Request.Context(), org, group, c.Param("value"), made, func(ctx context.Context, w directory.Waiting, user directory.UserID) error {
		e := audit.New(time.Now(), by, audit.ActionLetIn, string(org.Tenant))
		e.UserID, e.Changes = string(user), []audit.Change{{Member: "member of group " + string(w.Group), After: string(user)}}
		return h.audit(ctx, e)
	})
	if err == nil {
		err = h.Activity.RecordGroups(c.Request.Context(), org, requestOf(c, org, directory.User{}), made)
	}
	if err != nil {
		return err
	}
	web.EventFrom(c.Request.Context()).SetOutcome("waiting_approved")
	c.Status(http.StatusNoContent)
	return nil
}

// unwaitOf is the entry of the audit about the end of w. A value that is not an id may be a name or
// an address. The erasure of a person would not find it there, so that it is left out.
func unwaitOf(by audit.Caller, org directory.Organisation, w directory.Waiting) audit.Entry {
	e := audit.New(time.Now(), by, audit.ActionUnwait, string(org.Tenant))
	if w.Reason == directory.WaitsDeleted {
		e.UserID = w.Key()
	}
	change := audit.Change{Member: "waiting in group " + string(w.Group)}
	if uuid.Validate(w.Value) == nil {
		change.Before = w.Value
	}
	e.Changes = []audit.Change{change}
	return e
}
