package embedded

import (
	"cmp"
	"time"

	"github.com/devrev/scim/services/scim/directory"
)

// compare tells which of two positions comes first in an order: negative if a does. Who has no key is last in either direction,
// and equal keys are in ascending order of id.
func compare(s directory.Sort, a, b directory.Position) int {
	var keys int
	switch {
	case a.Key == nil && b.Key == nil:
	case a.Key == nil:
		return 1
	case b.Key == nil:
		return -1
	case s.Descending:
		keys = compareKeys(b.Key, a.Key)
	default:
		keys = compareKeys(a.Key, b.Key)
	}
	return cmp.Or(keys, cmp.Compare(a.ID, b.ID))
}

// compareKeys compares two comparable forms of one attribute, which are of one type.
func compareKeys(a, b any) int {
	switch a := a.(type) {
	case string:
		b, _ := b.(string)
		return cmp.Compare(a, b)
	case int64:
		b, _ := b.(int64)
		return cmp.Compare(a, b)
	case float64:
		b, _ := b.(float64)
		return cmp.Compare(a, b)
	case time.Time:
		b, _ := b.(time.Time)
		return a.Compare(b)
	case bool:
		b, _ := b.(bool)
		return cmp.Compare(rank(a), rank(b))
	default:
		return 0
	}
}

func rank(b bool) int {
	if b {
		return 1
	}
	return 0
}
