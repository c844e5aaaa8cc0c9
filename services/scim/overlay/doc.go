// Package overlay is a directory.Store for a rehearsal: it reads what another store has, and keeps
// every write in memory. It holds the other store as a Below, which has no method that writes, so
// nothing of a rehearsal can reach it.
//
//	store.go    the store, its bound, and the part of one tenant
//	users.go    users
//	groups.go   groups and their memberships
//	list.go     pages of what is below and what was written here, in one order
package overlay
