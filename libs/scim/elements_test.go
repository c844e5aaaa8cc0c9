package scim

import (
	"slices"
	"testing"
)

// Elements are the list that they make, for all who read a Document.
func TestElementsAreAList(t *testing.T) {
	t.Parallel()
	for rule, list := range map[string][]any{
		"no element":           {},
		"one element":          {"a"},
		"elements of any kind": {NewDocument("value", "7", "type", "User"), nil, int64(7), []any{"b", true}},
	} {
		made := 0
		plain := NewDocument("members", list)
		lazy := NewDocument("members", Elements(func(yield func(any) bool) {
			for _, element := range list {
				if made++; !yield(element) {
					return
				}
			}
		}))
		if made != 0 {
			t.Errorf("%s: %d elements are made before they are read", rule, made)
		}
		text, err := lazy.MarshalJSON()
		want, errPlain := plain.MarshalJSON()
		if err != nil || errPlain != nil || string(text) != string(want) {
			t.Errorf("%s: written as %s (%v), want %s (%v)", rule, text, err, want, errPlain)
		}
		if Size(lazy) != Size(plain) {
			t.Errorf("%s: size %d, want %d", rule, Size(lazy), Size(plain))
		}
		if !lazy.Equal(plain) || !plain.Equal(lazy) || !lazy.Equal(lazy) {
			t.Errorf("%s: not equal to the list", rule)
		}
		if !slices.EqualFunc(lazy.List("members"), list, EqualValues) {
			t.Errorf("%s: listed as %v", rule, lazy.List("members"))
		}
		copied := lazy.Clone()
		if v, _ := copied.Get("members"); !copied.Equal(plain) {
			t.Errorf("%s: the copy is %v", rule, v)
		} else if _, ok := v.([]any); !ok {
			t.Errorf("%s: the copy shares the elements", rule)
		}
		for _, other := range []any{append(slices.Clone(list), "x"), "a", nil} {
			different := NewDocument("members", other)
			if lazy.Equal(different) || different.Equal(lazy) {
				t.Errorf("%s: equal to %v", rule, other)
			}
		}
	}
}
