package scimhttp

import (
	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/limits"
)

// costOf returns what a list costs in addition to the request itself.
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

// admitList takes from the organisation's rate what the list costs, and places for as many
// resources as it may have.
func (h *handler) admitList(c *gin.Context, q directory.Query) error {
	cost, few := costOf(q), q.Limit == 0 || directory.Demands(q.Filter, filter.Equal)
	if !few {
		weight, _ := h.weights.Get(callerOf(c).Tenant)
		cost += min(weight*q.Limit, directory.MaxPageBytes) / limits.CostBytes
	}
	if err := h.charge(c, cost); err != nil || few {
		return err
	}
	return takePlaces(c, int64(limits.Place+(limits.ListPlaces-limits.Place)*min(q.Limit, scim.MaxCount)/scim.MaxCount))
}

// holdPage holds memory for a page, and remembers how large the organisation's resources are: of
// its next page no one knows that before it is read. Smaller ones are believed little by little.
func (h *handler) holdPage(c *gin.Context, shown []*scim.Document) error {
	size := sizeOf(shown)
	if len(shown) > 0 {
		t := callerOf(c).Tenant
		before, _ := h.weights.Get(t)
		h.weights.Add(t, max(int(size)/len(shown), before-before/4))
	}
	return takeBytes(c, size)
}

// charge takes from the organisation's rate what a request costs in addition to itself.
func (h *handler) charge(c *gin.Context, cost int) error {
	if cost == 0 {
		return nil
	}
	return h.limit(c, c.MustGet(principalKey).(token.Principal), cost)
}
