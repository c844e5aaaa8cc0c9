package scimhttp

import (
	"errors"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
)

// searchAll is POST /.search, over users and groups (RFC 7644 section 3.4.3). Without sortBy users come first; with it both are one order.
// A kind of resource that has not got an attribute of the filter has no match in it; if no kind has, the filter is refused.
func (h *door) searchAll(c *gin.Context) error {
	l, err := searchRequest(c)
	if err != nil {
		return err
	}
	if l.byCursor {
		return scim.BadRequest(scim.InvalidCursor, "A search over all kinds of resources has no cursors; search /Users and /Groups, or use startIndex.")
	}
	page, err := l.page()
	if err != nil {
		return err
	}
	s := searching{door: h, c: c, org: callerOf(c), page: page}
	var refused error
	for _, e := range []endpoint{h.users, h.groups} {
		err := s.add(e, l)
		if r, ok := errors.AsType[*scim.Error](err); ok && (r.Type == scim.InvalidFilter || r.Type == scim.InvalidPath) {
			refused = err
			continue
		}
		if err != nil {
			return err
		}
		s.kinds++
	}
	if s.kinds == 0 {
		return refused
	}
	return respond(c, http.StatusOK, scim.ListResponse(s.total, page.StartIndex, s.resources()))
}

// searching is a search over several kinds of resources on its way.
type searching struct {
	door  *door
	c     *gin.Context
	org   directory.Organisation
	page  scim.Page
	sort  directory.Sort
	kinds int
	total int
	hits  []hit
}

// hit is a resource found and its place in the order.
type hit struct {
	shown *scim.Document
	at    directory.Position
}

func (s *searching) add(e endpoint, l listing) error {
	rt, tol := e.resourceType(s.org), tolerance(s.c)
	q, _, err := l.query(rt, tol)
	if err != nil {
		return err
	}
	want, err := projectionOf(rt, l)
	if err != nil {
		return err
	}
	sorted := q.Sort.Path.Attribute != nil
	if sorted { // any of the first could be of this kind
		s.sort, q.Skip, q.Limit = q.Sort, 0, q.Skip+q.Limit
	} else {
		q.Skip, q.Limit = max(q.Skip-s.total, 0), q.Limit-len(s.hits)
	}
	found, err := e.list(s.c.Request.Context(), s.org, q, want)
	if err != nil {
		return err
	}
	s.total += found.Total
	for _, r := range found.Items {
		at := directory.Position{ID: r.id}
		if sorted {
			at.Key = directory.SortKey(q.Sort.Path, r.doc)
		}
		s.hits = append(s.hits, hit{represent(s.door.BaseURL, rt, r, want), at})
	}
	s.door.noteCoercions(s.c, tol)
	return nil
}

// resources returns the page of what was found.
func (s *searching) resources() []*scim.Document {
	hits := s.hits
	if s.sort.Path.Attribute != nil {
		slices.SortStableFunc(hits, func(a, b hit) int { return s.sort.Compare(a.at, b.at) })
		hits = hits[min(s.page.StartIndex-1, len(hits)):]
	}
	hits = hits[:min(s.page.Count, len(hits))]
	shown := make([]*scim.Document, len(hits))
	for i, h := range hits {
		shown[i] = h.shown
	}
	return shown
}
