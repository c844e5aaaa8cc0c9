package patch

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/libs/scim/schema"
)

// ApplyToGroup is Apply for a group whose members are kept elsewhere: doc is the group without
// them, and the request's changes of the members are returned as a MemberDelta. current is as for
// SplitMembers. It is all or nothing, with the errors of both.
func ApplyToGroup(
	doc *scim.Document, rt *schema.ResourceType, req Request, current func() ([]*scim.Document, error), tol *scim.Tolerance,
) (*scim.Document, MemberDelta, []Outcome, error) {
	rest, delta, outcomes, err := SplitMembers(rt, req, current, tol)
	if err != nil {
		return nil, MemberDelta{}, nil, err
	}
	patched, others, err := apply(doc, rt, rest, len(outcomes) > 0, tol)
	if err != nil {
		return nil, MemberDelta{}, nil, err
	}
	outcomes = append(outcomes, others...)
	slices.SortStableFunc(outcomes, func(a, b Outcome) int { return cmp.Compare(a.Operation, b.Operation) })
	return patched, delta, outcomes, nil
}

// SplitMembers takes every operation on members out of a group's request, wherever it is written.
// It returns the rest, for Apply; the combined effect of those it took; and their outcomes, which
// are ResultApplied as far as can be known without reading the members. Operations keep the numbers
// they had in req.
//
// The members are not needed and the cost is that of the ids named, with one exception: a remove
// whose filter holds more than value eq "x" (or several of those joined by or) calls current, at
// most once, for the elements of the group as they were before the request, and an error of it is
// returned wrapped.
//
// Other errors are *scim.Error of status 400: mutability for a write to an element that is there
// (all sub-attributes of members are immutable), invalidValue for an element without value, the id
// of the member, tooMany for too many of those exceptions.
func SplitMembers(
	rt *schema.ResourceType, req Request, current func() ([]*scim.Document, error), tol *scim.Tolerance,
) (rest Request, delta MemberDelta, outcomes []Outcome, err error) {
	members, err := rt.Resolve("members")
	if err != nil {
		return Request{}, MemberDelta{}, nil, err
	}
	if req, err = unwrap(rt, req, tol); err != nil {
		return Request{}, MemberDelta{}, nil, err
	}
	s := memberSplit{at: req.MembersAt, rt: rt, tol: tol, members: members.Attribute, current: current, changes: newMemberChanges()}
	for _, op := range req.Operations {
		if err := s.operation(op); err != nil {
			return Request{}, MemberDelta{}, nil, inOperation(op.number, err)
		}
	}
	return s.rest, s.changes.delta(), s.outcomes, nil
}

// MembersOf takes the members out of a Group in stored form, as schema.ResourceType.Validate
// returns it: the document without them, which shares its values with doc, and the MemberDelta that
// makes them the members. An element without value is a *scim.Error, 400 invalidValue.
func MembersOf(doc *scim.Document) (*scim.Document, MemberDelta, error) {
	rest := &scim.Document{}
	for name, v := range doc.All() {
		rest.Set(name, v)
	}
	rest.Delete("members")
	changes := newMemberChanges()
	changes.clear()
	for _, v := range doc.List("members") {
		element, _ := v.(*scim.Document)
		id := element.String("value")
		if id == "" {
			return nil, MemberDelta{}, noMemberID()
		}
		changes.add(member{id, element})
	}
	return rest, changes.delta(), nil
}

func noMemberID() error {
	return scim.BadRequest(scim.InvalidValue, `each element of members needs a "value", the id of a user.`)
}

// member is one element of members as a client names it.
type member struct {
	id      string
	element *scim.Document // nil for a bare id
}

// maxMemberVisits is maxVisits for the members of a group, of which one operation may have to look
// at all.
const maxMemberVisits = 1_000_000

type memberSplit struct {
	rt      *schema.ResourceType
	tol     *scim.Tolerance
	members *schema.Attribute

	current func() ([]*scim.Document, error)
	before  []*scim.Document // what current returned
	loaded  bool
	visits  int    // as in application
	at      string // Request.MembersAt

	changes  *memberChanges
	rest     Request
	outcomes []Outcome
}

