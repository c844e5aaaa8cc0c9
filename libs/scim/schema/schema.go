package schema

// Type is the data type of an attribute, RFC 7643 section 2.3.
type Type string

// The data types.
const (
	String    Type = "string"
	Boolean   Type = "boolean"
	Decimal   Type = "decimal"
	Integer   Type = "integer"
	DateTime  Type = "dateTime"
	Binary    Type = "binary"
	Reference Type = "reference"
	Complex   Type = "complex"
)

// Mutability is who may write an attribute, RFC 7643 section 7.
type Mutability string

// The mutabilities.
const (
	ReadOnly  Mutability = "readOnly"
	ReadWrite Mutability = "readWrite"
	Immutable Mutability = "immutable"
	WriteOnly Mutability = "writeOnly"
)

// Returned is when an attribute is part of a representation, RFC 7643 section 7.
type Returned string

// When an attribute is returned.
const (
	Always  Returned = "always"
	Never   Returned = "never"
	Default Returned = "default"
	Request Returned = "request"
)

// Uniqueness of an attribute's values, RFC 7643 section 7.
type Uniqueness string

// The reaches of uniqueness.
const (
	None   Uniqueness = "none"
	Server Uniqueness = "server"
	Global Uniqueness = "global"
)

// Attribute describes one attribute or sub-attribute by the characteristics of RFC 7643 section 7.
// It is data: made once, by Load or by an organisation's registration, and only read afterwards, so
// it is safe to share.
type Attribute struct {
	Name            string       `json:"name"`
	Type            Type         `json:"type"`
	MultiValued     bool         `json:"multiValued"`
	Description     string       `json:"description,omitempty"`
	Required        bool         `json:"required"`
	CanonicalValues []string     `json:"canonicalValues,omitempty"`
	CaseExact       bool         `json:"caseExact"`
	Mutability      Mutability   `json:"mutability"`
	Returned        Returned     `json:"returned"`
	Uniqueness      Uniqueness   `json:"uniqueness"`
	ReferenceTypes  []string     `json:"referenceTypes,omitempty"`
	SubAttributes   []*Attribute `json:"subAttributes,omitempty"`

	// Lasting means that there is always a value: null leaves it unchanged, and it cannot be
	// removed. active is lasting.
	Lasting bool `json:"-"`
	// Unlisted keeps the attribute out of /Schemas, since no response holds it: writes to it are
	// accepted and dropped.
	Unlisted bool `json:"-"`

	// Fold maps strings that this attribute holds equal to one form; nil means FoldCase. It is not
	// used where CaseExact is set.
	Fold func(string) string `json:"-"`
}

// Schema is a named set of attributes, RFC 7643 section 7.
type Schema struct {
	ID          string       `json:"id"`
	Name        string       `json:"name"`
	Description string       `json:"description"`
	Attributes  []*Attribute `json:"attributes"`
}

// Extension is a schema that adds attributes to a resource type under its own URN.
type Extension struct {
	Schema   *Schema
	Required bool
}

// ResourceType is a kind of resource: its endpoint, its core schema and its extensions, RFC 7643
// section 6. The common attributes (schemas, id, externalId, meta; section 3.1) belong to each
// resource type and to no schema.
type ResourceType struct {
	Name        string // "User"
	Endpoint    string // "/Users"
	Description string
	Schema      *Schema
	Extensions  []Extension
	Common      []*Attribute
}

// Path names an attribute of a resource type: its position in a document and its definition.
//
// Extension is the URN of the extension that holds it, "" for the core schema and the common
// attributes. Sub is nil unless the path names a sub-attribute. With Attribute nil the path names
// the whole extension, or without one the resource itself.
type Path struct {
	Extension string
	Attribute *Attribute
	Sub       *Attribute
}

// Target is the attribute the path ends in: Sub, else Attribute; nil for a whole extension.
func (p Path) Target() *Attribute {
	if p.Sub != nil {
		return p.Sub
	}
	return p.Attribute
}

// A Scope resolves attribute paths. *ResourceType is the scope of filters and PATCH paths, a
// complex *Attribute that of the filter inside a value path.
type Scope interface {
	// Resolve returns what the text names, any case, with or without a schema URN before it
	// (RFC 7644 section 3.10). The error, if any, is a *scim.Error of type invalidPath.
	Resolve(text string) (Path, error)
}
