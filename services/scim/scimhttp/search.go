package scimhttp

import (
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/internal/web"
)

// search is POST /Users/.search and /Groups/.search (RFC 7644 section 3.4.3): a list whose
// parameters come in the body, where they are in no log of any proxy.
func (h *handler) search(e endpoint) web.Handler {
	return func(c *gin.Context) error {
		l, err := h.searchRequest(c)
		if err != nil {
			return err
		}
		return h.answerList(c, e, l)
	}
}

// searchRequest reads a SearchRequest. It is a query in another dress, so it becomes what a query
// becomes.
func (h *handler) searchRequest(c *gin.Context) (listing, error) {
	doc, err := h.decode(c)
	if err != nil {
		return listing{}, err
	}
	if schemas := doc.List("schemas"); len(schemas) > 0 && !holds(schemas, scim.SearchRequestSchema) {
		return listing{}, scim.BadRequest(scim.InvalidValue, "schemas must hold %s.", scim.SearchRequestSchema)
	}
	var l listing
	for _, p := range []struct {
		name string
		into *string
	}{
		{"filter", &l.filter},
		{"sortBy", &l.sortBy},
		{"sortOrder", &l.sortOrder},
		{"startIndex", &l.startIndex},
		{"count", &l.count},
		{"attributes", &l.attributes},
		{"excludedAttributes", &l.excluded},
		{"cursor", &l.cursor},
	} {
		value, ok := doc.Get(p.name)
		if !ok || value == nil {
			continue
		}
		text, ok := parameter(value)
		if !ok {
			return listing{}, scim.BadRequest(scim.InvalidValue, "The parameter %s is of the wrong type.", p.name)
		}
		*p.into = text
	}
	cursor, _ := doc.Get("cursor")
	l.byCursor = cursor != nil
	filtered, _ := doc.Get("filter")
	l.filtered = filtered != nil
	return l, nil
}

// parameter writes a member of a SearchRequest as it would be in a URL.
func parameter(value any) (string, bool) {
	switch value := value.(type) {
	case string:
		return value, true
	case int64:
		return strconv.FormatInt(value, 10), true
	case []any:
		names := make([]string, len(value))
		for i, v := range value {
			name, ok := v.(string)
			if !ok {
				return "", false
			}
			names[i] = name
		}
		return strings.Join(names, ","), true
	default:
		return "", false
	}
}

func holds(list []any, urn string) bool {
	for _, v := range list {
		if s, ok := v.(string); ok && strings.EqualFold(s, urn) {
			return true
		}
	}
	return false
}
