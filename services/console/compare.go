package console

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/services/internal/apiclient"
	"github.com/devrev/scim/services/internal/web"
)

// mostCompared is how many differences the page of a comparison shows.
const mostCompared = 100

// maxUpload bounds the form with an export, in bytes. It is held in memory, and never on a disk:
// gin keeps forms of up to 32 MiB there.
const maxUpload = apiclient.MaxExport + maxForm

// limitForm bounds the body of a request: that of a form, or of one with a file.
func limitForm(c *gin.Context) {
	limit := int64(maxForm)
	if strings.HasSuffix(c.FullPath(), "/drift/compare") {
		limit = maxUpload
	}
	web.BodyLimit(limit)(c)
}

// comparePage is the form that takes an export of the identity provider's assignments, and what
// came of the last one.
type comparePage struct {
	Wrong  string                 // why it could not be compared; "" is nothing
	Broken []apiclient.BrokenLine // that could not be read
	Found  *apiclient.Comparison  // nil: nothing was compared
}

// Shown are the differences that the page has.
func (p comparePage) Shown() []apiclient.Difference {
	return p.Found.Differences[:min(len(p.Found.Differences), mostCompared)]
}

// More is how many it has not.
func (p comparePage) More() int { return len(p.Found.Differences) - len(p.Shown()) }

func (s *Console) askCompare(v *visit) error { return v.showCompare(http.StatusOK, comparePage{}) }

// compare compares the file of the form with the users. Nothing of it is kept and nothing is
// changed, so auditors may ask for it.
func (s *Console) compare(v *visit) error {
	file, err := v.FormFile("export")
	if err != nil || file.Size == 0 {
		return v.showCompare(http.StatusBadRequest, comparePage{Wrong: "Choose the file with the export. It must not be empty."})
	}
	content, err := file.Open()
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }()
	export, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	found, err := v.api.Compare(v.Request.Context(), export)
	if p, refused := errors.AsType[*apiclient.Problem](err); refused && p.Status < http.StatusInternalServerError &&
		p.Status != http.StatusUnauthorized && p.Status != http.StatusForbidden && p.Status != http.StatusNotFound {
		return v.showCompare(p.Status, comparePage{Wrong: sentence(err), Broken: apiclient.BrokenLines(err)})
	}
	if err != nil {
		return err
	}
	return v.showCompare(http.StatusOK, comparePage{Found: &found})
}

func (v *visit) showCompare(status int, p comparePage) error {
	return v.show(status, "compare", "Compare with an export", p, crumb{"Drift", v.path("drift")})
}
