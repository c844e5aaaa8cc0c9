package main

import (
	"fmt"
	"net/url"
	"strconv"
)

// operation is one row of the table.
type operation struct {
	name string
	do   func(w *worker, n int) error // n rises with each call of a worker
	// What the ratio is taken to, by wiring, and what it should be; "": there is no floor.
	floor map[string]string
	want  map[string]float64
}

// The floors: a bare gin handler with an answer of the same size, bbolt's commits, and gin with the
// same calls.
const (
	bare    = "bare"
	commits = "commits"
)

// operations are the rows, in an organisation that has p. They leave it as it was except for users
// whom they add.
func operations(p population) []operation {
	at := func(w *worker, n int) person { return p.users[(w.number*131+n*17)%len(p.users)] }
	// Each worker changes users and groups of its own, as an identity provider does not send two
	// changes of one at once.
	own := func(w *worker, n int) person {
		each := len(p.users) / 16
		return p.users[w.number*each+n%each]
	}
	page := func(first func() int) func(w *worker, n int) error {
		return func(w *worker, _ int) error {
			at := first()
			return w.holds(200, "GET", fmt.Sprintf("/Users?startIndex=%d&count=100", at), "",
				fmt.Sprintf(`"startIndex":%d`, at), `"itemsPerPage":100`, `"id":"`+p.users[0].id[:2])
		}
	}
	return []operation{
		{
			"GET user by id", func(w *worker, n int) error {
				u := at(w, n)
				return w.holds(200, "GET", "/Users/"+u.id, "", u.id, u.name)
			},
			map[string]string{allInOne: bare, production: "get"},
			map[string]float64{allInOne: 0.45, production: 0.60},
		},
		{
			"userName eq, hit", func(w *worker, n int) error { u := at(w, n); return w.lookUp(u.name, 1, u.id) },
			map[string]string{allInOne: bare, production: "hit"},
			map[string]float64{allInOne: 0.40, production: 0.60},
		},
		{
			"userName eq, miss", func(w *worker, n int) error { return w.lookUp(fmt.Sprintf("nobody%d@example.com", n), 0) },
			map[string]string{allInOne: bare, production: "miss"},
			map[string]float64{allInOne: 0.40, production: 0.60},
		},
		{
			"page of 100, first", page(func() int { return 1 }),
			map[string]string{allInOne: bare, production: "page"},
			map[string]float64{allInOne: 0.02, production: 0.50},
		},
		{
			"page of 100, deep", page(func() int { return len(p.users) / 2 }),
			map[string]string{allInOne: bare, production: "page"},
			map[string]float64{allInOne: 0.02, production: 0.50},
		},
		{
			"page of 100, last", page(func() int { return len(p.users) - 99 }),
			map[string]string{allInOne: bare, production: "page"},
			map[string]float64{allInOne: 0.02, production: 0.50},
		},
		{
			"PATCH active", func(w *worker, n int) error {
				u, active := own(w, n/2), n%2 == 1
				return w.holds(200, "PATCH", "/Users/"+u.id, patchBody("replace", "active", strconv.FormatBool(active)), u.id, fmt.Sprintf(`"active":%t`, active))
			},
			map[string]string{allInOne: commits, production: "patch"},
			map[string]float64{allInOne: 0.60, production: 0.60},
		},
		{
			"create", func(w *worker, n int) error {
				name := fmt.Sprintf("create-%d-%d@example.com", w.number, n)
				return w.holds(201, "POST", "/Users", userBody(name), name)
			},
			map[string]string{allInOne: commits, production: "create"},
			map[string]float64{allInOne: 0.60, production: 0.60},
		},
		{
			"provision: look up, create, read", func(w *worker, n int) error {
				name := fmt.Sprintf("provision-%d-%d@example.com", w.number, n)
				if err := w.lookUp(name, 0); err != nil {
					return err
				}
				id, err := w.created("/Users", userBody(name))
				if err != nil {
					return err
				}
				return w.holds(200, "GET", "/Users/"+id, "", id, name)
			},
			map[string]string{allInOne: bare, production: "provision"},
			map[string]float64{allInOne: 0.06, production: 0.55},
		},
		{
			"add or remove one member", func(w *worker, n int) error {
				u := p.users[(len(p.users)/2+n/2)%len(p.users)]
				body := patchBody("add", "members", fmt.Sprintf(`[{"value":%q}]`, u.id))
				if n%2 == 1 {
					body = patchBody("remove", fmt.Sprintf("members[value eq %q]", u.id), "")
				}
				return w.holds(204, "PATCH", "/Groups/"+p.groups[w.number], body)
			},
			nil, nil,
		},
	}
}

// lookUp asks for a userName as Okta and Entra ID do before each create.
func (w *worker) lookUp(name string, total int, texts ...string) error {
	path := "/Users?filter=" + url.QueryEscape(fmt.Sprintf("userName eq %q", name)) + "&startIndex=1&count=100"
	return w.holds(200, "GET", path, "", append(texts, fmt.Sprintf(`"totalResults":%d`, total))...)
}

func patchBody(op, path, value string) string {
	if value != "" {
		value = `,"value":` + value
	}
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":%q,"path":%q%s}]}`, op, path, value)
}
