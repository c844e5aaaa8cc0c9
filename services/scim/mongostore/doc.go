// Package mongostore is the directory.Store of production, on MongoDB.
//
// It needs no transactions and no replica set to be right: every change takes place in one atomic
// write of one document. What such a write entails elsewhere, it says in the document itself, and
// whoever comes next finishes it. README.md tells how.
package mongostore
