package scimhttp_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestListsOfLargeUsersGoOn: a page that ends by its bytes is short, and every way to go on from it
// meets everybody once.
func TestListsOfLargeUsersGoOn(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	const large, groups = 40, 3
	photo := strings.Repeat("x", 24<<10)
	for n := range large {
		var photos []string
		for i := range 10 {
			photos = append(photos, fmt.Sprintf(`{"value":"https://x/%d%s"}`, i, photo))
		}
		d.must(201, "POST", "/Users", fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"large%d","photos":[%s]}`, n, strings.Join(photos, ",")))
	}
	for n := range groups {
		d.must(201, "POST", "/Groups", fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"group%d"}`, n))
	}
	for _, tt := range []struct {
		rule, path string
		want       int
		next       func(d *deployment, query string) func() ([]string, bool)
	}{
		{"users by startIndex", "/Users", large, byIndex},
		{"users by cursor", "/Users", large, byCursor},
		{"users by startIndex in an order", "/Users?sortBy=userName", large, byIndex},
		{"all kinds by startIndex", "", large + groups, nil},
		{"all kinds by cursor", "", large + groups, nil},
	} {
		met, pages := map[string]int{}, 0
		note := func(ids []string) {
			pages++
			for _, id := range ids {
				met[id]++
			}
		}
		switch {
		case tt.next != nil:
			query := "count=200"
			if _, order, ok := strings.Cut(tt.path, "?"); ok {
				query += "&" + order
			}
			page := tt.next(d, query)
			for more := true; more; {
				var ids []string
				ids, more = page()
				note(ids)
			}
		case strings.HasSuffix(tt.rule, "startIndex"):
			for start, total := 1, 1; start <= total; {
				a := d.must(200, "GET", fmt.Sprintf("?count=200&startIndex=%d", start), "")
				if len(a.ids()) == 0 {
					t.Fatalf("%s: the page at %d is empty, and there are %d", tt.rule, start, a.number("totalResults"))
				}
				note(a.ids())
				start, total = start+len(a.ids()), a.number("totalResults")
			}
		default:
			for cursor, more := "", true; more; more = cursor != "" {
				a := d.must(200, "GET", "?count=200&cursor="+cursor, "")
				note(a.ids())
				cursor = a.text("nextCursor")
			}
		}
		if len(met) != tt.want || pages != 2 {
			t.Errorf("%s: met %d on %d pages, want %d on 2", tt.rule, len(met), pages, tt.want)
		}
		for id, times := range met {
			if times != 1 {
				t.Errorf("%s: met %s %d times", tt.rule, id, times)
			}
		}
	}
}
