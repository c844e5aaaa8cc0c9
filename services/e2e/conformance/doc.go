// Package conformance holds the product, as a process behind HTTP, against what RFC 7643, RFC 7644
// and RFC 9865 ask of a service provider. It has tests only. Each row of a table proves one rule
// and is called by the section the rule stands in; docs/conformance.md lists the rules of each
// section with the rows that prove them, and a test compares the two.
package conformance
