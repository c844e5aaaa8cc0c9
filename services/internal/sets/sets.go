// Package sets makes sets of slices, so that what is asked for each of many values is not searched
// for in a slice each time.
package sets

// Of returns the set of values. Of what is not in it, it says false.
func Of[T comparable](values []T) map[T]bool {
	set := make(map[T]bool, len(values))
	for _, value := range values {
		set[value] = true
	}
	return set
}
