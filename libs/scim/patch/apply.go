package patch

import (
	"cmp"
	"errors"
	"strings"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
)

// Apply returns doc, a resource in stored form (schema.ResourceType.Validate), as the operations of
// req leave it, also in stored form, and the outcome of each. doc is not changed.
//
// It is all or nothing. The error, if any, is a *scim.Error whose detail begins with the 1-based
// number of the operation that cannot be carried out ("operation 3: ..."): invalidPath for a value
// path on an attribute that cannot have one, mutability for one that is readOnly, immutable and
// set, or required and to be removed, noTarget for a value path that selects nothing and does not
// define an element to create, tooMany for a list so long that so many operations cannot be done on
// it in one request, and what schema.Attribute.Coerce and filter.Parse return.
//
// Unknown attributes are left out, however they are written (UnknownIgnored, UnknownSchema), and so
// are readOnly ones inside the object of an operation without path (ReadOnlyIgnored): Okta sends id
// with each rename, Entra ID whatever an administrator has mapped. A request that holds nothing
// else is refused, invalidPath or mutability: it would do nothing.
func Apply(
	doc *scim.Document, rt *schema.ResourceType, req Request, tol *scim.Tolerance,
) (*scim.Document, []Outcome, error) {
	return apply(doc, rt, req, false, tol)
}

// apply is Apply where others may have been understood already of the request that req is the rest
// of.
func apply(
	doc *scim.Document, rt *schema.ResourceType, req Request, understood bool, tol *scim.Tolerance,
) (*scim.Document, []Outcome, error) {
	req, err := unwrap(rt, req, tol)
	if err != nil {
		return nil, nil, err
	}
	a := application{rt: rt, tol: tol, doc: doc.Clone(), touched: make(map[string]schema.Path), edited: make(map[string]schema.Path)}
	for i, op := range req.Operations {
		a.op, a.number, a.taken = op.Op, cmp.Or(op.number, i+1), op.taken
		if err := a.operation(op); err != nil {
			return nil, nil, inOperation(a.number, err)
		}
		a.tidy()
	}
	if a.leftOut != nil && !a.understood && !understood {
		return nil, nil, a.leftOut
	}
	if err := a.complete(); err != nil {
		return nil, nil, err
	}
	return a.doc, a.outcomes, nil
}

// application is a request on its way; op, number and taken are those of the operation that is
// carried out.
type application struct {
	rt  *schema.ResourceType
	tol *scim.Tolerance

	doc      *scim.Document
	touched  map[string]schema.Path // multi-valued attributes that operations edited, by their path
	edited   map[string]schema.Path // those that the last one did
	outcomes []Outcome

	op     Op
	number int
	taken  *schema.Attribute

	leftOut    error // why the first part was left out; the error if nothing else is left to do
	understood bool  // whether anything else was in the request
	left       bool  // whether the next reported part was left out

	visits int // elements of multi-valued attributes that operations had to look at
}

// maxVisits bounds the cost of all operations of one request, each of which may visit every element
// of a list: about a tenth of a second. A thousand operations on a hundred elements are within it.
const maxVisits = 100_000

// Work returns how many elements the operations may have to look at if each is about the longest
// list of doc, and 1 at least for each of them.
func (r Request) Work(doc *scim.Document) int {
	longest := 1
	for _, v := range doc.All() {
		if list, ok := v.([]any); ok {
			longest = max(longest, len(list))
		}
	}
	return longest * len(r.Operations)
}

func (a *application) operation(op Operation) error {
	switch {
	case op.Path == "" && op.Op == Remove:
		return noPath()
	case op.Path == "":
		return a.object("", op.Value)
	}
	path, err := ParsePath(op.Path, a.rt, a.tol)
	switch {
	case errors.Is(err, errUnknown):
		return a.unknown(op.Path, err, scim.InvalidPath)
	case err != nil:
		return err
	case path.Attribute == nil:
		return a.extension(path.Extension, op.Value)
	default:
		return a.attribute(path, op.Value)
	}
}

// object carries the operation out on each member of v, which are attributes of the extension urn,
// or of the resource if urn is "".
func (a *application) object(urn string, v any) error {
	object, err := objectOf(v, urn, a.tol)
	if err != nil {
		return err
	}
	if object.Len() == 0 {
		a.report(urn, ResultNoOp, "the value is empty")
	}
	for name, v := range object.All() {
		if err := a.member(urn, name, v); err != nil {
			return err
		}
	}
	return nil
}

func (a *application) member(urn, name string, v any) error {
	text, qualified := name, strings.Contains(attributeName(name), ":")
	if urn != "" {
		text, qualified = urn+":"+name, false
	}
	path, err := ParsePath(text, a.rt, a.tol)
	switch {
	case errors.Is(err, errUnknown):
		return a.unknown(text, err, scim.InvalidSyntax)
	case err != nil:
		return err
	case path.Attribute == nil:
		return a.extension(path.Extension, v)
	case path.Attribute == a.taken:
		return nil
	case path.mutability() == schema.ReadOnly && !computed(path):
		a.leave(scim.BadRequest(scim.Mutability, "%s is read-only.", path.Path))
		return a.ignore(scim.ReadOnlyIgnored, path.Path.String(), scim.Mutability, "it is read-only")
	}
	if urn == "" && (qualified || path.Extension != "") {
		if err := a.tol.Accept(scim.URNName, path.Path.String(), scim.InvalidSyntax); err != nil {
			return err
		}
	}
	if path.Sub != nil || path.Filter != nil {
		if err := a.tol.Accept(scim.DottedName, path.Path.String(), scim.InvalidSyntax); err != nil {
			return err
		}
	}
	return a.attribute(path, v)
}

