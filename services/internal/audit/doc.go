// Package audit is the record of who requested what in an organisation: its entries, their chain,
// and its verification by anyone.
//
//	entry.go   an entry: who requested which action, and the result
//	new.go     how an entry begins
//	chain.go   the chain that links each entry of an organisation to the one before
//	query.go   which entries a reader requests, and the position in the list
//	line.go    an entry in JSON, as organisations read and export it
//	verify.go  whether the entries of an organisation are all there, as they were written
//	part.go    the same of a part, for an audit that is too long to be read at once
//	append.go  what a program needs to add entries
//
// The package stores nothing: an issuer.Store does, and an auditstore.Store.
package audit