func (s *memberSplit) operation(op Operation) error {
	if op.Path != "" {
		if s.names(op.Path) {
			return s.change(op, op.Path, op.Value)
		}
		s.rest.Operations = append(s.rest.Operations, op)
		return nil
	}
	if op.Op == Remove {
		return noPath()
	}
	object, _ := op.Value.(*scim.Document)
	left := object.Len()
	for name, v := range object.All() {
		if !s.names(name) {
			continue
		}
		if err := s.change(op, name, v); err != nil {
			return err
		}
		op.taken = s.members
		left--
	}
	if left > 0 || op.taken == nil {
		s.rest.Operations = append(s.rest.Operations, op)
	}
	return nil
}

// names reports whether a path or a name in an object is that of the members.
func (s *memberSplit) names(text string) bool {
	p, err := s.rt.Resolve(attributeName(text))
	if err != nil || p.Attribute != s.members {
		return false
	}
	_, err = ParsePath(text, s.rt, nil)
	return !errors.Is(err, errUnknown) // which Apply leaves out
}

// change carries out one operation on the members. text is its path, or the name in the object of
// one without path.
func (s *memberSplit) change(op Operation, text string, v any) error {
	target, err := ParsePath(text, s.rt, s.tol)
	if err != nil {
		return err
	}
	o := Outcome{Operation: op.number, Op: op.Op, Path: target.Path.String(), Result: ResultApplied}
	switch {
	case target.Sub != nil, target.Filter != nil && op.Op != Remove && v != nil:
		return scim.BadRequest(scim.Mutability, "members can only be added or removed as a whole; their sub-attributes are immutable.")
	case target.Filter != nil && op.Op == Add:
		o.Why = "the value names no member"
	case target.Filter != nil:
		o.Members, err = s.removeSelected(target.Filter)
		o.Why = "the filter selects no member"
	case op.Op == Remove && v != nil:
		o.Members, err = s.removeListed(v)
		o.Why = "the value names no member"
	case op.Op == Remove:
		s.changes.clear()
		o.Everyone = true
	default:
		o.Members, err = s.put(op.Op, v)
		o.Everyone = op.Op == Replace
		o.Why = "the value names no member"
	}
	if err != nil {
		return err
	}
	if o.Everyone || len(o.Members) > 0 {
		o.Why = ""
	} else {
		o.Result = ResultNoOp
	}
	s.outcomes = append(s.outcomes, o)
	return nil
}

// put is add and replace with a list of members.
func (s *memberSplit) put(op Op, v any) (ids []string, err error) {
	if element, alone := v.(*scim.Document); op == Add && alone {
		v = []any{element} // as in edit.in
	}
	list, err := s.list(v)
	if err != nil {
		return nil, err
	}
	if op == Replace {
		s.changes.clear()
	}
	for _, m := range list {
		s.changes.add(m)
		ids = append(ids, m.id)
	}
	return ids, nil
}

// removeListed is Entra ID's remove, whose value lists the members.
func (s *memberSplit) removeListed(v any) (ids []string, err error) {
	if err := s.tol.Accept(scim.RemoveWithValue, s.members.Name, scim.InvalidValue); err != nil {
		return nil, err
	}
	list, err := s.list(v)
	for _, m := range list {
		s.changes.remove(m.id)
		ids = append(ids, m.id)
	}
	return ids, err
}

