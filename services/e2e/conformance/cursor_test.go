package conformance

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

func TestCursor(t *testing.T) {
	prove(t, []rule{
		{"RFC 9865 s2 an empty cursor asks for the first page", func(c *client) {
			c.users("a", "b", "c")
			c.get("/Users", "cursor", "", "count", "2", "sortBy", "userName").lists("a b").holds("nextCursor")
			c.send("GET", "/Users?cursor&count=2&sortBy=userName", "").lists("a b").holds("nextCursor")
		}},
		{"RFC 9865 s2 nextCursor asks for the next page, and the last page has none", func(c *client) {
			c.users("a", "b", "c", "d", "e")
			query := []string{"sortBy", "userName", "count", "2"}
			first := c.get("/Users", append(query, "cursor", "")...).lists("a b")
			second := c.get("/Users", append(query, "cursor", first.string("nextCursor"))...).lists("c d")
			c.get("/Users", append(query, "cursor", second.string("nextCursor"))...).lists("e").lacks("nextCursor")
		}},
		{"RFC 9865 s2 a last page that is full has no nextCursor", func(c *client) {
			c.users("a", "b")
			c.get("/Users", "cursor", "", "count", "2").has("itemsPerPage", `2`).lacks("nextCursor")
			c.get("/Groups", "cursor", "", "count", "2").lists("").has("totalResults", `0`).lacks("nextCursor")
		}},
		{"RFC 9865 s2 a page holds no more than count", func(c *client) {
			c.users("a", "b", "c")
			for count, want := range map[string]string{"1": "1", "2": "2", "3": "3", "4": "3"} {
				c.get("/Users", "cursor", "", "count", count).is(http.StatusOK).has("itemsPerPage", want)
			}
		}},
		{"RFC 9865 s2 without count the service says how long a page is", func(c *client) {
			size, _ := c.get("/ServiceProviderConfig").at("pagination/defaultPageSize").(float64)
			c.groups(int(size) + 1)
			first := c.get("/Groups", "cursor", "").is(http.StatusOK).has("itemsPerPage", fmt.Sprint(size))
			c.get("/Groups", "cursor", first.string("nextCursor")).is(http.StatusOK).has("itemsPerPage", `1`).lacks("nextCursor")
		}},
		{"RFC 9865 s4 no page holds more than maxPageSize", func(c *client) {
			most, _ := c.get("/ServiceProviderConfig").at("pagination/maxPageSize").(float64)
			c.groups(int(most) + 1)
			c.get("/Groups", "cursor", "", "count", "100000").is(http.StatusOK).has("itemsPerPage", fmt.Sprint(most)).holds("nextCursor")
		}},
		{"RFC 9865 s2 a cursor is of characters that need no escape in a URL", func(c *client) {
			c.users("a", "b", "c")
			cursor := c.get("/Users", "cursor", "", "count", "1").string("nextCursor")
			if !regexp.MustCompile(`^[A-Za-z0-9._~-]+$`).MatchString(cursor) {
				c.t.Errorf("the cursor is %q", cursor)
			}
		}},
		{"RFC 9865 s2 a cursor is opaque", func(c *client) {
			c.users("bjensen", "jsmith")
			query := []string{"cursor", "", "count", "1", "sortBy", "userName"}
			one, two := c.get("/Users", query...), c.get("/Users", query...)
			if cursor := one.string("nextCursor"); strings.Contains(cursor, "bjensen") || strings.Contains(cursor, one.string("Resources/0/id")) || cursor == two.string("nextCursor") {
				c.t.Errorf("%q and %q tell what they hold", cursor, two.string("nextCursor"))
			}
		}},
		{"RFC 9865 s3 a search over all resource types takes a cursor, in one order of all of them", func(c *client) {
			c.users("b", "d")
			c.groups(1)
			c.users("a", "c")
			for sort, want := range map[string]string{"": "b d g0 a c", "userName": "a b c d g0"} {
				var met []string
				query := []string{"count", "2", "sortBy", sort}
				for cursor, more := "", true; more; more = cursor != "" {
					page := c.get("", append(query, "cursor", cursor)...).is(http.StatusOK).has("totalResults", `5`).lacks("startIndex")
					met = append(met, strings.Fields(page.names())...)
					cursor, _ = page.at("nextCursor").(string)
				}
				if got := strings.Join(met, " "); got != want {
					c.t.Errorf("sorted by %q the walk meets %q, want %q", sort, got, want)
				}
			}
			c.post("/.search", message(searchRequest, `"cursor":"","count":5`)).is(http.StatusOK).has("itemsPerPage", `5`).lacks("nextCursor")
		}},
		{"RFC 9865 s2 a cursor can be used again", func(c *client) {
			c.users("a", "b", "c")
			query := []string{"sortBy", "userName", "count", "1"}
			next := c.get("/Users", append(query, "cursor", "")...).string("nextCursor")
			for range 2 {
				c.get("/Users", append(query, "cursor", next)...).lists("b")
			}
		}},
		{"RFC 9865 s2 totalResults counts the resources of all pages", func(c *client) {
			c.users("a", "b", "c", "x")
			query := []string{"filter", `userName lt "d"`, "count", "2"}
			first := c.get("/Users", append(query, "cursor", "")...).has("totalResults", `3`)
			c.get("/Users", append(query, "cursor", first.string("nextCursor"))...).is(http.StatusOK).has("totalResults", `3`).has("itemsPerPage", `1`)
		}},
		{"RFC 9865 s2 a page that is read by cursor has no index", func(c *client) {
			c.users("a")
			c.get("/Users", "cursor", "").is(http.StatusOK).lacks("startIndex").has("schemas", `["`+listResponse+`"]`)
		}},
		{"RFC 9865 s2 a walk meets every resource that stays once, whatever comes and goes", func(c *client) {
			c.users("a", "b", "c", "d", "e", "f")
			query := []string{"sortBy", "userName", "count", "2"}
			first := c.get("/Users", append(query, "cursor", "")...).lists("a b")
			for _, gone := range []string{"Resources/0", "Resources/1"} {
				c.remove("/Users/" + first.string(gone+"/id")).is(http.StatusNoContent)
			}
			c.user(`"userName":"aa"`)
			second := c.get("/Users", append(query, "cursor", first.string("nextCursor"))...).lists("c d")
			c.get("/Users", append(query, "cursor", second.string("nextCursor"))...).lists("e f").lacks("nextCursor")
		}},
		{"RFC 9865 s2 groups are read by cursor too", func(c *client) {
			c.group("a", c.user(`"userName":"u"`))
			c.group("b")
			first := c.get("/Groups", "cursor", "", "count", "1", "sortBy", "displayName").lists("a").holds("Resources/0/members")
			c.get("/Groups", "cursor", first.string("nextCursor"), "count", "1", "sortBy", "displayName").lists("b").lacks("nextCursor")
		}},
		{"RFC 9865 s2.1 a cursor that nobody made is refused with invalidCursor", func(c *client) {
			c.users("a", "b", "c")
			cursor := c.get("/Users", "cursor", "", "count", "1").string("nextCursor")
			changed := []byte(cursor)
			changed[len(changed)/2] ^= 1
			for _, invalid := range []string{"x", "7", "nope!", string(changed), cursor[1:], cursor + "A", strings.Repeat("A", 4000)} {
				c.get("/Users", "cursor", invalid, "count", "1").refused(http.StatusBadRequest, "invalidCursor")
			}
		}},
		{"RFC 9865 s2 a cursor belongs to its query", func(c *client) {
			c.users("a", "b", "c")
			c.groups(3)
			cursor := c.get("/Users", "cursor", "", "count", "1", "sortBy", "userName").string("nextCursor")
			for _, query := range [][]string{{}, {"sortBy", "title"}, {"sortBy", "userName", "sortOrder", "descending"}, {"sortBy", "userName", "filter", "userName pr"}} {
				c.get("/Users", append(query, "cursor", cursor)...).refused(http.StatusBadRequest, "invalidCursor")
			}
			c.get("/Groups", "cursor", cursor, "sortBy", "userName").is(http.StatusBadRequest)
			c.get("/Groups", "cursor", c.get("/Users", "cursor", "", "count", "1").string("nextCursor")).refused(http.StatusBadRequest, "invalidCursor")
		}},
		{"RFC 7644 s6 a cursor belongs to its tenant", func(c *client) {
			c.users("a", "b")
			cursor := c.get("/Users", "cursor", "", "count", "1").string("nextCursor")
			c.other().users("a", "b").get("/Users", "cursor", cursor, "count", "1").refused(http.StatusBadRequest, "invalidCursor")
		}},
		{"RFC 9865 s2.1 a count that is no number is refused with invalidCount", func(c *client) {
			for _, count := range []string{"many", "2.5", "1e1"} {
				c.get("/Users", "cursor", "", "count", count).refused(http.StatusBadRequest, "invalidCount")
			}
		}},
		{"RFC 9865 s2 a list is read by index or by cursor", func(c *client) {
			c.get("/Users", "cursor", "", "startIndex", "1").refused(http.StatusBadRequest, "invalidCursor")
		}},
		{"RFC 9865 s2.2 pages are cut of the sorted list, those without the attribute among them", func(c *client) {
			c.user(`"userName":"a","title":"x"`)
			c.user(`"userName":"b"`)
			c.user(`"userName":"c","title":"X"`)
			c.user(`"userName":"d"`)
			c.user(`"userName":"e","title":"y"`)
			for order, want := range map[string]string{"ascending": "x X y  ", "descending": "  y X x"} {
				var titles []string
				for cursor := ""; cursor != "" || len(titles) == 0; {
					page := c.get("/Users", "sortBy", "title", "sortOrder", order, "count", "1", "cursor", cursor).is(http.StatusOK)
					title, _ := page.at("Resources/0/title").(string)
					titles = append(titles, title)
					cursor, _ = page.at("nextCursor").(string)
				}
				if got := strings.Join(titles, " "); got != want {
					c.t.Errorf("%s: titles are %q, want %q", order, got, want)
				}
			}
		}},
		{"RFC 9865 s2.3 who asks for neither gets the method that is advertised, and no error", func(c *client) {
			c.users("a", "b")
			c.get("/ServiceProviderConfig").is(http.StatusOK).has("pagination/defaultPaginationMethod", `"index"`)
			c.get("/Users", "count", "1").is(http.StatusOK).has("startIndex", `1`).lacks("nextCursor")
		}},
		{"RFC 9865 s3 a search with POST takes a cursor", func(c *client) {
			c.users("a", "b", "c")
			c.groups(2)
			search := func(path, cursor string) answer {
				return c.post(path, message(searchRequest, fmt.Sprintf(`"filter":"meta.created pr","cursor":%q,"count":2`, cursor))).is(http.StatusOK)
			}
			first := search("/Users/.search", "").has("itemsPerPage", `2`).has("totalResults", `3`).lacks("startIndex")
			search("/Users/.search", first.string("nextCursor")).has("itemsPerPage", `1`).lacks("nextCursor")
			search("/Groups/.search", "").has("itemsPerPage", `2`).lacks("nextCursor")
			c.post("/Users/.search", message(searchRequest, `"cursor":"nope"`)).refused(http.StatusBadRequest, "invalidCursor")
			c.post("/Users/.search", message(searchRequest, `"cursor":7`)).refused(http.StatusBadRequest, "invalidCursor")
			c.post("/Users/.search", message(searchRequest, `"cursor":[{}]`)).is(http.StatusBadRequest)
			c.post("/Users/.search", message(searchRequest, `"cursor":"","count":"many"`)).refused(http.StatusBadRequest, "invalidCount")
		}},
		{"RFC 9865 s3 a cursor of a query serves the search of the same parameters", func(c *client) {
			c.users("a", "b")
			cursor := c.get("/Users", "cursor", "", "count", "1", "sortBy", "userName").string("nextCursor")
			c.post("/Users/.search", message(searchRequest, fmt.Sprintf(`"cursor":%q,"count":1,"sortBy":"userName"`, cursor))).lists("b")
		}},
		{"RFC 9865 s4 ServiceProviderConfig tells of pagination", func(c *client) {
			a := c.get("/ServiceProviderConfig").is(http.StatusOK).has("pagination/cursor", `true`).has("pagination/index", `true`)
			for _, name := range []string{"defaultPageSize", "maxPageSize", "cursorTimeout"} {
				if n, _ := a.at("pagination/" + name).(float64); n < 1 || n != float64(int(n)) {
					c.t.Errorf("%s is %v", name, a.at("pagination/"+name))
				}
			}
			a.has("pagination/maxPageSize", marshalled(c.t, a.at("filter/maxResults")))
		}},
	})
}

// users creates users of these userNames.
func (c *client) users(names ...string) *client {
	c.t.Helper()
	for _, name := range names {
		c.user(fmt.Sprintf(`"userName":%q`, name))
	}
	return c
}

// groups creates n groups in one request.
func (c *client) groups(n int) {
	c.t.Helper()
	operations := make([]string, n)
	for i := range operations {
		operations[i] = fmt.Sprintf(`{"method":"POST","path":"/Groups","bulkId":"%d","data":%s}`, i, group(fmt.Sprintf(`"displayName":"g%d"`, i)))
	}
	c.post("/Bulk", bulk(operations...)).is(http.StatusOK)
}
