package schema

import (
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"github.com/devrev/scim/libs/scim"
)

func TestCoerceTidiesLists(t *testing.T) {
	t.Parallel()
	email := func(value string, primary any) *scim.Document {
		doc := scim.NewDocument("value", value)
		if primary != nil {
			doc.Set("primary", primary)
		}
		return doc
	}
	tests := []struct {
		rule     string
		in, want []any
		accepted []scim.Coercion
	}{
		{
			"s2.4 one primary stays one",
			[]any{email("a", true), email("b", false), email("c", nil)},
			[]any{email("a", true), email("b", false), email("c", nil)},
			nil,
		},
		{
			"s2.4 of several primaries the last stays",
			[]any{email("a", true), email("b", true), email("c", true)},
			[]any{email("a", false), email("b", false), email("c", true)},
			[]scim.Coercion{scim.SecondPrimary},
		},
		{
			"an element twice stays once",
			[]any{email("a", nil), email("b", nil), email("a", nil)},
			[]any{email("a", nil), email("b", nil)},
			[]scim.Coercion{scim.DuplicateElement},
		},
		{
			"an element twice with members in another order",
			[]any{scim.NewDocument("value", "a", "type", "work"), scim.NewDocument("TYPE", "work", "value", "a")},
			[]any{scim.NewDocument("value", "a", "type", "work")},
			[]scim.Coercion{scim.DuplicateElement},
		},
		{
			"the primary element twice is not a second primary",
			[]any{email("a", true), email("a", true)},
			[]any{email("a", true)},
			[]scim.Coercion{scim.DuplicateElement},
		},
		{
			"elements that become equal are one",
			[]any{email("a", true), email("a", false), email("b", true)},
			[]any{email("a", false), email("b", true)},
			[]scim.Coercion{scim.SecondPrimary, scim.DuplicateElement},
		},
		{
			"the same value with another type is another element",
			[]any{scim.NewDocument("value", "a", "type", "work"), scim.NewDocument("value", "a", "type", "home")},
			[]any{scim.NewDocument("value", "a", "type", "work"), scim.NewDocument("value", "a", "type", "home")},
			nil,
		},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			before := scim.CloneValue(tt.in)
			var tol scim.Tolerance
			got, err := attribute(t, "emails").Coerce("emails", tt.in, &tol)
			if err != nil || !scim.EqualValues(got, tt.want) {
				t.Errorf("got %v, %v; want %v", got, err, tt.want)
			}
			var accepted []scim.Coercion
			for _, a := range tol.Accepted {
				accepted = append(accepted, a.Coercion)
			}
			if !slices.Equal(accepted, tt.accepted) {
				t.Errorf("accepted %v, want %v", accepted, tt.accepted)
			}
			if !scim.EqualValues(tt.in, before) {
				t.Error("the input was changed")
			}
			if _, err := attribute(t, "emails").Coerce("emails", tt.in, &scim.Tolerance{Strict: true}); (err != nil) != (len(tt.accepted) > 0) {
				t.Errorf("strict: %v; want refused exactly what needed a coercion", err)
			}
		})
	}
}

func TestCoerceTidiesListsOfStrings(t *testing.T) {
	t.Parallel()
	got, err := attribute(t, "tags").Coerce("tags", []any{"x", "y", "x", "X"}, nil)
	if want := []any{"x", "y", "X"}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v; want %v: values are kept as written", got, err, want)
	}
}

// TestHashAgreesWithEqual shuffles the members of elements: equal elements must have one hash.
func TestHashAgreesWithEqual(t *testing.T) {
	t.Parallel()
	seed := maphash.MakeSeed()
	a := scim.NewDocument("value", "a", "type", "work", "primary", true, "keys", []any{"x", "y"})
	var names []string
	for name := range a.All() {
		names = append(names, name)
	}
	for range 100 {
		rand.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		b := &scim.Document{}
		for _, name := range names {
			v, _ := a.Get(name)
			b.Set(name, v)
		}
		if hash(seed, a) != hash(seed, b) {
			t.Fatalf("members in the order %q change the hash", names)
		}
	}
	for _, b := range []any{
		scim.NewDocument("value", "work", "type", "a", "primary", true, "keys", []any{"x", "y"}),
		scim.NewDocument("value", "a", "type", "work", "primary", true, "keys", []any{"y", "x"}),
		scim.NewDocument("value", "a", "type", "work", "primary", true),
	} {
		if hash(seed, a) == hash(seed, b) {
			t.Errorf("%v has the hash of another value", b)
		}
	}
}

// BenchmarkCoerceMembers shows that the members of a group cost linear time: compare the times per
// member.
func BenchmarkCoerceMembers(b *testing.B) {
	members := Load(nil).Group.Schema.Attributes[1]
	for _, n := range []int{100, 10_000} {
		list := make([]any, n)
		for i := range list {
			list[i] = scim.NewDocument("value", fmt.Sprintf("0198c0de-0000-7000-8000-%012d", i), "display", "user@example.com")
		}
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := members.Coerce("members", list, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/member")
		})
	}
}
