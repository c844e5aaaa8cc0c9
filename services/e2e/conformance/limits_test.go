package conformance

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/devrev/scim/libs/token/redistest"
)

// The bounds of what a request may ask, as docs/conformance.md has them.
const (
	maxBody       = 1 << 20
	maxGroupBody  = 16 << 20
	maxDepth      = 32
	maxFilter     = 2 << 10
	maxTerms      = 64
	maxLevels     = 16
	maxOperations = 1000
)

// TestLimits shows of each bound that what reaches it is served, and what goes one beyond is
// refused, and soon.
func TestLimits(t *testing.T) {
	prove(t, []rule{
		{"RFC 7644 s3.12 a body of 1 MiB is read, a larger one refused with 413", func(c *client) {
			c.post("/Users", padded(user(`"userName":"bjensen"`), maxBody)).is(http.StatusCreated)
			beyond := padded(user(`"userName":"other"`), maxBody+1)
			u := c.path("/Users")
			soon(c, func() {
				for _, ask := range [][2]string{{"POST", "/Users"}, {"PUT", u}, {"PATCH", u}, {"POST", "/Users/.search"}, {"POST", "/.search"}} {
					c.send(ask[0], ask[1], beyond).refused(http.StatusRequestEntityTooLarge, "")
				}
			})
			c.get("/Users").lists("bjensen")
		}},
		{"RFC 7644 s3.12 a body that is too large is refused though it does not tell its length", func(c *client) {
			soon(c, func() {
				c.post("/Users", padded(user(`"userName":"bjensen"`), maxBody+1), "Transfer-Encoding", "chunked").refused(http.StatusRequestEntityTooLarge, "")
			})
			c.get("/Users").lists("")
		}},
		{"RFC 7644 s3.12 a body for groups of 16 MiB is read, a larger one refused with 413", func(c *client) {
			c.post("/Groups", padded(group(`"displayName":"Tour Guides"`), maxGroupBody)).is(http.StatusCreated)
			soon(c, func() {
				c.post("/Groups", padded(group(`"displayName":"Drivers"`), maxGroupBody+1)).refused(http.StatusRequestEntityTooLarge, "")
			})
			c.get("/Groups").lists("Tour Guides")
		}},
		{"RFC 7644 s3.12 a body of 32 levels is read, a deeper one refused with invalidSyntax", func(c *client) {
			nested := func(name string, levels int) string { // the object around is one of them
				return user(`"userName":"` + name + `","x":` + strings.Repeat("[", levels-1) + strings.Repeat("]", levels-1))
			}
			c.post("/Users", nested("a", maxDepth)).is(http.StatusCreated)
			for _, levels := range []int{maxDepth + 1, 200_000} {
				soon(c, func() { c.post("/Users", nested("b", levels)).refused(http.StatusBadRequest, "invalidSyntax") })
			}
			soon(c, func() {
				c.post("/Users", user(`"userName":"b","x":`+strings.Repeat(`{"x":`, 100_000))).refused(http.StatusBadRequest, "invalidSyntax")
			})
		}},
		{"RFC 7644 s3.4.2.2 a filter of 2 KiB is read, a longer one refused", func(c *client) {
			filter := func(bytes int) string {
				const frame = `userName eq ""`
				return strings.Replace(frame, `""`, `"`+strings.Repeat("a", bytes-len(frame))+`"`, 1)
			}
			bounds(c, filter(maxFilter), filter(maxFilter+1))
		}},
		{"RFC 7644 s3.4.2.2 a filter of 64 comparisons is read, one of more refused", func(c *client) {
			filter := func(terms int) string { return "title pr" + strings.Repeat(" or title pr", terms-1) }
			bounds(c, filter(maxTerms), filter(maxTerms+1))
		}},
		{"RFC 7644 s3.4.2.2 a filter of 16 levels is read, a deeper one refused", func(c *client) {
			for _, open := range []string{"(", "not ("} {
				filter := func(levels int) string {
					return strings.Repeat(open, levels) + "title pr" + strings.Repeat(")", levels)
				}
				bounds(c, filter(maxLevels), filter(maxLevels+1))
			}
			filter := func(levels int) string {
				return "emails[" + strings.Repeat("(", levels-1) + "type pr" + strings.Repeat(")", levels-1) + "]"
			}
			bounds(c, filter(maxLevels), filter(maxLevels+1))
		}},
		{"RFC 7644 s3.5.2 a PATCH of 1,000 operations is carried out, one of more refused with tooMany", func(c *client) {
			operations := func(n int) string {
				op := `{"op":"replace","path":"title","value":"x"}`
				return patchRequest(op + strings.Repeat(","+op, n-1))
			}
			u, g := c.user(`"userName":"bjensen"`), c.group("Tour Guides")
			soon(c, func() {
				c.send("PATCH", u.path(), operations(maxOperations+1)).refused(http.StatusBadRequest, "tooMany")
				c.send("PATCH", g.path(), operations(maxOperations+1)).refused(http.StatusBadRequest, "tooMany")
			})
			c.get(u.path()).has("meta", marshalled(c.t, u.at("meta")))
			c.send("PATCH", u.path(), operations(maxOperations)).is(http.StatusOK).has("title", `"x"`)
		}},
		{"RFC 7644 s3.4.2.4 a count beyond all numbers is capped", func(c *client) {
			c.users("a", "b")
			soon(c, func() {
				for _, count := range []string{"201", "2147483648", "9223372036854775808", strings.Repeat("9", 400)} {
					c.get("/Users", "count", count).is(http.StatusOK).has("itemsPerPage", `2`)
					c.get("/Users", "count", count, "startIndex", count).is(http.StatusOK).has("itemsPerPage", `0`).has("totalResults", `2`)
					c.get("/Users", "count", count, "cursor", "").is(http.StatusOK).has("itemsPerPage", `2`)
				}
			})
		}},
	})
}

// bounds asserts that the filter at the limit is read and that beyond it is refused, in a query, in
// a search and in the path of a PATCH.
func bounds(c *client, at, beyond string) {
	c.t.Helper()
	search := func(filter string) string { return message(searchRequest, `"filter":`+marshalled(c.t, filter)) }
	c.get("/Users", "filter", at).is(http.StatusOK)
	c.post("/Users/.search", search(at)).is(http.StatusOK)
	soon(c, func() {
		c.get("/Users", "filter", beyond).refused(http.StatusBadRequest, "invalidFilter")
		c.post("/Users/.search", search(beyond)).refused(http.StatusBadRequest, "invalidFilter")
		c.post("/.search", search(beyond)).refused(http.StatusBadRequest, "invalidFilter")
	})
}

// soon measures what a refusal costs. A second is far more than it takes, and far less than what a
// limit is there to prevent.
func soon(c *client, ask func()) {
	c.t.Helper()
	begun := time.Now()
	ask()
	redistest.Bound(c.t, "refused", time.Since(begun), time.Second)
}

// padded returns the JSON text with spaces behind it, n bytes in all.
func padded(text string, n int) string {
	return text + strings.Repeat(" ", n-len(text))
}
