package token

import "maps"

// recent is a map of bounded size: it holds the n keys that were set last, and at most 2n. When the young half is full it
// becomes the old one, and what was old goes, so that nothing has to be searched for what to forget.
type recent[K comparable, V any] struct {
	n          int
	young, old map[K]V // no key is in both
}

func newRecent[K comparable, V any](n int) recent[K, V] {
	return recent[K, V]{n: n, young: make(map[K]V)}
}

func (r *recent[K, V]) get(k K) (V, bool) {
	if v, ok := r.young[k]; ok {
		return v, true
	}
	v, ok := r.old[k]
	return v, ok
}

func (r *recent[K, V]) set(k K, v V) {
	if _, known := r.young[k]; !known && len(r.young) == r.n {
		r.old, r.young = r.young, make(map[K]V)
	}
	delete(r.old, k)
	r.young[k] = v
}

func (r *recent[K, V]) deleteFunc(del func(K, V) bool) {
	maps.DeleteFunc(r.young, del)
	maps.DeleteFunc(r.old, del)
}
