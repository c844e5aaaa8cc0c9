package scimhttp_test

import (
	"flag"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestWalksMeetEverybody draws what happens between the pages of a walk, users who come and users
// who go, and asserts that each user who was there throughout was met exactly once, by index as
// well as by cursor, in any order.
func TestWalksMeetEverybody(t *testing.T) {
	if err := flag.Set("rapid.checks", "15"); err != nil { // each draws a hundred requests, and every write reaches the disk
		t.Fatal(err)
	}
	next := func(kind string, d *deployment, query string) func() ([]string, bool) {
		switch kind {
		case "startIndex":
			return byIndex(d, query)
		default:
			return byCursor(d, query)
		}
	}
	for _, kind := range []string{"startIndex", "cursor"} {
		for _, order := range []string{"", "&sortBy=userName&sortOrder=descending", "&sortBy=title"} {
			t.Run(kind+order, func(t *testing.T) {
				d, made := newDeployment(t), 0
				rapid.Check(t, func(r *rapid.T) {
					var there []string
					for range rapid.IntRange(1, 12).Draw(r, "users") {
						made++
						there = append(there, d.user(fmt.Sprintf("user%d", made)))
					}
					stays, met := map[string]bool{}, map[string]int{}
					for _, id := range there {
						stays[id] = true
					}
					page := next(kind, d, fmt.Sprintf("count=%d%s", rapid.IntRange(1, 5).Draw(r, "count"), order))
					for more := true; more; {
						var ids []string
						ids, more = page()
						for _, id := range ids {
							met[id]++
						}
						if rapid.Bool().Draw(r, "somebody comes") {
							made++
							there = append(there, d.user(fmt.Sprintf("user%d", made)))
						}
						if rapid.Bool().Draw(r, "somebody goes") && len(there) > 0 {
							i := rapid.IntRange(0, len(there)-1).Draw(r, "who")
							d.must(204, "DELETE", "/Users/"+there[i], "")
							delete(stays, there[i])
							there = slices.Delete(there, i, i+1)
						}
					}
					for id := range stays {
						if met[id] != 1 {
							r.Errorf("a user who was there throughout was met %d times", met[id])
						}
					}
					for _, id := range there {
						d.must(204, "DELETE", "/Users/"+id, "")
					}
				})
			})
		}
	}
}

// byIndex walks as Okta's import does: on from what came, until the total is reached.
func byIndex(d *deployment, query string) func() ([]string, bool) {
	start := 1
	return func() ([]string, bool) {
		a := d.must(200, "GET", fmt.Sprintf("/Users?startIndex=%d&%s", start, query), "")
		ids := a.ids()
		if a.number("startIndex") != start || a.number("itemsPerPage") != len(ids) {
			d.Errorf("the page at %d says %v", start, a.body)
		}
		start += len(ids)
		return ids, len(ids) > 0 && start <= a.number("totalResults")
	}
}

func byCursor(d *deployment, query string) func() ([]string, bool) {
	cursor := ""
	return func() ([]string, bool) {
		a := d.must(200, "GET", "/Users?cursor="+cursor+"&"+query, "")
		cursor = a.text("nextCursor")
		if _, ok := a.body["startIndex"]; ok {
			d.Error("a page by cursor has a startIndex")
		}
		return a.ids(), cursor != ""
	}
}

func TestTotalsAreRight(t *testing.T) {
	d := newDeployment(t)
	for i := range 7 {
		d.user(fmt.Sprintf("user%d", i))
	}
	for _, query := range []string{"", "?count=0", "?count=3", "?startIndex=4&count=3", "?startIndex=100", "?cursor=&count=2", "?sortBy=userName&count=2"} {
		if got := d.must(200, "GET", "/Users"+query, "").number("totalResults"); got != 7 {
			t.Errorf("GET /Users%s says totalResults %d, want 7", query, got)
		}
	}
}
