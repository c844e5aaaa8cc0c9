package orghttp

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/internal/web/problem"
	"github.com/devrev/scim/services/scim/drift"
)

// compare compares an export of the identity provider's assignments with the users. It writes an
// object a line; the last one says that it is whole. Nothing is stored.
func (h *handler) compare(c *gin.Context) error {
	read := drift.ReadLines
	switch c.ContentType() {
	case web.NDJSON:
	case "text/csv":
		read = drift.ReadCSV
	default:
		return &problem.Problem{Status: http.StatusUnsupportedMediaType, Detail: "Send the export as " + web.NDJSON + ", a JSON object a line, or as text/csv."}
	}
	export, err := read(c.Request.Body)
	if broken, ok := errors.AsType[*drift.Broken](err); ok {
		return &problem.Problem{
			Status: http.StatusBadRequest, Name: "export-broken", Detail: broken.Error(),
			Members: map[string]any{"lines": broken.Lines, "count": broken.Count},
		}
	}
	if err != nil {
		return err
	}
	lines, answer := json.NewEncoder(c.Writer), http.NewResponseController(c.Writer)
	write := func(line any) error {
		c.Header("Content-Type", web.NDJSON)
		c.Writer.WriteHeaderNow()
		if err := lines.Encode(line); err != nil {
			return fmt.Errorf("write a comparison: %w", err)
		}
		return nil
	}
	done, err := h.Drift.Compare(c.Request.Context(), organisationOf(c), export, func(found []drift.Difference) error {
		if err := answer.SetWriteDeadline(time.Now().Add(patienceForPage)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return fmt.Errorf("bound a page of a comparison: %w", err)
		}
		for _, d := range found {
			if err := write(gin.H{"difference": d}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return write(gin.H{"end": done})
}
