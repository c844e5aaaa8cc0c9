package activity

import (
	"context"
	"encoding/json"
	"iter"
	"strings"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
)

// About yields the entries about the person of u, each once, in no order: those of the user, those
// of groups that the user joined or left, refused creates of a name that the user has or had, and
// refusals that quote such a name or an e-mail address. An error is the last thing it yields. It
// reads every refusal of the organisation, so it is for what happens seldom. The caller may remove
// what it yields.
func (l *Log) About(ctx context.Context, org directory.Organisation, u directory.User) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		told, names := map[string]bool{}, map[string]bool{u.UserName(): true}
		each := func(q Query, want func(*Entry) bool) bool {
			for q.Limit = scim.MaxCount; ; {
				page, err := l.store.List(ctx, org.Tenant, q)
				if err != nil {
					yield(Entry{}, unreadable(err))
					return false
				}
				for _, e := range page {
					q.After = e.ID
					if told[e.ID] || !want(&e) {
						continue
					}
					told[e.ID], e.Resource.NameKey = true, ""
					if !yield(e, nil) {
						return false
					}
				}
				if len(page) < q.Limit {
					return true
				}
			}
		}
		own := Resource{Type: org.Schemas.User.Name, ID: string(u.ID)}
		goes := each(Query{Resource: own, WithGroups: true}, func(e *Entry) bool {
			if e.Resource == own {
				e.namesInto(names)
			}
			return true
		})
		for _, v := range u.Document.List("emails") {
			email, _ := v.(*scim.Document)
			names[email.String("value")] = true
		}
		for name := range names {
			if key := l.keyOf(org, name); goes && key != "" {
				goes = each(Query{Resource: Resource{Type: own.Type, NameKey: key}}, func(*Entry) bool { return true })
			}
		}
		if goes {
			each(Query{Effects: []directory.Effect{EffectRefused}}, func(e *Entry) bool { return e.quotes(names) })
		}
	}
}

// namesInto adds what the user was called when e took place.
func (e *Entry) namesInto(names map[string]bool) {
	names[e.Name] = true
	for _, d := range e.Attributes {
		if d.Attribute != "userName" {
			continue
		}
		for _, value := range []json.RawMessage{d.Before, d.After} {
			var name string
			if json.Unmarshal(value, &name) == nil {
				names[name] = true
			}
		}
	}
}

// shortest is the length in bytes from which a name tells of one person when it is quoted.
const shortest = 4

// quotes reports whether e has one of the names in it.
func (e *Entry) quotes(names map[string]bool) bool {
	text, _ := json.Marshal(e) // an entry always encodes
	lower := strings.ToLower(string(text))
	for name := range names {
		if len(name) >= shortest && strings.Contains(lower, strings.ToLower(name)) {
			return true
		}
	}
	return false
}
