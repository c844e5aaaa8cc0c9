package schema

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/devrev/scim/libs/scim"
)

// Bounds of an organisation's own schema.
const (
	maxAttributes    = 64 // of a schema, and of a complex attribute
	maxDescription   = 512
	maxAttributeName = 64
)

// attributeName is ATTRNAME of RFC 7643 section 2.1, without the $ that only $ref has.
var attributeName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)

// credential matches the names of attributes that hold passwords, keys and the like. Their values
// would be stored, returned and recorded in the activity as all others are.
var credential = regexp.MustCompile(`(?i)password|passwd|passphrase|passcode|secret|credential|private_?-?key|api_?-?key|access_?-?key|recovery_?-?code|` +
	`totp|otp_?-?(seed|key)|(access|refresh|bearer|auth|id)_?-?token|^(pwd|pin|otp|token|jwt)$`)

// extensionURN is a URN (RFC 8141) of characters that can precede an attribute in a path.
var extensionURN = regexp.MustCompile(`^(?i:urn):[A-Za-z0-9][A-Za-z0-9-]{1,31}:[A-Za-z0-9:._-]{1,160}[A-Za-z0-9]$`)

// reserved begin the URNs that are not an organisation's to define.
var reserved = []string{"urn:ietf:", "urn:devrev:"}

// CheckExtension checks whether s can be an organisation's own extension. Its id must be a URN of
// its own. Its attributes must have legal names, each once and none that of a credential, and
// characteristics that the service supports: a type of RFC 7643 section 2.3, complex to one level,
// none required, readOnly or unique, since only the identity provider writes them. Characteristics
// left empty take the defaults of section 2.2.
//
// The error, if any, is one sentence that names the attribute.
func (s *Schema) CheckExtension() error {
	if !extensionURN.MatchString(s.ID) {
		return fmt.Errorf("%s is not a URN such as urn:example:scim:schemas:extension:1.0:User", scim.Quote(s.ID))
	}
	for _, prefix := range reserved {
		if strings.HasPrefix(strings.ToLower(s.ID), prefix) {
			return fmt.Errorf("%s begins with %s, which is reserved", scim.Quote(s.ID), prefix)
		}
	}
	if len(s.Name)+len(s.Description) > maxDescription {
		return fmt.Errorf("name and description are longer than %d bytes", maxDescription)
	}
	if len(s.Attributes) == 0 {
		return fmt.Errorf("%s has no attributes", scim.Quote(s.ID))
	}
	return checkAttributes("", s.Attributes)
}

func checkAttributes(within string, attributes []*Attribute) error {
	if len(attributes) > maxAttributes {
		return fmt.Errorf("there are %d attributes in one place, %d are possible", len(attributes), maxAttributes)
	}
	seen := map[string]bool{}
	for _, a := range attributes {
		if a == nil {
			return errors.New("an attribute is null")
		}
		path := within + a.Name
		name := scim.FoldCase(a.Name)
		if seen[name] {
			return fmt.Errorf("the attribute %s is defined twice", path)
		}
		seen[name] = true
		if err := a.check(path, within != ""); err != nil {
			return err
		}
	}
	return nil
}

func (a *Attribute) check(path string, isSub bool) error {
	switch {
	case len(a.Name) > maxAttributeName || !attributeName.MatchString(a.Name):
		return fmt.Errorf("%s is not a valid attribute name: letters, digits, - and _, beginning with a letter, %d at most", scim.Quote(a.Name), maxAttributeName)
	case credential.MatchString(a.Name):
		return fmt.Errorf("%s is named like a credential, which is not stored here: everyone who may read the user would see it", path)
	case len(a.Description) > maxDescription:
		return fmt.Errorf("the description of %s is longer than %d bytes", path, maxDescription)
	case !legal(a.Type, String, Boolean, Decimal, Integer, DateTime, Binary, Reference, Complex):
		return fmt.Errorf("%s has the type %s, which RFC 7643 section 2.3 does not have", path, scim.Quote(string(a.Type)))
	case !legal(a.Mutability, ReadWrite, Immutable, WriteOnly):
		return fmt.Errorf("%s can be readWrite, immutable or writeOnly, not %s", path, scim.Quote(string(a.Mutability)))
	case !legal(a.Returned, Always, Never, Default, Request):
		return fmt.Errorf("%s has returned %s, which RFC 7643 section 7 does not have", path, scim.Quote(string(a.Returned)))
	case !legal(a.Uniqueness, None):
		return fmt.Errorf("%s cannot be unique", path)
	case a.Required:
		return fmt.Errorf("%s cannot be required: an identity provider that does not map it could not create any user", path)
	case a.Type != Complex && len(a.SubAttributes) > 0:
		return fmt.Errorf("%s has sub-attributes but is not complex", path)
	case a.Type == Complex && isSub:
		return fmt.Errorf("%s is complex within a complex attribute", path)
	case a.Type == Complex && len(a.SubAttributes) == 0:
		return fmt.Errorf("%s is complex but has no sub-attributes", path)
	}
	return checkAttributes(path+".", a.SubAttributes)
}

// legal reports whether v is one of the values, or empty, which means the default.
func legal[T ~string](v T, values ...T) bool { return v == "" || slices.Contains(values, v) }
