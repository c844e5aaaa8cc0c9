package orghttp

import (
	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
)

// page is one stretch of a list in the order of creation. ?after= is the id that the stretch before ended with, ?limit= its length.
type page struct{ query directory.Query }

func pageOf(c *gin.Context) (page, error) {
	asked, err := scim.ParsePage("", c.Query("limit"))
	if err != nil {
		return page{}, scim.BadRequest(scim.InvalidValue, "The parameter limit must be a decimal integer.")
	}
	q := directory.Query{Limit: asked.Count}
	if after := c.Query("after"); after != "" {
		q.After = &directory.Position{ID: after}
	}
	return page{q}, nil
}

// next returns what to ask for after: last() if the page is full, or was cut, else nothing.
func (p page) next(shown int, cut bool, last func() string) string {
	if shown == 0 || shown < p.query.Limit && !cut {
		return ""
	}
	return last()
}
