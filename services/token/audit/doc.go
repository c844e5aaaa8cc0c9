// Package audit is the record of who asked for what in an organisation: its entries, their chain, and how anybody can verify one.
//
//	entry.go   an entry: who asked for which action, and what came of it
//	chain.go   the chain that links each entry of an organisation to the one before
//	query.go   which entries a reader asks for, and where in the list
//	line.go    an entry in JSON, as organisations read and export it
//	verify.go  whether the entries of an organisation are all there, as they were written
//	part.go    the same of a part, for an audit that is too long to be read at once
//
// The package keeps nothing: an issuer.Store does.
package audit
