package orghttp

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/services/internal/access/accesshttp"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/internal/web/problem"
	"github.com/devrev/scim/services/scim/directory"
)

// seenByStaff records in the organisation's audit that staff read it. Without that record they must
// not.
func (h *handler) seenByStaff(c *gin.Context, org string) error {
	if !accesshttp.ActorOf(c).Staff {
		return nil
	}
	return h.audit(c.Request.Context(), audit.StaffRead(time.Now(), callerOf(c), org))
}

// audited has made written into the audit before it takes effect, if an administrator makes it.
// What people change of themselves is not for the audit.
func (h *handler) audited(c *gin.Context, action audit.Action, made *directory.Change) {
	org := organisationOf(c)
	if accesshttp.ActorOf(c).Platform {
		return
	}
	e := audit.New(time.Now(), callerOf(c), action, string(org.Tenant))
	e.UserID = c.Param("id")
	made.Announce = func(ctx context.Context) error {
		if changes := changesOf(org, made); !slices.Equal(changes, e.Changes) {
			again := audit.New(time.Now(), e.Caller, action, e.Org)
			e.ID, e.At, e.Changes = again.ID, again.At, changes
		}
		return h.audit(ctx, e)
	}
}

// audit adds e, unless its Once is there already.
func (h *handler) audit(ctx context.Context, e audit.Entry) error {
	ctx, end := web.Step(ctx, "audit")
	err := h.Audit.AppendAudit(ctx, e)
	if errors.Is(err, audit.ErrTold) {
		err = nil
	}
	end(err)
	if err == nil {
		return nil
	}
	return &problem.Problem{
		Status: http.StatusServiceUnavailable, Cause: err,
		Detail: "The organisation's audit cannot be written at the moment, and without it nothing is done. Try again.",
	}
}

// changesOf returns what an administrator's change alters, with the values unless the organisation
// keeps them out of its records.
func changesOf(org directory.Organisation, made *directory.Change) []audit.Change {
	was, is := directory.User{Document: made.Before.Document}, directory.User{Document: made.After.Document}
	var changes []audit.Change
	for _, m := range []audit.Change{
		{Member: "userName", Before: was.UserName(), After: is.UserName()},
		{Member: "email", Before: was.Email(), After: is.Email()},
		{Member: "displayName", Before: was.Document.String("displayName"), After: is.Document.String("displayName")},
	} {
		switch {
		case m.Before == m.After:
			continue
		case org.HideValues:
			m.Before, m.After = "", ""
		default:
			m.Before, m.After = clip(m.Before), clip(m.After)
		}
		changes = append(changes, m)
	}
	return changes
}

// clip bounds what the audit holds of a text.
func clip(text string) string {
	const most = 1 << 10
	return strings.ToValidUTF8(text[:min(len(text), most)], "")
}

// callerOf is the actor as the audit keeps it.
func callerOf(c *gin.Context) audit.Caller {
	return audit.Caller{Subject: accesshttp.ActorOf(c).Subject, Address: c.ClientIP(), TraceID: web.TraceID(c.Request.Context())}
}
