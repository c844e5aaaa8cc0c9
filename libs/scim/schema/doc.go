// Package schema describes resources as RFC 7643 does, as data, and converts documents to the
// described form.
//
// A Registry holds the resource types with their schemas; Load makes one from the files in core,
// which follow RFC 7643 section 8.7 and leave out every characteristic that has the default of
// section 2.2. A ResourceType or a complex Attribute is a Scope, in which a name resolves to a
// Path.
//
// Three conversions use the description. Validate and Coerce convert what a client sent into the
// stored form: canonical names, right types, no unknown and no read-only attributes. Comparable
// turns a value into the form in which filters compare it. A Projection converts a stored document
// into the representation that one request requests.
package schema
