package orghttp

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/scim/activity"
)

// activity lists what the identity provider did, latest first: all, or what ?user= or ?group=, ?requestId=, ?effect=, ?since= and ?until= say.
func (h *door) activity(c *gin.Context) error {
	page, err := pageOf(c)
	if err != nil {
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
	entries, err := h.Activity.List(c.Request.Context(), organisationOf(c), q)
	if err != nil {
		return err
	}
	if entries == nil {
		entries = []activity.Entry{}
	}
	c.JSON(http.StatusOK, gin.H{"activity": entries, "next": page.next(len(entries), false, func() string { return entries[len(entries)-1].ID })})
	return nil
}

// entry shows one entry.
func (h *door) entry(c *gin.Context) error {
	e, err := h.Activity.Entry(c.Request.Context(), organisationOf(c), c.Param("id"))
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, e)
	return nil
}

// exportActivity writes all that q asks for.
func (h *door) exportActivity(c *gin.Context, q activity.Query) error {
	q.Limit = web.ExportPage
	return web.Export(c, func() ([]activity.Entry, error) {
		entries, err := h.Activity.List(c.Request.Context(), organisationOf(c), q)
		if n := len(entries); n > 0 {
			q.After = entries[n-1].ID
		}
		return entries, err
	})
}

// coercions tells how often each departure from the RFCs was put right.
func (h *door) coercions(c *gin.Context) error {
	counts, err := h.Activity.Counts(c.Request.Context(), organisationOf(c))
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, gin.H{"coercions": counts})
	return nil
}
