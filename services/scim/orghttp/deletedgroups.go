package orghttp

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// deletedGroups lists the deletions of groups that are not there, latest first, as long as the
// activity has them: the document of a deleted group is removed.
func (h *handler) deletedGroups(c *gin.Context) error {
	ctx, org := c.Request.Context(), organisationOf(c)
	for _, parameter := range []string{"q", "sort"} {
		if c.Query(parameter) != "" {
			return scim.BadRequest(scim.InvalidValue, "Deleted groups are listed latest first, all of them: leave out the parameter %s.", parameter)
		}
	}
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	if err := page.afterID(); err != nil {
		return err
	}
	entries, err := h.Activity.List(ctx, org, activity.Query{
		Type: org.Schemas.Group.Name, Effects: []directory.Effect{directory.EffectDeleted}, After: c.Query("after"), Limit: page.query.Limit,
	})
	if err != nil {
		return err
	}
	there, err := h.there(c, org, entries)
	if err != nil {
		return err
	}
	groups := []group{}
	for _, e := range entries {
		if !there[e.Resource.ID] {
			groups = append(groups, group{ID: e.Resource.ID, DisplayName: e.Name, Modified: directory.Timestamp(e.At), Deleted: true, Entry: e.ID})
		}
	}
	c.JSON(http.StatusOK, gin.H{"groups": groups, "next": page.next(len(entries), false, func() string { return entries[len(entries)-1].ID })})
	return nil
}

// there returns the ids of the groups of the entries that are there: an undo brings a deleted group
// back.
func (h *handler) there(c *gin.Context, org directory.Organisation, entries []activity.Entry) (map[string]bool, error) {
	w := where{rt: org.Schemas.Group}
	var ids []filter.Expr
	for _, e := range entries {
		id, err := w.compare("id", filter.Equal, e.Resource.ID)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return nil, nil //nolint:nilnil // none is there, and nothing wrong
	}
	found, err := h.Groups.List(c.Request.Context(), org, directory.Query{Filter: filter.AnyOf(ids), Limit: len(ids)})
	there := make(map[string]bool, len(found.Items))
	for _, g := range found.Items {
		there[string(g.ID)] = true
	}
	return there, err
}
