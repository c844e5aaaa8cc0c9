package patch

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
)

// MaxOperations is how many operations one request may have.
const MaxOperations = 1000

// Op is what an operation does.
type Op string

// The operations.
const (
	Add     Op = "add"
	Remove  Op = "remove"
	Replace Op = "replace"
)

// Operation is one operation of a request. Path is what the client wrote, "" for the resource
// itself. Value is of the types a Document's member has; nil for null and, with Remove, for none.
type Operation struct {
	Op    Op
	Path  string
	Value any

	// number is the 1-based position in the client's request, 0 if it is that in Operations.
	number int
	// taken is the attribute, if any, that the value has and Apply is to leave out, since
	// SplitMembers has seen to it.
	taken *schema.Attribute
}

// Request is the body of a PATCH.
type Request struct {
	Operations []Operation

	// MembersAt is the prefix of the $ref of a group's members, which their id follows; "" if it is
	// unknown. With it, members that one operation adds are found by the next.
	MembersAt string
}

// Decode reads the body of a PATCH, RFC 7644 section 3.5.2. The values are shared with body.
//
// Through tol: an op that is not in lower case (CapitalOp), no PatchOp in "schemas"
// (MissingSchemas), an empty list of operations (NoOperations), one operation in place of the list
// (ListAsSingle), a value without path that is a list of one (SingleAsList). The error, if any, is
// a *scim.Error of status 400: invalidSyntax if the body is not of that form, noTarget for a remove
// without path, invalidValue for an add or replace without value, tooMany past MaxOperations.
func Decode(body *scim.Document, tol *scim.Tolerance) (Request, error) {
	if !slices.ContainsFunc(body.List("schemas"), isPatchOp) {
		if err := tol.Accept(scim.MissingSchemas, "schemas", scim.InvalidSyntax); err != nil {
			return Request{}, err
		}
	}
	v, _ := body.Get("Operations")
	list, ok := v.([]any)
	if one, alone := v.(*scim.Document); alone {
		if err := tol.Accept(scim.ListAsSingle, "Operations", scim.InvalidSyntax); err != nil {
			return Request{}, err
		}
		list, ok = []any{one}, true
	}
	switch {
	case !ok:
		return Request{}, scim.BadRequest(scim.InvalidSyntax, `The body must hold "Operations", a list.`)
	case len(list) > MaxOperations:
		return Request{}, scim.BadRequest(scim.TooMany,
			"A request may hold %d operations, this one holds %d: send several.", MaxOperations, len(list))
	case len(list) == 0:
		return Request{}, tol.Accept(scim.NoOperations, "Operations", scim.InvalidSyntax)
	}
	req := Request{Operations: make([]Operation, len(list))}
	for i, v := range list {
		op, err := decodeOperation(v, tol)
		if err != nil {
			return Request{}, inOperation(i+1, err)
		}
		req.Operations[i] = op
	}
	return req, nil
}

func isPatchOp(urn any) bool {
	s, _ := urn.(string)
	return strings.EqualFold(s, scim.PatchOpSchema)
}

func decodeOperation(v any, tol *scim.Tolerance) (Operation, error) {
	object, ok := v.(*scim.Document)
	if !ok {
		return Operation{}, scim.BadRequest(scim.InvalidSyntax, "it must be an object.")
	}
	var op Operation
	name := object.String("op")
	switch op.Op = Op(strings.ToLower(name)); op.Op {
	case Add, Remove, Replace:
	default:
		return Operation{}, scim.BadRequest(scim.InvalidSyntax,
			`"op" must be "add", "remove" or "replace", not %s.`, scim.Quote(name))
	}
	if string(op.Op) != name {
		if err := tol.Accept(scim.CapitalOp, "op", scim.InvalidSyntax); err != nil {
			return Operation{}, err
		}
	}
	path, _ := object.Get("path")
	if op.Path, ok = path.(string); !ok && path != nil {
		return Operation{}, scim.BadRequest(scim.InvalidSyntax, `"path" must be a string.`)
	}
	op.Path = strings.TrimSpace(op.Path)
	var given bool
	op.Value, given = object.Get("value")
	if list, ok := op.Value.([]any); ok && op.Path == "" && len(list) == 1 {
		if err := tol.Accept(scim.SingleAsList, "value", scim.InvalidSyntax); err != nil {
			return Operation{}, err
		}
		op.Value = list[0]
	}
	switch {
	case op.Op == Remove && op.Path == "":
		return Operation{}, noPath()
	case op.Op != Remove && !given:
		return Operation{}, scim.BadRequest(scim.InvalidValue, `%s needs a "value".`, op.Op)
	}
	return op, nil
}

func noPath() error {
	return scim.BadRequest(scim.NoTarget, `remove needs a "path".`)
}

// inOperation returns err with the number of the operation before its detail.
func inOperation(number int, err error) error {
	refused, ok := errors.AsType[*scim.Error](err)
	if !ok {
		return fmt.Errorf("operation %d: %w", number, err)
	}
	numbered := *refused
	numbered.Detail = fmt.Sprintf("operation %d: %s", number, refused.Detail)
	return &numbered
}
