package scim_test

import (
	"math/rand"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/quick"

	"github.com/devrev/scim/libs/scim"
)

// anyDocument is a Document of random shape, for laws.
type anyDocument struct{ *scim.Document }

func (anyDocument) Generate(r *rand.Rand, _ int) reflect.Value {
	return reflect.ValueOf(anyDocument{randomDocument(r, 3)})
}

func randomDocument(r *rand.Rand, depth int) *scim.Document {
	doc := &scim.Document{}
	for range r.Intn(5) {
		name := string(rune('a'+r.Intn(4))) + string(rune('A'+r.Intn(3)))
		doc.Set(name, randomValue(r, depth))
	}
	return doc
}

func randomValue(r *rand.Rand, depth int) any {
	kinds := 5
	if depth > 0 {
		kinds = 7
	}
	switch r.Intn(kinds) {
	case 0:
		return nil
	case 1:
		return r.Intn(2) == 0
	case 2:
		return int64(r.Intn(3))
	case 3:
		return float64(r.Intn(3)) / 2
	case 4:
		return string(rune('x' + r.Intn(3)))
	case 5:
		return randomDocument(r, depth-1)
	default:
		list := []any{}
		for range r.Intn(3) {
			list = append(list, randomValue(r, depth-1))
		}
		return list
	}
}

// upper returns a copy of doc with all names in capitals and in reverse order.
func upper(v any) any {
	switch v := v.(type) {
	case *scim.Document:
		var names []string
		for name := range v.All() {
			names = append(names, name)
		}
		slices.Reverse(names)
		c := &scim.Document{}
		for _, name := range names {
			w, _ := v.Get(name)
			c.Set(strings.ToUpper(name), upper(w))
		}
		return c
	case []any:
		c := []any{}
		for _, w := range v {
			c = append(c, upper(w))
		}
		return c
	default:
		return v
	}
}

// scribble changes everything in v that can be changed.
func scribble(v any) {
	switch v := v.(type) {
	case *scim.Document:
		for _, w := range v.All() {
			scribble(w)
		}
		v.Set("scribbled", true)
	case []any:
		for i, w := range v {
			scribble(w)
			v[i] = "scribbled"
		}
	}
}

func TestDocumentLaws(t *testing.T) {
	t.Parallel()
	laws := map[string]any{
		"Equal is reflexive": func(a anyDocument) bool { return a.Equal(a.Document) },
		"Equal is symmetric": func(a, b anyDocument) bool { return a.Equal(b.Document) == b.Equal(a.Document) },
		"Equal holds for any order and any case of names": func(a anyDocument) bool {
			return a.Equal(upper(a.Document).(*scim.Document))
		},
		"Equal sees a further member": func(a anyDocument) bool {
			b := a.Clone()
			b.Set("further", nil)
			return !a.Equal(b) && !b.Equal(a.Document)
		},
		"a clone is equal": func(a anyDocument) bool { return a.Equal(a.Clone()) },
		"a clone is independent": func(a anyDocument) bool {
			before, b := a.Clone(), a.Clone()
			scribble(b)
			return a.Equal(before)
		},
		"encoding and decoding changes nothing": func(a anyDocument) bool {
			data, err := a.MarshalJSON()
			if err != nil {
				return false
			}
			b, err := scim.Decode(data, 0)
			return err == nil && a.Equal(b)
		},
	}
	for law, f := range laws {
		t.Run(law, func(t *testing.T) {
			t.Parallel()
			if err := quick.Check(f, &quick.Config{MaxCount: 2000}); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestDocumentNamesHaveNoCase(t *testing.T) {
	t.Parallel()
	doc := scim.NewDocument("userName", "a", "active", true)
	doc.Set("USERNAME", "b")
	if got := doc.String("username"); got != "b" || doc.Len() != 2 {
		t.Errorf("Set under another case: %d members, userName %q; want it replaced", doc.Len(), got)
	}
	var names []string
	for name := range doc.All() {
		names = append(names, name)
	}
	if want := []string{"USERNAME", "active"}; !slices.Equal(names, want) {
		t.Errorf("names %q, want %q: the place is kept, the spelling is the new one", names, want)
	}
	if !doc.Delete("UserName") || doc.Delete("userName") || doc.Len() != 1 {
		t.Error("Delete must remove the member called so in any case, once")
	}
}

func TestNilDocumentCanBeRead(t *testing.T) {
	t.Parallel()
	var doc *scim.Document
	if v, ok := doc.Get("a"); v != nil || ok || doc.Len() != 0 || doc.Sub("a") != nil || doc.List("a") != nil || doc.String("a") != "" || doc.Clone() != nil {
		t.Error("a nil Document must read as an empty one")
	}
	for range doc.All() {
		t.Error("a nil Document must yield no member")
	}
	if !doc.Equal(&scim.Document{}) {
		t.Error("a nil Document must equal an empty one")
	}
}
