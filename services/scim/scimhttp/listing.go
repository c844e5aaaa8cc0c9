package scimhttp

import (
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/scim/directory"
)

// listing is what a client asks of a list: the parameters of RFC 7644 section 3.4.2, whether they
// came in a URL or in a SearchRequest.
type listing struct {
	filtered             bool // a filter was given; an empty one is 400, since it was lost on its way
	filter               string
	sortBy, sortOrder    string
	startIndex, count    string
	attributes, excluded string
	byCursor             bool // a cursor was given, even an empty one
	cursor               string
}

// parameters are the query parameters of all requests: RFC 7644 sections 3.4.2 and 3.9, RFC 9865.
var parameters = []string{"filter", "sortBy", "sortOrder", "startIndex", "count", "cursor", "attributes", "excludedAttributes"}

// exactNames refuses a query parameter that is known except for its case. Names are case-sensitive,
// and unknown ones are ignored: FILTER would be answered with everybody.
func exactNames(c *gin.Context) error {
	for name := range c.Request.URL.Query() {
		for _, known := range parameters {
			if name != known && strings.EqualFold(name, known) {
				return scim.BadRequest(scim.InvalidValue, "The query parameter %s is written %s: names of parameters are case-sensitive.", scim.Quote(name), known)
			}
		}
	}
	return nil
}

func listingOf(q url.Values) listing {
	return listing{
		filtered: q.Has("filter"), filter: q.Get("filter"),
		sortBy: q.Get("sortBy"), sortOrder: q.Get("sortOrder"),
		startIndex: q.Get("startIndex"), count: q.Get("count"),
		attributes: q.Get("attributes"), excluded: q.Get("excludedAttributes"),
		byCursor: q.Has("cursor"), cursor: q.Get("cursor"),
	}
}

// identity is what makes two listings ask for parts of one list: filter and order, not page and
// projection.
func (l listing) identity() string {
	return strings.Join([]string{l.filter, strings.ToLower(l.sortBy), strings.ToLower(l.sortOrder)}, "\x00")
}

// query reads the listing with the attributes of scope.
func (l listing) query(scope schema.Scope, tol *scim.Tolerance) (directory.Query, scim.Page, error) {
	page, err := l.page()
	if err != nil {
		return directory.Query{}, page, err
	}
	q := directory.Query{Skip: page.StartIndex - 1, Limit: page.Count}
	if l.filtered {
		if q.Filter, err = filter.Parse(l.filter, scope, tol); err != nil {
			return q, page, err
		}
	}
	q.Sort, err = l.sort(scope)
	return q, page, err
}

// page reads where the page begins and how long it is. RFC 9865 section 2.1 has a type of its own
// for a count that cannot be used with a cursor.
func (l listing) page() (scim.Page, error) {
	if !l.byCursor {
		return scim.ParsePage(l.startIndex, l.count)
	}
	if l.startIndex != "" {
		return scim.Page{}, scim.BadRequest(scim.InvalidCursor, "A list is read by startIndex or by cursor, not by both.")
	}
	page, err := scim.ParsePage("", l.count)
	if err != nil || page.Count < 1 {
		return page, scim.BadRequest(scim.InvalidCount, "With a cursor, the parameter count must be a positive decimal integer.")
	}
	return page, nil
}

// sort reads the order. sortOrder is checked also where there is no sortBy, to which alone it means
// something.
func (l listing) sort(scope schema.Scope) (directory.Sort, error) {
	var s directory.Sort
	switch strings.ToLower(l.sortOrder) {
	case "", "ascending":
	case "descending":
		s.Descending = true
	default:
		return s, scim.BadRequest(scim.InvalidValue, "sortOrder is ascending or descending, not %s.", scim.Quote(l.sortOrder))
	}
	if l.sortBy == "" {
		return directory.Sort{}, nil
	}
	path, err := scope.Resolve(l.sortBy)
	if err != nil {
		return directory.Sort{}, err
	}
	s.Path, err = directory.SortPath(path)
	return s, err
}
