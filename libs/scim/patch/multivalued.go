package patch

import (
	"encoding/json"
	"slices"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
)

// identity decides whether two values of a multi-valued attribute are the same: RFC 7643 section
// 2.4 allows no two elements with the same value and type.
type identity struct {
	value any    // in comparable form
	kind  any    // the element's type, in comparable form
	whole string // of an element without value, as JSON
}

func identify(a *schema.Attribute, v any) identity {
	element, ok := v.(*scim.Document)
	if !ok {
		value, _ := a.Comparable(v)
		return identity{value: value}
	}
	if value, ok := comparableSub(a, element, "value"); ok {
		kind, _ := comparableSub(a, element, "type")
		return identity{value: value, kind: kind}
	}
	text, _ := json.Marshal(element) // a document in stored form always encodes
	return identity{whole: string(text)}
}

// comparableSub returns the comparable form of an element's sub-attribute.
func comparableSub(a *schema.Attribute, element *scim.Document, name string) (any, bool) {
	sub := a.SubAttribute(name)
	v, ok := element.Get(name)
	if sub == nil || !ok {
		return nil, false
	}
	return sub.Comparable(v)
}

// join adds more to the elements of list, in time linear in both. An existing value is not added
// again; if it is complex, the new one is merged into it.
func join(a *schema.Attribute, list, more []any) (joined []any, changed bool) {
	places := make(map[identity]int, len(list)+len(more))
	for i, v := range slices.Backward(list) {
		places[identify(a, v)] = i
	}
	var written []*scim.Document
	for _, v := range more {
		id := identify(a, v)
		i, there := places[id]
		if !there {
			i = len(list)
			places[id] = i
			list = append(list, v)
			changed = true
		}
		element, ok := list[i].(*scim.Document)
		if !ok {
			continue
		}
		if incoming, _ := v.(*scim.Document); a.Claims(incoming) {
			written = append(written, element)
		}
		if there {
			changed = overlay(a, element, v) || changed
		}
	}
	claimPrimary(a, list, written)
	return list, changed
}

// overlay copies the sub-attributes of v to element, except immutable ones that have a value.
func overlay(a *schema.Attribute, element *scim.Document, v any) (changed bool) {
	object, _ := v.(*scim.Document)
	for name, v := range object.All() {
		old, had := element.Get(name)
		sub := a.SubAttribute(name)
		if had && (scim.EqualValues(old, v) || sub == nil || sub.Mutability == schema.Immutable) {
			continue
		}
		element.Set(name, v)
		changed = true
	}
	return changed
}

// claimPrimary leaves primary to the last of the written elements that has it, RFC 7644 section
// 3.5.2; if none has, it stays where it is.
func claimPrimary(a *schema.Attribute, list []any, written []*scim.Document) {
	var last *scim.Document
	for _, element := range written {
		if a.Claims(element) {
			last = element
		}
	}
	if last == nil {
		return
	}
	for _, v := range list {
		if element, _ := v.(*scim.Document); element != last && a.Claims(element) {
			element.Set("primary", false)
		}
	}
}

// removeListed removes the elements that v lists, which is how Entra ID takes members out of a
// group. An element is the listed one if it has every listed sub-attribute.
func (e *edit) removeListed(holder *scim.Document, v any) (changed bool, err error) {
	a := e.path.Attribute
	if err := e.tol.Accept(scim.RemoveWithValue, e.at, scim.InvalidValue); err != nil {
		return false, err
	}
	v, err = a.CoerceParts(e.at, v, e.tol)
	if err != nil {
		return false, err
	}
	listed, _ := v.([]any)
	l := newListing(a, listed)
	var kept []any
	for _, v := range holder.List(a.Name) {
		has, err := l.has(v)
		if err != nil {
			return false, err
		}
		if !has {
			kept = append(kept, v)
		}
	}
	changed = len(kept) < len(holder.List(a.Name))
	return changed, e.store(holder, kept, changed)
}

// listing finds elements among those that a client listed, by their value where it is given.
type listing struct {
	a       *schema.Attribute
	byValue map[any][]*scim.Document // nil documents are simple values
	partial []*scim.Document         // listed without a value
	visits  int
}

func newListing(a *schema.Attribute, listed []any) *listing {
	l := &listing{a: a, byValue: make(map[any][]*scim.Document, len(listed))}
	for _, v := range listed {
		element, _ := v.(*scim.Document)
		if key, ok := l.key(v); ok {
			l.byValue[key] = append(l.byValue[key], element)
		} else {
			l.partial = append(l.partial, element)
		}
	}
	return l
}

// key returns the comparable form of v, a simple value or the value of an element.
func (l *listing) key(v any) (any, bool) {
	if element, ok := v.(*scim.Document); ok {
		return comparableSub(l.a, element, "value")
	}
	return l.a.Comparable(v)
}

// has reports whether v is listed; tooMany if that is too much to find out.
func (l *listing) has(v any) (bool, error) {
	element, _ := v.(*scim.Document)
	candidates := l.partial
	if key, ok := l.key(v); ok {
		candidates = slices.Concat(l.byValue[key], l.partial)
	}
	if l.visits += len(candidates); l.visits > maxVisits {
		return false, tooMuch()
	}
	return slices.ContainsFunc(candidates, func(listed *scim.Document) bool { return l.covers(listed, element) }), nil
}

// covers reports whether element has every sub-attribute of listed; where the value identifies an
// element, only the value counts.
func (l *listing) covers(listed, element *scim.Document) bool {
	for name, v := range listed.All() {
		if l.a.Identified() && name != "value" {
			continue
		}
		is, _ := element.Get(name)
		sub := l.a.SubAttribute(name)
		want, simple := sub.Comparable(v)
		have, ok := sub.Comparable(is)
		if simple && (!ok || schema.Order(want, have) != 0) || !simple && !scim.EqualValues(v, is) {
			return false
		}
	}
	return true
}
