// Package scimserver puts the SCIM service together: the protocol's handlers and the organisation's
// API over one directory.
//
//	server.go        the wiring, and what runs behind the requests
//	config.go        the environment
//	organisation.go  an organisation's terms, from its copy beside the tokens
//	protection.go    one process or many: feed, fence, places of pages, rates
//	rate.go          how many requests of an organisation pass
//	rehearsal.go     a change tried out for the connection doctor
//	turnedaway.go    refused tokens, for the organisation's activity
//	verify.go        what a token passes
package scimserver
