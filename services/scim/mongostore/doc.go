// Package mongostore is the directory.Store of production, on MongoDB.
//
// It needs no transactions and no replica set to be right: every change takes place in one atomic
// write of one document. The write records its follow-up work in the document, and the next reader
// or writer completes it. README.md explains the protocol.
package mongostore
