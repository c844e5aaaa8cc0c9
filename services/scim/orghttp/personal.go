package orghttp

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/internal/web/problem"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/drift"
	"github.com/devrev/scim/services/scim/history"
)

// personalLine is a line of what is kept about a person; one member is set.
type personalLine struct {
	User     *user           `json:"user,omitempty"`
	Before   *earlier        `json:"before,omitempty"`
	Drift    *drift.Row      `json:"drift,omitempty"`   // what the identity provider believes
	Waiting  *waiting        `json:"waiting,omitempty"` // a membership that waits
	Activity *activity.Entry `json:"activity,omitempty"`
	Audit    *audit.Line     `json:"audit,omitempty"`
}

// earlier is what the user was at a version, until the time of the next one.
type earlier struct {
	Version    int64           `json:"version"`
	Until      time.Time       `json:"until"`
	State      directory.State `json:"state"`
	SignedIn   bool            `json:"signedIn"`
	Deleted    bool            `json:"deleted,omitempty"`
	Attributes *scim.Document  `json:"attributes,omitempty"` // absent where the organisation hides values
}

// exportUser writes everything that is kept about a person, who may be deleted: the user first,
// then what the user was before, what the identity provider believes, the memberships that wait,
// the activity and the audit (GDPR article 15).
func (h *handler) exportUser(c *gin.Context) error {
	ctx, org := c.Request.Context(), organisationOf(c)
	u, err := h.Users.GetDeleted(ctx, org, directory.UserID(c.Param("id")))
	if err != nil {
		return err
	}
	shown, err := h.whole(c, org, u)
	if err != nil {
		return err
	}
	e := audit.New(time.Now(), callerOf(c), audit.ActionExport, string(org.Tenant))
	e.UserID = string(u.ID)
	if err := h.audit(ctx, e); err != nil {
		return err
	}
	lines := []personalLine{{User: &shown}}
	records, err := h.Events.Records(ctx, org.Tenant, history.Resource{Type: history.User, ID: string(u.ID)})
	if err != nil {
		return unreadable(err)
	}
	for _, r := range records {
		was := r.Before
		if was.Version == 0 { // the user was created
			continue
		}
		before := earlier{was.Version, r.At, was.State, was.SignedIn, was.Deleted, nil}
		if was.Document != nil {
			before.Attributes = schema.Projection{}.Apply(org.Schemas.User, was.Document)
		}
		lines = append(lines, personalLine{Before: &before})
	}
	for _, row := range drift.Of(org, u) {
		lines = append(lines, personalLine{Drift: &row})
	}
	waits, err := h.Groups.Waiting(ctx, org, directory.WaitingQuery{Keys: u.Known(), Limit: directory.MaxWaitingOfTenant})
	if err != nil {
		return err
	}
	for _, w := range waits {
		lines = append(lines, personalLine{Waiting: &waiting{w, drift.WhyWaiting(w)}})
	}
	for told, err := range h.Activity.About(ctx, org, u) {
		if err != nil {
			return err
		}
		lines = append(lines, personalLine{Activity: &told})
	}
	q := audit.Query{UserID: string(u.ID), OldestFirst: true, Limit: web.ExportPage}
	for {
		page, err := h.Audit.ReadAudit(ctx, string(org.Tenant), q)
		if err != nil {
			return &problem.Problem{Status: http.StatusServiceUnavailable, Detail: "The organisation's audit cannot be read at the moment. Try again.", Cause: err}
		}
		for _, told := range page {
			line := told.Line()
			lines, q.After = append(lines, personalLine{Audit: &line}), told.Position()
		}
		if len(page) < web.ExportPage {
			break
		}
	}
	c.Header("Content-Disposition", `attachment; filename="user-`+string(u.ID)+`.ndjson"`)
	return web.Export(c, func() ([]personalLine, error) {
		page := lines[:min(len(lines), web.ExportPage)]
		lines = lines[len(page):]
		return page, nil
	})
}

// eraseUser removes everything that is kept about a person, for good (GDPR article 17).
func (h *handler) eraseUser(c *gin.Context) error {
	org, id := organisationOf(c), directory.UserID(c.Param("id"))
	if err := h.People.Erase(c.Request.Context(), org, id, callerOf(c), requestOf(c, org, directory.User{ID: id})); err != nil {
		return err
	}
	web.EventFrom(c.Request.Context()).SetOutcome("user_erased")
	c.Status(http.StatusNoContent)
	return nil
}
