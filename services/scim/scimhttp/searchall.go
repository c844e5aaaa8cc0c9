package scimhttp

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
)

// searchAll is POST /.search, over users and groups (RFC 7644 section 3.4.3).
func (h *door) searchAll(c *gin.Context) error {
	l, err := searchRequest(c)
	if err != nil {
		return err
	}
	return h.answerAll(c, l)
}

// listAll is a query at the base URL, over users and groups (RFC 7644 section 3.4.2.1).
func (h *door) listAll(c *gin.Context) error {
	return h.answerAll(c, listingOf(c.Request.URL.Query()))
}

// answerAll answers with users and groups. Without sortBy users come first; with it both are in one order.
func (h *door) answerAll(c *gin.Context, l listing) error {
	if l.byCursor {
		return scim.BadRequest(scim.InvalidCursor, "A search over all kinds of resources has no cursors; search /Users and /Groups, or use startIndex.")
	}
	page, err := l.page()
	if err != nil {
		return err
	}
	s := searching{door: h, c: c, org: callerOf(c), page: page}
	for _, e := range []endpoint{h.users, h.groups} {
		if err := s.add(e, l); err != nil {
			return err
		}
	}
	return respond(c, http.StatusOK, scim.ListResponse(s.total, page.StartIndex, s.resources()))
}

// maxSorted is how far into a sorted search over all kinds a page may lie: each kind is read from its beginning.
const maxSorted = 2000

// searching is a search over several kinds of resources on its way.
type searching struct {
	door  *door
	c     *gin.Context
	org   directory.Organisation
	page  scim.Page
	sort  directory.Sort
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
	q, _, err := l.query(anyKind{rt, s.org.Schemas}, tol)
	if err != nil {
		return err
	}
	want, err := projectionOf(rt, l)
	if err != nil {
		return err
	}
	sorted := q.Sort.Path.Attribute != nil
	if sorted && q.Skip+q.Limit > maxSorted {
		return scim.BadRequest(scim.TooMany, "A sorted search over all kinds of resources ends at the %dth; search /Users and /Groups.", maxSorted)
	}
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
