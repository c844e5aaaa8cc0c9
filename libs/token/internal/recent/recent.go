// Package recent is a map that forgets.
package recent

import "maps"

// Map is a map of bounded size: it holds the n keys that were set last, and at most 2n. When the
// young half is full it becomes the old one and the old one is dropped, so that eviction needs no
// search.
type Map[K comparable, V any] struct {
	n          int
	young, old map[K]V // no key is in both
}

// New returns a Map of the n keys that were set last.
func New[K comparable, V any](n int) Map[K, V] {
	return Map[K, V]{n: n, young: make(map[K]V)}
}

// Get returns the value of k, and whether k is held.
func (r *Map[K, V]) Get(k K) (V, bool) {
	if v, ok := r.young[k]; ok {
		return v, true
	}
	v, ok := r.old[k]
	return v, ok
}

// Set holds v as the value of k.
func (r *Map[K, V]) Set(k K, v V) {
	if _, known := r.young[k]; !known && len(r.young) == r.n {
		r.old, r.young = r.young, make(map[K]V)
	}
	delete(r.old, k)
	r.young[k] = v
}

// DeleteFunc forgets the keys for which del returns true.
func (r *Map[K, V]) DeleteFunc(del func(K, V) bool) {
	maps.DeleteFunc(r.young, del)
	maps.DeleteFunc(r.old, del)
}
