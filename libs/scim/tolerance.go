package scim

import (
	"slices"
	"strings"
)

// Coercion names one known departure from the RFCs that is accepted and corrected. Metrics count it
// by this name, and administrators read the name in the activity.
type Coercion string

// The coercions, with the client that forces each. docs/divergences.md describes each.
const (
	CapitalOp          Coercion = "capital_op"            // "op":"Replace": Entra ID
	StringBoolean      Coercion = "string_boolean"        // "True" for true: Entra ID
	StringNumber       Coercion = "string_number"         // "5" for 5: Entra ID sends every value as a string
	SingleAsList       Coercion = "single_as_list"        // [x] for a single-valued attribute: Entra ID
	ListAsSingle       Coercion = "list_as_single"        // x for [x]: Entra ID
	ValueForComplex    Coercion = "value_for_complex"     // "manager":"7" for {"value":"7"}: Entra ID
	DottedName         Coercion = "dotted_name"           // "name.givenName" as a member: Entra ID
	URNName            Coercion = "urn_name"              // "urn:...:User:department", or a bare "manager", as a member: Entra ID
	CreatedByFilter    Coercion = "created_by_filter"     // value path without a match makes the element: Entra ID
	RemoveWithValue    Coercion = "remove_with_value"     // remove lists the elements in value: Entra ID
	UnquotedValue      Coercion = "unquoted_filter_value" // externalId eq jyoung: Entra ID
	ValuePathCompared  Coercion = "compared_value_path"   // emails[type eq "work"].value eq "x": Entra ID
	ReadOnlyIgnored    Coercion = "read_only_ignored"     // id, meta, groups in a PATCH's object: Okta
	UnknownIgnored     Coercion = "unknown_ignored"       // an attribute no schema has: mapped by an administrator
	UnknownSchema      Coercion = "unknown_schema"        // a URN no schema has: Microsoft's second group schema
	MissingSchemas     Coercion = "missing_schemas"       // no "schemas" in the body, or an extension's URN is not in it: Entra ID
	NoOperations       Coercion = "no_operations"         // empty Operations: the validator of Entra ID
	UnnormalisedPath   Coercion = "untidy_path"           // //Users, /Users/: a slash too many in the base URL
	SecondPrimary      Coercion = "second_primary"        // more than one primary: the last one stays
	DuplicateElement   Coercion = "duplicate_element"     // the same element twice in one list
	MissingMember      Coercion = "missing_member"        // a member id that no user has: skipped
	TokenWithoutScheme Coercion = "bare_token"            // Authorization without a scheme: Okta's header mode
	URNDot             Coercion = "urn_dot"               // "urn:...:User.employeeNumber": Apache Syncope
	OtherQuotes        Coercion = "other_quotes"          // userName eq 'a@x': scripts, and what word processors make of "
	JSONString         Coercion = "json_string"           // "{"value":"7"}" for {"value":"7"}: Entra ID's role mappings
	WrappedValue       Coercion = "wrapped_value"         // {"value":"x"} for x: Entra ID, Databricks' documented requests
	ForeignSchemas     Coercion = "foreign_schemas"       // "schemas" names none of ours: OneLogin
	Tombstone          Coercion = "tombstone"             // userName behind 32 hexadecimal digits: Entra ID's soft delete
)

// LeftOut says in a phrase why what stood at the path of c was left out of the request, "" for a
// coercion that puts something right.
func (c Coercion) LeftOut() string {
	switch c {
	case UnknownIgnored:
		return "no schema has it"
	case UnknownSchema:
		return "its schema is not known"
	default:
		return ""
	}
}

// Accepted is one coercion that took place. Path is the attribute path it applied to, "" if none;
// never a value. It may be a name that the client made up, of which maxPath bytes are kept.
type Accepted struct {
	Coercion Coercion
	Path     string
}

// Tolerance decides whether departures from the RFCs are corrected, and records those that were.
//
// Strict refuses them all. A nil *Tolerance accepts everything and records nothing. It serves one
// request and is not safe for concurrent use.
type Tolerance struct {
	Strict   bool
	Accepted []Accepted // each once, in the order they came; mostAccepted at most
}

// Bounds of what one request can make a Tolerance record, since a body may hold unknown names of
// any number and length.
const (
	mostAccepted = 100
	maxPath      = 200
)

// Accept records that c was needed at path. With Strict it returns instead an *Error, 400 of the
// given type, that names both.
func (t *Tolerance) Accept(c Coercion, path string, otherwise ErrorType) error {
	if t == nil {
		return nil
	}
	if t.Strict {
		return BadRequest(otherwise, "%s is refused (%s): this organisation accepts only what RFC 7643 and RFC 7644 allow.", Quote(path), c)
	}
	if len(path) > maxPath {
		path = strings.ToValidUTF8(path[:maxPath], "")
	}
	accepted := Accepted{c, path}
	if len(t.Accepted) < mostAccepted && !slices.Contains(t.Accepted, accepted) {
		t.Accepted = append(t.Accepted, accepted)
	}
	return nil
}
