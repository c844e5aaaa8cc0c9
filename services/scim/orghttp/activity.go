package orghttp

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/scim/activity"
)

// activity lists what the identity provider did, latest first: all, or what ?user= or ?group=,
// ?requestId=, ?effect=, ?since= and ?until= say.
func (h *handler) activity(c *gin.Context) error {
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	if err := page.afterID(); err != nil {
		return err
	}
	q, err := activityQuery(c)
	if err != nil {
		return err
	}
	if web.WantsExport(c) {
		return h.exportActivity(c, q)
	}
	q.Limit = page.query.Limit
	entries, next, err := h.Activity.Browse(c.Request.Context(), organisationOf(c), q)
	if err != nil {
		return err
	}
	if entries == nil {
		entries = []activity.Entry{}
	}
	if next == "" {
		next = page.next(len(entries), false, func() string { return entries[len(entries)-1].ID })
	}
	c.JSON(http.StatusOK, gin.H{"activity": entries, "next": next})
	return nil
}

// activityDays counts the latest entries by their days, since ?since=.
func (h *handler) activityDays(c *gin.Context) error {
	since, err := instant(c, "since")
	if err != nil {
		return err
	}
	days, more, err := h.Activity.Days(c.Request.Context(), organisationOf(c), since)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, gin.H{"days": days, "more": more})
	return nil
}

// entry shows one entry.
func (h *handler) entry(c *gin.Context) error {
	e, err := h.Activity.Entry(c.Request.Context(), organisationOf(c), c.Param("id"))
	if err != nil {
		return err
	}
	called, err := h.namesIn(c, e)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, struct {
		moment
		Names names `json:"names,omitempty"` // of Members
	}{moment{e, e.Sentence()}, called})
	return nil
}

// request shows what one request did, by its id or that of its trace.
func (h *handler) request(c *gin.Context) error {
	ctx, org, id := c.Request.Context(), organisationOf(c), c.Param("id")
	for _, q := range []activity.Query{{RequestID: id, Limit: scim.MaxCount}, {TraceID: id, Limit: scim.MaxCount}} {
		entries, err := h.Activity.List(ctx, org, q)
		if err != nil {
			return err
		}
		if len(entries) > 0 {
			c.JSON(http.StatusOK, gin.H{"activity": entries})
			return nil
		}
	}
	return scim.Errorf(http.StatusNotFound, "", "The activity has no entry of a request or trace with this id. It has requests that create, change or remove something, and those that were refused.")
}

// exportActivity writes all that q asks for.
func (h *handler) exportActivity(c *gin.Context, q activity.Query) error {
	q.Limit = web.ExportPage
	return web.Export(c, func() ([]activity.Entry, error) {
		entries, err := h.Activity.List(c.Request.Context(), organisationOf(c), q)
		if n := len(entries); n > 0 {
			q.After = entries[n-1].ID
		}
		return entries, err
	})
}

// coercions returns how often each departure from the RFCs was corrected.
func (h *handler) coercions(c *gin.Context) error {
	counts, err := h.Activity.Counts(c.Request.Context(), organisationOf(c))
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, gin.H{"coercions": counts})
	return nil
}
