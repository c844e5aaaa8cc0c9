package mongostore

import (
	"slices"
	"strconv"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/history"
)

// Each write of a user or group keeps, in the same document, what that was before: in the field
// out, oldest first. So a change and what there is to tell of it are one atomic write. tell hands
// it on and empties out.

// mostUntold is how many versions out holds; the writer of one more tells first.
const mostUntold = 8

// past is a user or group at a version that has been replaced, and what the version after it
// changed in the members of a group.
type past struct {
	Version  int64            `bson:"ver"` // 0: there was none, the next one is the first
	State    directory.State  `bson:"state,omitempty"`
	SignedIn bool             `bson:"signedIn,omitempty"`
	Deleted  bool             `bson:"deleted,omitempty"`
	Document document         `bson:"doc,omitempty"`
	Modified time.Time        `bson:"modified,omitempty"`
	Cause    causeDocument    `bson:"cause,omitempty"`
	Moved    membershipChange `bson:"moved,omitempty"` // unless they are several parts
	Parts    int              `bson:"parts,omitempty"` // how many, then: documents of the history
}

// causeDocument is a directory.Cause as it is stored.
type causeDocument struct {
	RequestID  string `bson:"request,omitempty"`
	TraceID    string `bson:"trace,omitempty"`
	TokenID    string `bson:"token,omitempty"`
	Client     string `bson:"client,omitempty"`
	By         string `bson:"by,omitempty"`
	Actor      string `bson:"actor,omitempty"`
	Undo       string `bson:"undo,omitempty"`
	HideValues bool   `bson:"hide,omitempty"`
	Forget     bool   `bson:"forget,omitempty"`
}

// IsZero has an empty cause left out.
func (c causeDocument) IsZero() bool { return c == causeDocument{} }

// first is what out holds of a new user or group.
func first(change membershipChange) []past {
	var p past
	p.Moved, p.Parts = inPlace(change)
	return []past{p}
}

// inPlace returns what of a change of members is kept in out: all, or in how many parts of the
// history it is.
func inPlace(change membershipChange) (membershipChange, int) {
	if n := history.Parts(directory.MembershipChange{Added: change.Add, Removed: change.Remove}); n > 1 {
		return membershipChange{}, n
	}
	change.Wait = false
	return change, 0
}

// turned is the update that puts next in place of a document, which it adds to out. computed are
// further fields, made of those of the document.
func turned(next any, change membershipChange, computed ...bson.E) bson.A {
	return bson.A{bson.D{is("$replaceWith", bson.D{is("$mergeObjects", bson.A{
		bson.D{is("$literal", next)}, append(bson.D{is("out", withOut(change))}, computed...),
	})})}}
}

// withOut is the value of out once the document as it is has been added.
func withOut(change membershipChange) bson.D {
	moved, parts := inPlace(change)
	now := bson.D{
		is("ver", "$ver"), is("state", "$state"), is("signedIn", "$signedIn"), is("deleted", "$deleted"), is("doc", "$doc"),
		is("modified", "$modified"), is("cause", "$cause"), is("moved", bson.D{is("$literal", moved)}), is("parts", bson.D{is("$literal", parts)}),
	}
	return bson.D{is("$concatArrays", bson.A{bson.D{is("$ifNull", bson.A{"$out", bson.A{}})}, bson.A{now}})}
}

// hasRoom is a term of documents that can take one version more in out.
func hasRoom() bson.E { return exists(lastUntold, false) }

var lastUntold = "out." + strconv.Itoa(mostUntold-1)

// withLastUntold is withoutKey, except that a document without room has something in out.
func withLastUntold() bson.D {
	return bson.D{is("key", 0), is("out", bson.D{is("$slice", []int{mostUntold - 1, 1})})}
}

func (p past) user(id directory.UserID) directory.User {
	if p.Version == 0 {
		return directory.User{}
	}
	return directory.User{
		ID: id, Version: p.Version, State: p.State, SignedIn: p.SignedIn, Deleted: p.Deleted,
		Document: p.Document.Document, Modified: p.Modified.UTC(), Cause: directory.Cause(p.Cause),
	}
}

func (p past) group(id directory.GroupID) directory.Group {
	if p.Version == 0 {
		return directory.Group{}
	}
	return directory.Group{ID: id, Version: p.Version, Document: p.Document.Document, Modified: p.Modified.UTC(), Cause: directory.Cause(p.Cause)}
}

// sorted returns c with its ids in ascending order, as the history has them.
func (c membershipChange) sorted() directory.MembershipChange {
	return directory.MembershipChange{Added: slices.Sorted(slices.Values(c.Add)), Removed: slices.Sorted(slices.Values(c.Remove))}
}
