package patch

import (
	"slices"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/libs/scim/schema"
)

// edit is one operation on one attribute that a client may write.
type edit struct {
	op   Op
	path Path
	at   string // the path of the attribute as a whole
	tol  *scim.Tolerance
	why  string // a remark for the outcome, besides its Result
}

// assignment is the new value of a sub-attribute, in stored form; nil for absent.
type assignment struct {
	sub   *schema.Attribute
	value any
}

// in applies e to the document that holds the attribute, and reports whether that changed it.
func (e *edit) in(holder *scim.Document, v any) (changed bool, err error) {
	a := e.path.Attribute
	switch {
	case e.op == Remove && a.Lasting:
		return false, scim.BadRequest(scim.Mutability, "%s always has a value and cannot be removed: set it.", e.at)
	case e.path.Sub != nil, e.path.Filter != nil, a.Type == schema.Complex && !a.MultiValued:
		return e.elements(holder, v)
	case e.op == Remove && a.MultiValued && v != nil:
		return e.removeListed(holder, v)
	case e.op == Remove:
		return e.put(holder, a, e.at, nil)
	}
	if element, alone := v.(*scim.Document); e.op == Add && a.MultiValued && alone {
		v = []any{element} // a single value may be added without a list, RFC 7644 section 3.5.2.1
	}
	value, err := a.Coerce(e.at, v, e.tol)
	if err != nil {
		return false, err
	}
	return e.put(holder, a, e.at, value)
}

// put gives a, an attribute of holder, a value in stored form. nil removes it, unless the operation
// is add, which takes nothing away.
func (e *edit) put(holder *scim.Document, a *schema.Attribute, at string, v any) (changed bool, err error) {
	old, had := holder.Get(a.Name)
	if v == nil {
		if e.op == Add || !had || a.Lasting {
			return false, nil
		}
		if a.Required || a.Mutability == schema.Immutable {
			return false, fixed(a, at)
		}
		return holder.Delete(a.Name), nil
	}
	if e.op == Add && a.MultiValued && had {
		present, _ := old.([]any)
		more, _ := v.([]any)
		v, changed = join(a, present, more)
	} else {
		changed = !had || !scim.EqualValues(old, v)
	}
	if changed && had && a.Mutability == schema.Immutable {
		return false, fixed(a, at)
	}
	if changed {
		holder.Set(a.Name, v)
	}
	return changed, nil
}

// fixed is the error of a write to a, which cannot change or go.
func fixed(a *schema.Attribute, at string) error {
	switch {
	case a.Required:
		return scim.BadRequest(scim.Mutability, "%s is required and cannot be removed.", at)
	case a.Mutability == schema.ReadOnly:
		return scim.BadRequest(scim.Mutability, "%s is read-only.", at)
	default:
		return scim.BadRequest(scim.Mutability, "%s is immutable and has a value already.", at)
	}
}

// elements carries e out inside the values of a complex attribute: those that the filter selects,
// all without one. The value of a single-valued attribute is its one element.
func (e *edit) elements(holder *scim.Document, v any) (changed bool, err error) {
	a := e.path.Attribute
	values, absent, err := e.assignments(v)
	if err != nil || absent && e.op == Add {
		return false, err
	}
	whole := absent && e.path.Sub == nil // selected elements go as a whole

	old, had := holder.Get(a.Name)
	list, ok := old.([]any)
	if had && !ok {
		list = []any{old}
	}
	kept := make([]any, 0, len(list)+1)
	var written []*scim.Document
	selected := false
	for _, v := range list {
		element, ok := v.(*scim.Document)
		if !ok || !filter.Match(e.path.Filter, element) {
			kept = append(kept, v)
			continue
		}
		selected = true
		did, spent, err := e.write(element, values)
		if err != nil {
			return false, err
		}
		if whole || spent {
			changed = true
			continue
		}
		changed = changed || did
		kept = append(kept, v)
		written = append(written, element)
	}
	switch {
	case selected:
		claimPrimary(a, kept, written)
	case slices.ContainsFunc(values, func(s assignment) bool { return s.value != nil }):
		element, err := e.create(len(list), values)
		if err != nil {
			return false, err
		}
		kept, changed = join(a, kept, []any{element})
	}
	return changed, e.store(holder, kept, changed)
}

// write makes the assignments to one element. An element that loses its value is spent: the rest
// would describe nothing.
func (e *edit) write(element *scim.Document, values []assignment) (changed, spent bool, err error) {
	_, had := element.Get("value")
	for _, s := range values {
		did, err := e.put(element, s.sub, e.at+"."+s.sub.Name, scim.CloneValue(s.value))
		if err != nil {
			return false, false, err
		}
		changed = changed || did
	}
	_, has := element.Get("value")
	return changed, changed && (had && !has || element.Len() == 0), nil
}

