package conformance

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestSort(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	c.post("/Users", `{"schemas":["`+coreUser+`","`+enterprise+`"],"userName":"bjensen","name":{"familyName":"Jensen"},"title":"Guide","nickName":"Zed",
		"emails":[{"value":"zz@example.com","type":"home"},{"value":"aa@example.com","type":"work","primary":true}],"`+enterprise+`":{"department":"Sales"}}`).is(http.StatusCreated)
	time.Sleep(2 * time.Millisecond) // meta.created is in milliseconds
	c.post("/Users", `{"schemas":["`+coreUser+`","`+enterprise+`"],"userName":"Jdoe","name":{"familyName":"doe"},"title":"driver","nickName":"adam",
		"emails":[{"value":"cc@example.com","type":"work"},{"value":"00@example.com","type":"home"}],"`+enterprise+`":{"department":"crew"}}`).is(http.StatusCreated)
	time.Sleep(2 * time.Millisecond) // meta.created is in milliseconds
	c.post("/Users", `{"schemas":["`+coreUser+`","`+enterprise+`"],"userName":"adoe","name":{"familyName":"Zoe"},"nickName":"Bert",
		"emails":[{"value":"BB@example.com","type":"work"}],"`+enterprise+`":{"department":"Parks"}}`).is(http.StatusCreated)
	for _, r := range []struct{ name, by, order, want string }{
		{"RFC 7644 s3.4.2.3 ascending is the default", "userName", "", "adoe bjensen Jdoe"},
		{"RFC 7644 s3.4.2.3 ascending", "userName", "ascending", "adoe bjensen Jdoe"},
		{"RFC 7644 s3.4.2.3 descending", "userName", "descending", "Jdoe bjensen adoe"},
		{"RFC 7644 s3.4.2.3 strings are sorted without case unless they are caseExact", "nickName", "", "Jdoe adoe bjensen"},
		{"RFC 7644 s3.4.2.3 by a sub-attribute", "name.familyName", "", "Jdoe bjensen adoe"},
		{"RFC 7644 s3.4.2.3 by the primary value, else the first", "emails.value", "", "bjensen adoe Jdoe"},
		{"RFC 7644 s3.4.2.3 a multi-valued attribute alone stands for its value", "emails", "", "bjensen adoe Jdoe"},
		{"RFC 7644 s3.4.2.3 resources without the attribute are last where order is ascending", "title", "ascending", "Jdoe bjensen adoe"},
		{"RFC 7644 s3.4.2.3 resources without the attribute are first where order is descending", "title", "descending", "adoe bjensen Jdoe"},
		{"RFC 7644 s3.4.2.3 date-times are sorted by time", "meta.created", "descending", "adoe Jdoe bjensen"},
		{"RFC 7644 s3.10 by an attribute of an extension with its URN", enterprise + ":department", "", "Jdoe adoe bjensen"},
		{"RFC 7644 s3.10 sortBy is case insensitive", "USERNAME", "", "adoe bjensen Jdoe"},
	} {
		t.Run(r.name, func(t *testing.T) {
			c := c.in(t)
			parameters := []string{"sortBy", r.by}
			if r.order != "" {
				parameters = append(parameters, "sortOrder", r.order)
			}
			c.get("/Users", parameters...).lists(r.want)
		})
	}
	t.Run("RFC 7644 s3.4.2.3 an order that there is not is refused", func(t *testing.T) {
		c := c.in(t)
		c.get("/Users", "sortBy", "shoeSize").refused(http.StatusBadRequest, "invalidPath")
		c.get("/Users", "sortBy", "userName", "sortOrder", "sideways").refused(http.StatusBadRequest, "invalidValue")
	})
	t.Run("RFC 7644 s3.4.2.3 groups are sorted too", func(t *testing.T) {
		c := c.in(t)
		c.group("B")
		c.group("a")
		c.get("/Groups", "sortBy", "displayName").lists("a B")
	})
	t.Run("RFC 7644 s3.4.2.3 pages are cut of the sorted list", func(t *testing.T) {
		c := c.in(t)
		c.get("/Users", "sortBy", "userName", "startIndex", "2", "count", "1").lists("bjensen").has("totalResults", `3`)
	})
}

func TestPaging(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		c.user(fmt.Sprintf(`"userName":%q`, name))
	}
	for _, r := range []struct{ name, startIndex, count, want, first string }{
		{"RFC 7644 s3.4.2.4 without parameters the list begins at 1", "", "", "a b c d e", "1"},
		{"RFC 7644 s3.4.2.4 a page in the middle", "2", "2", "b c", "2"},
		{"RFC 7644 s3.4.2.4 the last page holds what is left", "5", "3", "e", "5"},
		{"RFC 7644 s3.4.2.4 startIndex 0 is 1", "0", "2", "a b", "1"},
		{"RFC 7644 s3.4.2.4 a negative startIndex is 1", "-7", "2", "a b", "1"},
		{"RFC 7644 s3.4.2.4 count 0 gives the total alone", "1", "0", "", "1"},
		{"RFC 7644 s3.4.2.4 a negative count is 0", "1", "-1", "", "1"},
		{"RFC 7644 s3.4.2.4 count beyond the end gives what there is", "4", "100", "d e", "4"},
		{"RFC 7644 s3.4.2.4 past the end there is nothing", "6", "2", "", "6"},
		{"RFC 7644 s3.4.2.4 far past the end there is nothing", "1000000", "2", "", "1000000"},
	} {
		t.Run(r.name, func(t *testing.T) {
			c := c.in(t)
			var parameters []string
			if r.startIndex != "" {
				parameters = append(parameters, "startIndex", r.startIndex, "count", r.count)
			}
			c.get("/Users", append(parameters, "sortBy", "userName")...).lists(r.want).
				has("totalResults", `5`).has("startIndex", r.first).has("itemsPerPage", fmt.Sprint(len(strings.Fields(r.want))))
		})
	}
	t.Run("RFC 7644 s3.4.2.4 a walk meets every resource once", func(t *testing.T) {
		c := c.in(t)
		var met []string
		for start := 1; start <= 5; start += 2 {
			met = append(met, c.get("/Users", "startIndex", fmt.Sprint(start), "count", "2").names())
		}
		if got, want := strings.Join(met, " "), c.get("/Users").names(); got != want {
			t.Errorf("pages hold %q, the list %q", got, want)
		}
	})
	t.Run("RFC 7644 s3.4.2.4 totalResults counts the matches of the filter", func(t *testing.T) {
		c := c.in(t)
		c.get("/Users", "filter", `userName ge "c"`, "sortBy", "userName", "count", "1").lists("c").has("totalResults", `3`)
	})
	t.Run("RFC 7644 s3.4.2.4 what is no integer is refused", func(t *testing.T) {
		c := c.in(t)
		c.get("/Users", "startIndex", "first").refused(http.StatusBadRequest, "invalidValue")
		c.get("/Users", "count", "2.5").refused(http.StatusBadRequest, "invalidValue")
	})
	t.Run("RFC 7643 s5 a page holds filter.maxResults resources at most", func(t *testing.T) {
		c := newClient(t)
		most, _ := c.get("/ServiceProviderConfig").at("filter/maxResults").(float64)
		c.groups(int(most) + 1)
		c.get("/Groups", "count", "100000").is(http.StatusOK).has("itemsPerPage", fmt.Sprint(most)).has("totalResults", fmt.Sprint(most+1))
	})
}
