package orghttp

import (
	"strings"
	"unicode"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/scim/directory"
)

// Filters are made of values, never of text, so that no value can widen them.

// where is a filter that grows: all of its terms have to be satisfied.
type where struct {
	rt   *schema.ResourceType
	expr filter.Expr
}

// and adds a term; nil changes nothing.
func (w *where) and(term filter.Expr) {
	switch {
	case term == nil:
	case w.expr == nil:
		w.expr = term
	default:
		w.expr = &filter.And{Left: w.expr, Right: term}
	}
}

// equals demands a value of an attribute. "" demands nothing.
func (w *where) equals(path, value string) error {
	if value == "" {
		return nil
	}
	term, err := w.compare(path, filter.Equal, value)
	if err == nil && term == nil {
		err = scim.BadRequest(scim.InvalidValue, "%s is not a value of %s.", scim.Quote(value), path)
	}
	w.and(term)
	return err
}

// begins demands that one of the attributes begins with text, with or without the white space that
// text begins with: a name may begin with some, and so may what a person pastes. "" demands
// nothing.
func (w *where) begins(text string, paths ...string) error {
	text = strings.TrimRightFunc(text, unicode.IsSpace)
	if text == "" {
		return nil
	}
	beginnings := []string{strings.TrimSpace(text)}
	if beginnings[0] != text {
		beginnings = append(beginnings, text)
	}
	var terms []filter.Expr
	for _, path := range paths {
		for _, beginning := range beginnings {
			term, err := w.compare(path, filter.StartsWith, beginning)
			if err != nil {
				return err
			}
			if term != nil {
				terms = append(terms, term)
			}
		}
	}
	w.and(filter.AnyOf(terms))
	return nil
}

// maxIDs is how many ids a list can be asked for at a time.
const maxIDs = 100

// among demands one of the ids, which commas separate. A list of none is refused: a client that
// joins its ids and has none would be answered with everybody.
func (w *where) among(ids string) error {
	list := strings.Split(ids, ",")
	if len(list) > maxIDs {
		return scim.BadRequest(scim.InvalidValue, "The parameter ids has %d ids; at most %d are allowed.", len(list), maxIDs)
	}
	terms := make([]filter.Expr, len(list))
	for i, id := range list {
		term, err := w.compare("id", filter.Equal, id)
		if err != nil {
			return err
		}
		if id == "" || term == nil {
			return scim.BadRequest(scim.InvalidValue, "The parameter ids must be ids with a comma between them; %s is not an id.", scim.Quote(id))
		}
		terms[i] = term
	}
	w.and(filter.AnyOf(terms))
	return nil
}

// compare returns nil if value cannot be one of the attribute.
func (w *where) compare(path string, op filter.Op, value string) (filter.Expr, error) {
	p, err := w.rt.Resolve(path)
	if err != nil {
		return nil, err
	}
	comparable, ok := p.Target().Comparable(value)
	if !ok {
		return nil, nil //nolint:nilnil // no term, and nothing wrong
	}
	return &filter.Comparison{Path: p, Op: op, Value: comparable}, nil
}

// order reads ?sort=, one of the names in paths, which is descending with a hyphen before it.
func order(c *gin.Context, rt *schema.ResourceType, paths map[string]string) (directory.Sort, error) {
	name, descending := strings.CutPrefix(c.Query("sort"), "-")
	if name == "" {
		return directory.Sort{}, nil
	}
	path, ok := paths[name]
	if !ok {
		return directory.Sort{}, scim.BadRequest(scim.InvalidValue, "%s is not an order of this list.", scim.Quote(name))
	}
	resolved, err := rt.Resolve(path)
	if err != nil {
		return directory.Sort{}, err
	}
	resolved, err = directory.SortPath(resolved)
	return directory.Sort{Path: resolved, Descending: descending}, err
}
