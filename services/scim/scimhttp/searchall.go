package scimhttp

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/scim/directory"
)

// searchAll is POST /.search, over users and groups (RFC 7644 section 3.4.3).
func (h *handler) searchAll(c *gin.Context) error {
	l, err := h.searchRequest(c)
	if err != nil {
		return err
	}
	return h.answerAll(c, l)
}

// listAll is a query at the base URL, over users and groups (RFC 7644 section 3.4.2.1).
func (h *handler) listAll(c *gin.Context) error {
	return inURL(h.answerAll(c, listingOf(c.Request.URL.Query())))
}

// answerAll answers with users and groups. Both are in one order where there is sortBy or a cursor;
// else users come first.
func (h *handler) answerAll(c *gin.Context, l listing) error {
	page, err := l.page()
	if err != nil {
		return err
	}
	s := searching{handler: h, c: c, org: callerOf(c), page: page, byCursor: l.byCursor}
	query := "\x00" + l.identity() // of no kind of resource in particular
	if l.byCursor && l.cursor != "" {
		at, err := h.cursors.read(s.org.Tenant, query, l.cursor)
		if err != nil {
			return err
		}
		s.after = &at
	}
	for _, e := range []endpoint{h.users, h.groups} {
		if err := s.add(e, l); err != nil {
			return err
		}
	}
	hits, more := s.part()
	if s.merged() && !l.byCursor && s.end != nil && len(hits) == 0 && page.Count > 0 {
		return scim.BadRequest(scim.TooMany, "The resources before this page are too large for a sorted search over all kinds; use a cursor, or search /Users and /Groups.")
	}
	shown := make([]*scim.Document, len(hits))
	for i, found := range hits {
		shown[i] = found.shown
	}
	if err := h.holdPage(c, shown); err != nil {
		return err
	}
	if !l.byCursor {
		return respond(c, http.StatusOK, scim.ListResponse(s.total, page.StartIndex, shown))
	}
	next := ""
	if more {
		if next, err = h.cursors.make(s.org.Tenant, query, hits[len(hits)-1].at); err != nil {
			return err
		}
	}
	return respond(c, http.StatusOK, cursorResponse(s.total, shown, next))
}

// maxSorted is how far into a sorted search over all kinds a page may lie: each kind is read from
// its beginning.
const maxSorted = 2000

// searching is a search over several kinds of resources on its way.
type searching struct {
	handler  *handler
	c        *gin.Context
	org      directory.Organisation
	page     scim.Page
	byCursor bool
	after    *directory.Position
	sort     directory.Sort
	total    int
	hits     []hit
	end      *directory.Position // the last of a kind whose page had no room for more; what lies behind it is not known whole
}

// merged reports whether the kinds are in one order.
func (s *searching) merged() bool { return s.byCursor || s.sort.Path.Attribute != nil }

// hit is a resource found and its place in the order.
type hit struct {
	shown *scim.Document
	at    directory.Position
}

func (s *searching) add(e endpoint, l listing) error {
	rt, tol := e.resourceType(s.org), tolerance(s.c)
	q, _, err := l.plan(s.c.Request.Context(), anyKind{rt, s.org.Schemas}, tol)
	if err != nil {
		return err
	}
	want, err := schema.ParseProjection(rt, l.attributes, l.excluded, tol)
	if err != nil {
		return err
	}
	s.sort = q.Sort
	switch {
	case s.byCursor: // any of the next could be of this kind, and one more reports whether there are more
		q.After, q.Skip, q.Limit = s.after, 0, q.Limit+1
	case s.merged() && q.Skip+q.Limit > maxSorted:
		return scim.BadRequest(scim.TooMany, "A sorted search over all kinds of resources ends at the %dth; use a cursor, or search /Users and /Groups.", maxSorted)
	case s.merged(): // any of the first could be of this kind
		q.Skip, q.Limit = 0, q.Skip+q.Limit
	case s.end != nil: // the page is full
		q.Skip, q.Limit = 0, 0
	default:
		q.Skip, q.Limit = max(q.Skip-s.total, 0), q.Limit-len(s.hits)
	}
	if err := s.handler.admitList(s.c, q); err != nil {
		return err
	}
	found, err := e.list(s.c.Request.Context(), s.org, q, want)
	if err != nil {
		return err
	}
	s.total += found.Total
	for _, r := range found.Items {
		at := positionOf(q.Sort, r)
		s.hits = append(s.hits, hit{represent(s.handler.BaseURL, rt, r, want), at})
	}
	if found.Cut {
		if last := s.hits[len(s.hits)-1].at; s.end == nil || s.sort.Compare(last, *s.end) < 0 {
			s.end = &last
		}
	}
	s.handler.reportCoercions(s.c, tol)
	return nil
}

// part returns the page of what was found, and whether there is more after it.
func (s *searching) part() (hits []hit, more bool) {
	hits = s.hits
	if s.merged() {
		slices.SortStableFunc(hits, func(a, b hit) int { return s.sort.Compare(a.at, b.at) })
		if s.end != nil {
			hits = slices.DeleteFunc(hits, func(h hit) bool { return s.sort.Compare(h.at, *s.end) > 0 })
		}
		hits = hits[min(s.page.StartIndex-1, len(hits)):]
	}
	n := min(s.page.Count, len(hits))
	return hits[:n], n < len(hits) || s.end != nil
}