// extension carries the operation out on all that an extension holds.
func (a *application) extension(urn string, v any) error {
	if a.op == Add || a.op == Replace && v != nil {
		return a.object(urn, v)
	}
	for name := range a.doc.Sub(urn).All() {
		path, err := a.rt.Resolve(urn + ":" + name)
		if err == nil && (path.Attribute.Required || path.Attribute.Mutability != schema.ReadWrite) {
			return fixed(path.Attribute, path.String())
		}
	}
	a.reportChange(urn, a.doc.Delete(urn), "")
	return nil
}

// attribute carries the operation out at a path that is not a whole extension.
func (a *application) attribute(path Path, v any) error {
	at := path.Path.String()
	switch path.mutability() {
	case schema.ReadOnly:
		if computed(path) {
			a.report(at, ResultIgnored, "the service computes it")
			return nil
		}
		return scim.BadRequest(scim.Mutability, "%s is read-only.", at)
	case schema.WriteOnly:
		a.report(at, ResultIgnored, "it is never kept")
		return nil
	case schema.ReadWrite, schema.Immutable:
	}
	if path.Sub == nil && !path.Attribute.Understands(v) {
		why := scim.BadRequest(scim.InvalidPath, "%s has no sub-attribute of the names in the value.", at)
		return a.unknown(at, why, scim.InvalidSyntax)
	}
	holder := a.holder(path.Extension)
	if a.visits += len(holder.List(path.Attribute.Name)); a.visits > maxVisits {
		return tooMuch()
	}
	e := edit{op: a.op, path: path, at: path.whole(), tol: a.tol}
	changed, err := e.in(holder, v)
	if err != nil {
		return err
	}
	a.keep(path.Extension, holder)
	if changed && path.Attribute.MultiValued {
		a.edited[e.at], a.touched[e.at] = path.Path, path.Path
	}
	a.reportChange(at, changed, e.why)
	return nil
}

func tooMuch() error {
	return scim.BadRequest(scim.TooMany, "the operations up to here are too much for one request: send several.")
}

// holder returns the document that the attributes of the extension are in; keep puts it back.
func (a *application) holder(extension string) *scim.Document {
	if extension == "" {
		return a.doc
	}
	if held := a.doc.Sub(extension); held != nil {
		return held
	}
	return &scim.Document{}
}

func (a *application) keep(extension string, holder *scim.Document) {
	switch {
	case extension == "":
	case holder.Len() == 0:
		a.doc.Delete(extension)
	default:
		a.doc.Set(extension, holder)
	}
}

// tidy brings the lists that an operation edited into stored form, in which edits of single
// elements may have left two that are equal: the next operation is to find one.
func (a *application) tidy() {
	for _, path := range a.edited {
		holder := a.holder(path.Extension)
		if list := holder.List(path.Attribute.Name); list != nil {
			holder.Set(path.Attribute.Name, path.Attribute.Tidy(list))
		}
	}
	clear(a.edited)
}

// complete drops the elements that the operations left without a value, and checks what the
// resource must have, if anything was applied.
func (a *application) complete() error {
	for at, path := range a.touched {
		holder := a.holder(path.Extension)
		list := holder.List(path.Attribute.Name)
		if list == nil {
			continue
		}
		switch list = path.Attribute.Prune(list); {
		case len(list) > 0:
			holder.Set(path.Attribute.Name, list)
		case path.Attribute.Required:
			return fixed(path.Attribute, at)
		default:
			holder.Delete(path.Attribute.Name)
			a.keep(path.Extension, holder)
		}
	}
	for _, o := range a.outcomes {
		if o.Result == ResultApplied {
			return a.rt.CheckRequired(a.doc)
		}
	}
	return nil
}

// computed reports whether path is "schemas", which clients send with every resource and which is
// computed from the other attributes.
func computed(path Path) bool {
	return path.Extension == "" && path.Attribute.Name == "schemas"
}

// unknown leaves out the unknown attribute that text names; err is the reason. One rule covers
// every form: an unknown URN, a name that a known schema does not have, a sub-attribute.
func (a *application) unknown(text string, err error, otherwise scim.ErrorType) error {
	a.leave(err)
	if a.rt.Foreign(attributeName(text)) {
		return a.ignore(scim.UnknownSchema, text, otherwise, "no known schema has it")
	}
	return a.ignore(scim.UnknownIgnored, text, otherwise, "no schema has it")
}

// leave records why a part is left out. The request is refused with that error if it holds nothing
// else.
func (a *application) leave(err error) {
	if a.leftOut == nil {
		a.leftOut = inOperation(a.number, err)
	}
	a.left = true
}

// ignore leaves out what text names, through the coercion c.
func (a *application) ignore(c scim.Coercion, text string, otherwise scim.ErrorType, why string) error {
	name := note(text)
	if err := a.tol.Accept(c, name, otherwise); err != nil {
		return err
	}
	a.report(name, ResultIgnored, why)
	return nil
}

func (a *application) reportChange(at string, changed bool, why string) {
	if changed {
		a.report(at, ResultApplied, why)
	} else {
		a.report(at, ResultNoOp, "nothing to change")
	}
}

func (a *application) report(at string, result Result, why string) {
	a.understood = a.understood || !a.left
	a.left = false
	a.outcomes = append(a.outcomes, Outcome{Operation: a.number, Op: a.op, Path: at, Result: result, Why: why})
}
