package orghttp

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/internal/web/problem"
	"github.com/devrev/scim/services/scim/drift"
)

// comparedLine is a line of a comparison; one member is set.
type comparedLine struct {
	Difference *drift.Difference `json:"difference,omitempty"`
	Progress   *drift.Compared   `json:"progress,omitempty"` // up to here, where nothing differs for long
	End        *drift.Compared   `json:"end,omitempty"`
}

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
	done, err := h.Drift.Compare(c.Request.Context(), organisationOf(c), export, func(found []drift.Difference, so drift.Compared) error {
		if len(found) == 0 { // the client must not take a long silence for the end
			return writeLines(c, []comparedLine{{Progress: &so}})
		}
		page := make([]comparedLine, len(found))
		for i := range found {
			page[i].Difference = &found[i]
		}
		return writeLines(c, page)
	})
	if err != nil {
		return err
	}
	return writeLines(c, []comparedLine{{End: &done}})
}
