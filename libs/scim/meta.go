package scim

import (
	"slices"
	"strconv"
	"strings"
)

// ETag returns the entity tag of a resource's version, W/"7" for 7. It is weak, since one version
// has many representations (RFC 7644 section 3.14).
func ETag(version int64) string {
	return weak + `"` + strconv.FormatInt(version, 10) + `"`
}

// Precondition is what If-Match and If-None-Match require of a resource's version. The zero
// Precondition requires nothing.
type Precondition struct {
	match, noneMatch entityTags
}

// ParsePrecondition reads the values of the two header fields, "" where a request has none: "*" or
// a list of entity tags, weak or not (RFC 9110 sections 13.1.1 and 13.1.2). Tags that are not in
// this service's format are legal and match nothing. The error, if any, is an *Error, 400
// invalidSyntax, naming the field.
func ParsePrecondition(ifMatch, ifNoneMatch string) (Precondition, error) {
	match, ok := parseEntityTags(ifMatch)
	if !ok {
		return Precondition{}, malformed("If-Match")
	}
	noneMatch, ok := parseEntityTags(ifNoneMatch)
	if !ok {
		return Precondition{}, malformed("If-None-Match")
	}
	return Precondition{match, noneMatch}, nil
}

func malformed(field string) error {
	return BadRequest(InvalidSyntax, "The header field %s must be * or a list of entity tags such as %s.", field, ETag(7))
}

// Matches reports whether a resource that exists at version satisfies p: If-Match, where given,
// names it, and If-None-Match does not. Tags are compared weakly in both, because RFC 7644 section
// 3.14 puts weak ones into If-Match.
func (p Precondition) Matches(version int64) bool {
	return (p.match == nil || p.match.name(version)) && (p.noneMatch == nil || !p.noneMatch.name(version))
}

// entityTags are the opaque tags of a list with their quotes, or "*" alone, which matches every
// tag. nil: the header is absent.
type entityTags []string

func (t entityTags) name(version int64) bool {
	return slices.Contains(t, "*") || slices.Contains(t, strings.TrimPrefix(ETag(version), weak))
}

const weak = "W/"

func parseEntityTags(value string) (entityTags, bool) {
	const space = " \t"
	rest := strings.Trim(value, space)
	if rest == "*" {
		return entityTags{rest}, true
	}
	var tags entityTags
	for rest != "" {
		rest = strings.TrimPrefix(rest, weak)
		if rest == "" || rest[0] != '"' {
			return nil, false
		}
		size := strings.IndexByte(rest[1:], '"') + 2
		if size < 2 {
			return nil, false
		}
		tags = append(tags, rest[:size])
		rest = strings.TrimLeft(rest[size:], space)
		if rest != "" && rest[0] != ',' {
			return nil, false
		}
		rest = strings.TrimLeft(rest, space+",") // a list may have empty elements, RFC 9110 section 5.6.1
	}
	return tags, true
}
