// Package overlay is a directory.Store for requests that are only played: it reads what another
// store has, and keeps every write in memory. It holds the other store as a Below, which has no
// method that writes, so nothing that is played can reach it.
//
//	store.go    the store, its bound, and the part of one tenant
//	users.go    users
//	groups.go   groups and their memberships
//	waiting.go  members that wait for their person
//	list.go     pages of what is below and what was written here, in one order
package overlay