// removeSelected is the remove of members[value eq "x"], Okta's, and of any other value path.
func (s *memberSplit) removeSelected(f filter.Expr) (ids []string, err error) {
	if ids, ok, err := s.idsIn(f, nil); err != nil {
		return nil, err
	} else if ok {
		for _, id := range ids {
			s.changes.remove(id)
		}
		return ids, nil
	}
	if mentions(f, "display") {
		return nil, scim.BadRequest(scim.InvalidFilter, "members cannot be selected by display, which is each user's own name: select them by value.")
	}
	if !s.loaded {
		before, err := s.current()
		if err != nil {
			return nil, fmt.Errorf("read the members: %w", err)
		}
		s.before, s.loaded = before, true
	}
	elements := s.changes.applied(s.before, s.at)
	if s.visits += len(elements); s.visits > maxMemberVisits {
		return nil, tooMuch()
	}
	for _, element := range elements {
		if filter.Match(f, element) {
			id := element.String("value")
			s.changes.remove(id)
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// mentions reports whether f uses the sub-attribute of this name.
func mentions(f filter.Expr, sub string) bool {
	switch f := f.(type) {
	case *filter.And:
		return mentions(f.Left, sub) || mentions(f.Right, sub)
	case *filter.Or:
		return mentions(f.Left, sub) || mentions(f.Right, sub)
	case *filter.Not:
		return mentions(f.Filter, sub)
	case *filter.Comparison:
		return f.Path.Attribute.Name == sub
	default:
		return false
	}
}

// idsIn appends the ids that f compares value with, or $ref with the URLs of, if that and or is all
// it does. A URL that is not a user's here is an error: it would select no one for ever.
func (s *memberSplit) idsIn(f filter.Expr, ids []string) (all []string, ok bool, err error) {
	switch f := f.(type) {
	case *filter.Or:
		if ids, ok, err = s.idsIn(f.Left, ids); !ok {
			return nil, false, err
		}
		return s.idsIn(f.Right, ids)
	case *filter.Comparison:
		id, ok := f.Literal().(string)
		if !ok || f.Op != filter.Equal {
			return nil, false, nil
		}
		if f.Path.Attribute.Name == "$ref" && s.at != "" {
			if id, ok = s.idAt(id); !ok {
				return nil, false, scim.BadRequest(scim.InvalidFilter, "%s is not the URL of a user here: select members by value, their id.", scim.Quote(f.Literal().(string)))
			}
			return append(ids, id), true, nil
		}
		return append(ids, id), f.Path.Attribute.Name == "value", nil
	default:
		return nil, false, nil
	}
}

// idAt returns the id of the user at this URL, which may be relative: to the base URL of the
// service, or to a resource. It is false for the URL of anything else.
func (s *memberSplit) idAt(url string) (id string, ok bool) {
	folder, id := path.Split(strings.TrimPrefix(url, "../"))
	return id, id != "" && strings.HasSuffix(s.at, folder) && strings.HasSuffix(folder, path.Base(s.at)+"/")
}

// list returns the members that an operation's value holds.
func (s *memberSplit) list(v any) ([]member, error) {
	v, err := s.unpacked(v)
	if err != nil {
		return nil, err
	}
	list, ok := v.([]any)
	switch {
	case v == nil:
		return nil, nil
	case v == "": // which must not empty a group: a mapping without a value looks like this
		return nil, scim.BadRequest(scim.InvalidValue, "members: the value is an empty text. Send a list of members; an empty list removes all.")
	case !ok:
		if err := s.tol.Accept(scim.ListAsSingle, s.members.Name, scim.InvalidValue); err != nil {
			return nil, err
		}
		list = []any{v}
	}
	members := make([]member, len(list))
	for i, v := range list {
		m, err := s.element(v)
		if err != nil {
			return nil, err
		}
		members[i] = m
	}
	return members, nil
}

// unpacked returns the object or list that the string v holds; else v.
func (s *memberSplit) unpacked(v any) (any, error) {
	text, _ := v.(string)
	inner, ok, err := scim.DecodeString(text)
	if err != nil || !ok {
		return v, err
	}
	return inner, s.tol.Accept(scim.JSONString, s.members.Name, scim.InvalidValue)
}

func (s *memberSplit) element(v any) (member, error) {
	v, err := s.unpacked(v)
	if err != nil {
		return member{}, err
	}
	element, ok := v.(*scim.Document)
	if ok {
		v, _ = element.Get("value")
	} else if err := s.tol.Accept(scim.ValueForComplex, s.members.Name, scim.InvalidValue); err != nil {
		return member{}, err
	}
	id, err := s.members.SubAttribute("value").Coerce("members.value", v, s.tol)
	if err != nil {
		return member{}, err
	}
	if id, ok := id.(string); ok {
		return member{id, element}, nil
	}
	return member{}, noMemberID()
}
