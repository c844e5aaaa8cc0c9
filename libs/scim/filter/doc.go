// Package filter is the filter language of RFC 7644 section 3.4.2.2: text to tree (Parse), tree to
// truth (Match) and tree to text (Format).
//
// The tree is resolved: its paths are attributes of a schema and its values are of their types, so
// that an interpreter (Match here, a compiler to a database's query elsewhere) needs neither names
// nor conversions. A filter that cannot be evaluated is refused while parsing, so an interpreter
// never meets one.
package filter
