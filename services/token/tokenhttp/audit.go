package tokenhttp

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/web"
)

// audit lists who requested what, latest first: all, or what ?action=, ?tokenId=, ?userId=,
// ?since= and ?until= select. The head is read before the entries, so that those of an answer reach
// it.
func (h *handler) audit(c *gin.Context) error {
	limit, err := limitOf(c)
	if err != nil {
		return err
	}
	q, err := auditQuery(c)
	if err != nil {
		return err
	}
	if web.WantsExport(c) {
		return h.exportAudit(c, q)
	}
	q.Limit = limit
	ctx, org := c.Request.Context(), orgOf(c)
	head, err := h.Issuer.AuditHead(ctx, org)
	if err != nil {
		return err
	}
	entries, err := h.Issuer.Audit(ctx, org, q)
	if err != nil {
		return err
	}
	next := ""
	if n := len(entries); n > 0 && n == limit {
		next = entries[n-1].Position().String()
	}
	c.JSON(http.StatusOK, gin.H{"audit": linesOf(entries), "head": head, "next": next})
	return nil
}

// exportAudit writes all that q selects, oldest first.
func (h *handler) exportAudit(c *gin.Context, q audit.Query) error {
	q.OldestFirst, q.Limit = true, web.ExportPage
	return web.Export(c, func() ([]audit.Line, error) {
		entries, err := h.Issuer.Audit(c.Request.Context(), orgOf(c), q)
		if n := len(entries); n > 0 {
			q.After = entries[n-1].Position()
		}
		return linesOf(entries), err
	})
}

// verifyAudit reports whether the part of the audit behind ?after= is whole, as far as this service
// can see.
func (h *handler) verifyAudit(c *gin.Context) error {
	after, err := positionOf(c)
	if err != nil {
		return err
	}
	found, err := h.Issuer.VerifyAudit(c.Request.Context(), orgOf(c), after)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, found)
	return nil
}

func linesOf(entries []audit.Entry) []audit.Line {
	lines := make([]audit.Line, len(entries))
	for n, e := range entries {
		lines[n] = e.Line()
	}
	return lines
}
