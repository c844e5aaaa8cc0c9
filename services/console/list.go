package console

import (
	"net/url"
	"strconv"
)

// pageSize is how many rows a list shows at a time.
const pageSize = 50

// query returns the API's query of a list: the filters that the address has a value for, and the
// stretch.
func (v *visit) query(filters ...string) url.Values {
	query := url.Values{"limit": {strconv.Itoa(pageSize)}}
	for _, name := range append(filters, "after") {
		if value := v.Query(name); value != "" {
			query.Set(name, value)
		}
	}
	return query
}

// pager leads through a list whose stretches follow one another.
type pager struct{ First, Older string } // addresses; "" is none

// pager returns it for a list of which next is the stretch that follows.
func (v *visit) pager(next string) (p pager) {
	here := *v.Request.URL
	query := here.Query()
	query.Del("done")
	if query.Has("after") {
		query.Del("after")
		p.First = here.Path + "?" + query.Encode()
	}
	if next != "" {
		query.Set("after", next)
		p.Older = here.Path + "?" + query.Encode()
	}
	return p
}

// Filter returns the value of a filter, for the form that sets it.
func (v *visit) Filter(name string) string { return v.Query(name) }

// column is a column by which a list can be sorted.
type column struct {
	Name, Sort string // of the API's parameter; "" cannot be sorted by
	Path       string
	Order      string // aria-sort: ascending, descending or none
}

// columns returns the heads of a list that is sorted as the address says.
func (v *visit) columns(all ...column) []column {
	here, query := *v.Request.URL, v.Request.URL.Query()
	query.Del("after")
	for i := range all {
		c := &all[i]
		if c.Sort == "" {
			continue
		}
		next := c.Sort
		switch v.Query("sort") {
		case c.Sort:
			c.Order, next = "ascending", "-"+c.Sort
		case "-" + c.Sort:
			c.Order = "descending"
		default:
			c.Order = "none"
		}
		query.Set("sort", next)
		c.Path = here.Path + "?" + query.Encode()
	}
	return all
}

// filtered reports whether one of these filters is set.
func (v *visit) filtered(names ...string) bool {
	for _, name := range names {
		if v.Query(name) != "" {
			return true
		}
	}
	return false
}
