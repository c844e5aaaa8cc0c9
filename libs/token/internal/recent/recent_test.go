package recent

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Whatever is done to it, a Map holds the n keys set last unless they were deleted, no other values
// than those, and no more than 2n keys.
func TestMap(t *testing.T) {
	t.Parallel()
	const n = 3
	rapid.Check(t, func(t *rapid.T) {
		r := New[int, int](n)
		var order []int // of all keys ever set, the last one at the end
		values := make(map[int]int)
		key := rapid.IntRange(0, 9)
		t.Repeat(map[string]func(*rapid.T){
			"set": func(t *rapid.T) {
				k, v := key.Draw(t, "key"), rapid.Int().Draw(t, "value")
				order = append(slices.DeleteFunc(order, func(o int) bool { return o == k }), k)
				values[k] = v
				r.Set(k, v)
			},
			"delete": func(t *rapid.T) {
				k := key.Draw(t, "key")
				delete(values, k)
				r.DeleteFunc(func(other, _ int) bool { return other == k })
			},
			"": func(t *rapid.T) {
				last := order[max(0, len(order)-n):]
				for k := range 10 {
					got, held := r.Get(k)
					want, set := values[k]
					if held && (!set || got != want) || !held && set && slices.Contains(last, k) {
						t.Fatalf("Get(%d) = %d, %t; want %d, %t; set last: %v", k, got, held, want, set, last)
					}
				}
				if size := len(r.young) + len(r.old); size > 2*n {
					t.Fatalf("%d keys, want %d at most", size, 2*n)
				}
			},
		})
	})
}
