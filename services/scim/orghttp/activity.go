package orghttp

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

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
	if c.NegotiateFormat(gin.MIMEJSON, ndjson) == ndjson {
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
	c.JSON(http.StatusOK, gin.H{"activity": entries, "next": page.next(len(entries), func() string { return entries[len(entries)-1].ID })})
	return nil
}

const (
	ndjson     = "application/x-ndjson"
	exportPage = 200
	pageTime   = time.Minute // how long a client may take for a page
)

// exportActivity writes all that q asks for, a line each. It cannot say that it failed once it has begun: then the connection is cut.
func (h *door) exportActivity(c *gin.Context, q activity.Query) error {
	q.Limit = exportPage
	lines := json.NewEncoder(c.Writer)
	deadline := http.NewResponseController(c.Writer)
	for {
		entries, err := h.Activity.List(c.Request.Context(), organisationOf(c), q)
		if err != nil {
			return err
		}
		c.Header("Content-Type", ndjson)
		c.Writer.WriteHeaderNow()
		_ = deadline.SetWriteDeadline(time.Now().Add(pageTime)) // what has none needs none
		for _, e := range entries {
			if err := lines.Encode(e); err != nil {
				return err
			}
		}
		c.Writer.Flush()
		if len(entries) < exportPage {
			return nil
		}
		q.After = entries[len(entries)-1].ID
	}
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
