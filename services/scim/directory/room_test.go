package directory_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/scim/directory"
)

func wantInvalid(t *testing.T, rule string, err error) {
	t.Helper()
	if refused, ok := errors.AsType[*scim.Error](err); !ok || refused.Status != 400 || refused.Type != scim.InvalidValue {
		t.Errorf("%s: error %v, want 400 invalidValue", rule, err)
	}
}

// photos is a user with so many photos, each with a value of so many bytes.
func photos(name string, n, bytes int) string {
	value := strings.Repeat("x", bytes)
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"value":"https://x/%d%s"}`, i, value))
	}
	return fmt.Sprintf(`{"userName":%q,"photos":[%s]}`, name, strings.Join(list, ","))
}

func TestAUserHasBounds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, _, err := w.create(photos("a@example.com", 1000, 0)); err != nil {
		t.Errorf("1,000 elements: %v", err)
	}
	_, _, err := w.create(photos("b@example.com", 1001, 0))
	wantInvalid(t, "1,001 elements", err)
	full := w.user(photos("c@example.com", 10, 25<<10))
	_, _, err = w.create(photos("d@example.com", 11, 25<<10))
	wantInvalid(t, "more than 256 KiB", err)
	_, _, err = w.replace(full.ID, photos("c@example.com", 11, 25<<10))
	wantInvalid(t, "a PUT beyond 256 KiB", err)
	_, _, err = w.patch(full.ID, `[{"op":"add","path":"title","value":"`+strings.Repeat("x", 20<<10)+`"}]`)
	wantInvalid(t, "a PATCH beyond 256 KiB", err)
	if _, _, err = w.patch(full.ID, `[{"op":"replace","path":"active","value":false}]`); err != nil {
		t.Errorf("who is large can be deactivated: %v", err)
	}
}

// TestAPageEndsByBytes: a page of large users is shorter than was asked for, says so, and those
// behind it are on the next ones.
func TestAPageEndsByBytes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const large, small = 45, 40
	for i := range large {
		w.user(photos(fmt.Sprintf("large%d@example.com", i), 10, 25<<10))
	}
	for i := range small {
		w.user(fmt.Sprintf(`{"userName":"small%d@example.com"}`, i))
	}
	for _, order := range []string{"", "userName"} {
		q := directory.Query{Limit: 200}
		if order != "" {
			path, err := w.Org.Schemas.User.Resolve(order)
			w.Must(err)
			q.Sort = directory.Sort{Path: path}
		}
		seen, pages := map[directory.UserID]bool{}, 0
		for more := true; more; {
			page, err := w.Users.List(t.Context(), w.Org, q)
			w.Must(err)
			pages++
			bytes := 0
			for _, u := range page.Items {
				bytes += scim.Size(u.Document)
				seen[u.ID] = true
			}
			if bytes > 8<<20 || page.Total != large+small && pages == 1 {
				t.Errorf("order %q: a page of %d users has %d bytes, of %d in all", order, len(page.Items), bytes, page.Total)
			}
			last := page.Items[len(page.Items)-1]
			q.After = &directory.Position{ID: string(last.ID), Key: directory.SortKey(q.Sort.Path, last.Resource())}
			more = page.Cut
		}
		if pages != 2 || len(seen) != large+small {
			t.Errorf("order %q: %d pages have %d users, want 2 with %d", order, pages, len(seen), large+small)
		}
	}
	for _, limit := range []int{0, 1, 31, 32, 33, 60} {
		page, err := w.Users.List(t.Context(), w.Org, directory.Query{Limit: limit, Skip: large - 10})
		w.Must(err)
		if want := min(limit, small+10); len(page.Items) != want || page.Cut || page.Total != large+small {
			t.Errorf("a page of %d: got %d of %d, cut %v", limit, len(page.Items), page.Total, page.Cut)
		}
	}
}

func TestWhatAFilterDemands(t *testing.T) {
	t.Parallel()
	schemas := schema.Load(directory.Fold)
	for text, want := range map[string][2]bool{ // by eq, by eq or sw
		`userName eq "a"`:     {true, true},
		`externalId eq "a"`:   {true, true},
		`id eq "a"`:           {true, true},
		`userName sw "a"`:     {false, true},
		`emails.value eq "a"`: {true, true},
		`emails[type eq "work" and value eq "a"]`: {true, true},
		`groups.value eq "a"`:                     {true, true},
		`title pr and userName eq "a"`:            {true, true},
		`userName eq "a" or externalId eq "b"`:    {true, true},
		`userName eq "a" or title eq "b"`:         {false, false},
		`not (userName eq "a")`:                   {false, false},
		`userName co "a"`:                         {false, false},
		`userName ne "a"`:                         {false, false},
		`title eq "a"`:                            {false, false},
		`emails[type eq "work"]`:                  {false, false},
		`name.familyName eq "a"`:                  {false, false},
		`active eq true`:                          {false, false},
	} {
		e, err := filter.Parse(text, schemas.User, nil)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		got := [2]bool{directory.Demands(e, filter.Equal), directory.Demands(e, filter.Equal, filter.StartsWith)}
		if got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
	if directory.Demands(nil, filter.Equal) {
		t.Error("no filter demands something")
	}
}
