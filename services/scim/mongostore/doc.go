// Package mongostore is the directory.Store of production, on MongoDB.
//
// It needs no transactions and no replica set to be right: every change takes place in one atomic
// write of one document. The write records its follow-up work in the document, and the next reader
// or writer completes it. README.md explains the protocol and names the files.
//
// A group is one document, which passes through these states; each arrow is a function. A process
// may stop anywhere: any other one goes on from the state that it finds.
//
//	CreateGroup            storeVersion: the next version, with the change of its members
//	     |           +---------------------+
//	     v           |                     |
//	  pending <------+                     |
//	     |                                 |
//	     | carryOut: memberships; tell or  |
//	     | the next version clears the mark|
//	     v                                 |
//	  finished ----------------------------+
//	     |
//	     | DeleteGroup, in either state: readers see the group no longer, its name is free
//	     v
//	  marked as deleted
//	     |
//	     | purge: deleteMemberships, then the document
//	     v
//	   gone
//
// A user who is deleted is marked as well; removeFromGroups then ends each membership by the next
// version of its group (removeMember), and clears the mark.
package mongostore