// create returns the element that e creates when there is none to write to. existing is the number
// of elements that the filter did not select.
func (e *edit) create(existing int, values []assignment) (*scim.Document, error) {
	element := &scim.Document{}
	if e.path.Filter != nil {
		if !e.path.Attribute.MultiValued && existing > 0 || !describes(e.path.Filter, element) {
			return nil, e.noTarget()
		}
		for _, sub := range e.path.Attribute.SubAttributes {
			v, ok := element.Get(sub.Name)
			if !ok {
				continue
			}
			v, err := sub.Coerce(e.at+"."+sub.Name, v, nil)
			if err != nil {
				return nil, err
			}
			element.Set(sub.Name, v)
		}
	}
	if _, _, err := e.write(element, values); err != nil {
		return nil, err
	}
	if e.path.Filter == nil {
		return element, nil
	}
	// The next such request must find the element, or it would make another.
	if !filter.Match(e.path.Filter, element) {
		return nil, e.noTarget()
	}
	e.why = "no element matched: made it"
	return element, e.tol.Accept(scim.CreatedByFilter, e.path.Path.String(), scim.NoTarget)
}

func (e *edit) noTarget() error {
	return scim.BadRequest(scim.NoTarget, "the filter selects no element of %s.", e.at)
}

// describes writes into element the values that f gives by eq and and, and reports whether f holds
// nothing else.
func describes(f filter.Expr, element *scim.Document) bool {
	switch f := f.(type) {
	case *filter.And:
		return describes(f.Left, element) && describes(f.Right, element)
	case *filter.Comparison:
		if f.Op != filter.Equal || f.Value == nil {
			return false
		}
		element.Set(f.Path.Attribute.Name, f.Literal())
		return true
	default:
		return false
	}
}

// store puts the elements back if they changed.
func (e *edit) store(holder *scim.Document, elements []any, changed bool) error {
	a := e.path.Attribute
	_, had := holder.Get(a.Name)
	switch {
	case !changed:
	case had && a.Mutability == schema.Immutable, len(elements) == 0 && a.Required:
		return fixed(a, e.at)
	case len(elements) == 0:
		holder.Delete(a.Name)
	case a.MultiValued:
		holder.Set(a.Name, elements)
	default:
		holder.Set(a.Name, elements[0])
	}
	return nil
}

// assignments returns what v, the operation's value, gives the sub-attributes of an element, and
// whether that is nothing at all.
func (e *edit) assignments(v any) (values []assignment, absent bool, err error) {
	a := e.path.Attribute
	if e.op == Remove {
		v = nil // Entra ID sends the value to be removed
	}
	if sub := e.path.Sub; sub != nil {
		v, err = sub.Coerce(e.path.Path.String(), v, e.tol)
		return []assignment{{sub, v}}, v == nil, err
	}
	if list, ok := v.([]any); ok && len(list) == 1 {
		if err := e.tol.Accept(scim.SingleAsList, e.at, scim.InvalidValue); err != nil {
			return nil, false, err
		}
		v = list[0]
	}
	object, whole := v.(*scim.Document)
	if !whole {
		if object, err = e.element(v); object == nil || err != nil {
			return nil, true, err
		}
	}
	for name, v := range object.All() {
		sub := a.SubAttribute(name)
		switch {
		case sub == nil:
			if err := e.tol.Accept(scim.UnknownIgnored, note(e.at+"."+name), scim.InvalidSyntax); err != nil {
				return nil, false, err
			}
			continue
		case sub.Mutability == schema.ReadOnly, sub.Mutability == schema.WriteOnly:
			continue
		}
		value, err := sub.Coerce(e.at+"."+sub.Name, v, e.tol)
		if err != nil {
			return nil, false, err
		}
		values = append(values, assignment{sub, value})
	}
	if whole && e.op == Replace && e.path.Filter != nil && a.MultiValued && len(values) > 0 {
		values = append(values, e.others(values)...)
	}
	return values, object.Len() == 0, nil
}

// others clears what values does not assign: a replace of selected elements replaces them whole
// (RFC 7644 section 3.5.2.3). The sub-attributes in the filter stay, so that the next request finds
// the elements, and so does value, without which an element describes nothing.
func (e *edit) others(values []assignment) (cleared []assignment) {
	said := &scim.Document{}
	describes(e.path.Filter, said)
	said.Set("value", nil)
	for _, sub := range e.path.Attribute.SubAttributes {
		_, stays := said.Get(sub.Name)
		given := slices.ContainsFunc(values, func(s assignment) bool { return s.sub == sub })
		if !stays && !given && sub.Mutability == schema.ReadWrite {
			cleared = append(cleared, assignment{sub, nil})
		}
	}
	return cleared
}

// element converts v, which is not an object, to a value of the attribute; nil for absent.
func (e *edit) element(v any) (*scim.Document, error) {
	if v == nil {
		return nil, nil
	}
	if e.path.Attribute.MultiValued {
		v = []any{v}
	}
	v, err := e.path.Attribute.Coerce(e.at, v, e.tol)
	if list, ok := v.([]any); ok {
		v = list[0]
	}
	element, _ := v.(*scim.Document)
	return element, err
}
