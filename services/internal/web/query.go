package web

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
)

// readable reads path and query of a request once, before anything else does, and refuses what is
// not text: what a lenient reader passes over would be missing from the question, and a list of
// everybody would answer it. A path that is not UTF-8, or holds U+0000, is 404 where it leads to a
// resource by an id, which nothing has, and else 400.
//
// The query goes on in its canonical form, so that whoever reads it later, also leniently, reads
// the same.
func readable(c *gin.Context) {
	if !isText(c.Request.URL.Path) {
		if len(c.Params) > 0 {
			Fail(c, ErrNoRoute)
			return
		}
		Fail(c, Error{http.StatusBadRequest, "The path is not UTF-8, or holds a NUL."})
		return
	}
	if c.Request.URL.RawQuery == "" && !c.Request.URL.ForceQuery {
		return
	}
	query, err := parseQuery(c.Request.URL.RawQuery)
	if err != nil {
		Fail(c, err)
		return
	}
	u := *c.Request.URL
	u.RawQuery, u.ForceQuery = query.Encode(), false
	c.Request.URL = &u
}

// parseQuery reads a query strictly: only & parts parameters, each escape has two hexadecimal
// digits, + is a space, all is text, and a parameter is given once, or each time with the same
// value. The error is a 400 that names the parameter as far as it is known.
func parseQuery(raw string) (url.Values, error) {
	query := url.Values{}
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		escapedName, escapedValue, _ := strings.Cut(part, "=")
		name, err := unescape(escapedName)
		if err != nil {
			return nil, unreadable("The name of a query parameter", err)
		}
		value, err := unescape(escapedValue)
		if err != nil {
			return nil, unreadable("The query parameter "+quote(name), err)
		}
		if query.Has(name) && query.Get(name) != value {
			return nil, Error{http.StatusBadRequest, "The query parameter " + quote(name) + " is given more than once."}
		}
		query.Set(name, value)
	}
	return query, nil
}

func unescape(s string) (string, error) {
	text, err := url.QueryUnescape(s)
	if err == nil && !isText(text) {
		err = errNotText
	}
	return text, err
}

var errNotText = errors.New("it is not UTF-8, or holds a NUL")

func unreadable(what string, err error) error {
	why := "a % in it is not followed by two hexadecimal digits; the % itself is written %25"
	if errors.Is(err, errNotText) {
		why = err.Error()
	}
	return Error{http.StatusBadRequest, what + " cannot be read: " + why + "."}
}

// isText reports whether s is UTF-8 without U+0000, which no store keeps in a key.
func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// quote makes the name of a parameter fit for a Detail.
func quote(name string) string {
	const most = 40
	return fmt.Sprintf("%.*q", most, name)
}

// wishes are the parameters that select nothing and may be empty: where a list goes on, how much of
// it, in which order, and what a person typed into a search.
var wishes = []string{"after", "limit", "sort", "q"}

// Parameters refuses a request that has a query parameter its route does not know, or one that
// selects and has no value. known has them by route, as gin writes it behind the prefix; a route
// that is not in it knows none. For an API whose clients are ours: a misspelt parameter would be a
// wish that is passed over, and a client that has no value for a filter would be answered with
// everything.
func Parameters(prefix string, known map[string][]string) gin.HandlerFunc {
	return func(c *gin.Context) {
		allowed := known[strings.TrimPrefix(c.FullPath(), prefix)]
		query := c.Request.URL.Query()
		for _, name := range slices.Sorted(maps.Keys(query)) {
			switch {
			case !slices.Contains(allowed, name):
				Fail(c, Error{http.StatusBadRequest, unknownParameter(name, allowed)})
				return
			case query.Get(name) == "" && !slices.Contains(wishes, name):
				Fail(c, Error{http.StatusBadRequest, "The parameter " + name + " has no value. Leave it out, or give it one."})
				return
			}
		}
	}
}

func unknownParameter(name string, known []string) string {
	if len(known) == 0 {
		return "This request has no query parameter " + quote(name) + ", nor any other."
	}
	return "This request has no query parameter " + quote(name) + ". It has " + strings.Join(known, ", ") + "."
}
