package schema

import (
	"hash/maphash"
	"slices"

	"github.com/devrev/scim/libs/scim"
)

// tidy gives a list of coerced elements the properties that RFC 7643 section 2.4 requires: no
// element twice, at most one primary. It changes list.
func (a *Attribute) tidy(at *place, list []any, tol *scim.Tolerance) ([]any, error) {
	list, err := distinct(at, list, tol)
	if err != nil {
		return nil, err
	}
	changed, err := a.onePrimary(at, list, tol)
	if err != nil || !changed {
		return list, err
	}
	return distinct(at, list, tol) // elements that differed only in primary
}

// Tidy returns elements that were changed after Coerce to stored form; those without a value stay,
// since a later operation of the request may assign one. It changes list.
func (a *Attribute) Tidy(list []any) []any {
	list, _ = a.tidy(&place{name: a.Name}, list, nil) // without a Tolerance nothing is refused
	return list
}

// Prune returns the elements of list without those that have no value though such elements have
// one. It changes list.
func (a *Attribute) Prune(list []any) []any { return slices.DeleteFunc(list, a.empty) }

// Claims reports whether the element claims to be the primary one, which nothing without a value
// does.
func (a *Attribute) Claims(element *scim.Document) bool {
	primary, _ := element.Get("primary")
	return primary == true && !a.empty(element)
}

// onePrimary leaves primary to the last element that claims it.
func (a *Attribute) onePrimary(at *place, list []any, tol *scim.Tolerance) (changed bool, err error) {
	if len(list) < 2 || a.SubAttribute("primary") == nil {
		return false, nil
	}
	claimed := false
	for _, v := range slices.Backward(list) {
		element, _ := v.(*scim.Document)
		if !a.Claims(element) {
			continue
		}
		if claimed {
			if err := at.accept(tol, scim.SecondPrimary); err != nil {
				return false, err
			}
			element.Set("primary", false)
			changed = true
		}
		claimed = true
	}
	return changed, nil
}

// distinct drops elements equal to an earlier one, in time linear in the list: an identity provider
// may send all the members of a large group.
func distinct(at *place, list []any, tol *scim.Tolerance) ([]any, error) {
	if len(list) < 2 {
		return list, nil
	}
	seed := maphash.MakeSeed()
	seen := make(map[uint64][]any, len(list))
	out := list[:0]
	for _, v := range list {
		h := hash(seed, v)
		if slices.ContainsFunc(seen[h], func(earlier any) bool { return scim.EqualValues(earlier, v) }) {
			if err := at.accept(tol, scim.DuplicateElement); err != nil {
				return nil, err
			}
			continue
		}
		seen[h] = append(seen[h], v)
		out = append(out, v)
	}
	return out, nil
}

// hash agrees with scim.EqualValues on coerced values, whose names are canonical and whose numbers
// are of one type.
func hash(seed maphash.Seed, v any) uint64 {
	type part struct {
		name string
		sum  uint64
	}
	switch v := v.(type) {
	case *scim.Document:
		var sum uint64
		for name, w := range v.All() {
			sum += maphash.Comparable(seed, part{name, hash(seed, w)}) // in any order
		}
		return sum
	case []any:
		var sum uint64
		for _, w := range v {
			sum = maphash.Comparable(seed, [2]uint64{sum, hash(seed, w)})
		}
		return sum
	default:
		return maphash.Comparable(seed, v)
	}
}
