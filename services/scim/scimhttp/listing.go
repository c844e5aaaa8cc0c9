package scimhttp

import (
	"net/url"
	"strings"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/scim/directory"
)

// listing is what a client asks of a list: the parameters of RFC 7644 section 3.4.2, whether they came in a URL or in a SearchRequest.
type listing struct {
	filter               string
	sortBy, sortOrder    string
	startIndex, count    string
	attributes, excluded string
}

func listingOf(q url.Values) listing {
	return listing{
		filter: q.Get("filter"),
		sortBy: q.Get("sortBy"), sortOrder: q.Get("sortOrder"),
		startIndex: q.Get("startIndex"), count: q.Get("count"),
		attributes: q.Get("attributes"), excluded: q.Get("excludedAttributes"),
	}
}

// query reads the listing as one of resources of type rt.
func (l listing) query(rt *schema.ResourceType, tol *scim.Tolerance) (directory.Query, scim.Page, error) {
	page, err := scim.ParsePage(l.startIndex, l.count)
	if err != nil {
		return directory.Query{}, page, err
	}
	q := directory.Query{Skip: page.StartIndex - 1, Limit: page.Count}
	if l.filter != "" {
		if q.Filter, err = filter.Parse(l.filter, rt, tol); err != nil {
			return q, page, err
		}
	}
	q.Sort, err = l.sort(rt)
	return q, page, err
}

func (l listing) sort(rt *schema.ResourceType) (directory.Sort, error) {
	if l.sortBy == "" {
		return directory.Sort{}, nil
	}
	path, err := rt.Resolve(l.sortBy)
	if err != nil {
		return directory.Sort{}, err
	}
	path, err = directory.SortPath(path)
	if err != nil {
		return directory.Sort{}, err
	}
	switch strings.ToLower(l.sortOrder) {
	case "", "ascending":
		return directory.Sort{Path: path}, nil
	case "descending":
		return directory.Sort{Path: path, Descending: true}, nil
	default:
		return directory.Sort{}, scim.BadRequest(scim.InvalidValue, "sortOrder is ascending or descending, not %s.", scim.Quote(l.sortOrder))
	}
}
