package scimhttp

import (
	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/limits"
)

// costOf returns what a list costs beside the request itself.
func costOf(q directory.Query) (cost int) {
	found := directory.Demands(q.Filter, filter.Equal, filter.StartsWith)
	if q.Filter != nil && !found {
		cost += limits.Scan
	}
	if q.Sort.Path.Attribute != nil && !found {
		cost += limits.Sort
	}
	return cost
}

// admitList takes from the organisation's rate what the list costs, and places for as many resources as it may have.
func (h *door) admitList(c *gin.Context, q directory.Query) error {
	if err := h.charge(c, costOf(q)); err != nil {
		return err
	}
	if directory.Demands(q.Filter, filter.Equal) {
		return nil
	}
	return takePlaces(c, int64((limits.ListPlaces-limits.Place)*min(q.Limit, scim.MaxCount)/scim.MaxCount))
}

// charge takes from the organisation's rate what a request costs beside itself.
func (h *door) charge(c *gin.Context, cost int) error {
	if cost == 0 {
		return nil
	}
	return h.limit(c, c.MustGet(principalKey).(token.Principal), cost)
}
