// Package filter is the filter language of RFC 7644 section 3.4.2.2: text to tree (Parse), tree to truth (Match) and
// tree to text (Format).
//
// The tree is resolved: its paths are attributes of a schema and its values are of their types, so that whoever
// interprets it (Match here, a compiler to a database's query elsewhere) needs neither names nor conversions. What
// cannot be answered is refused while parsing; no interpreter meets a filter it does not understand.
package filter
