// Package chain appends documents to numbered chains in a collection of MongoDB, one chain for each
// organisation. Any number of processes may append at once: a unique index decides who is next, so
// that the numbers have no gap and none is there twice.
//
// A chain's head, which is the number and hash of its last document, is a document of its own in
// the same collection, so that one command writes a document and then raises the head. If a server
// dies between the two, the head is late; the next append finds its place taken, and goes on from
// the last document.
package chain
