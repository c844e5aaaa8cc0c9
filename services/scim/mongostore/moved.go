package mongostore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// Whom an entry moved is in the entry's own document as far as chunk goes. Those beyond are in
// documents of the collection moved, chunk in each, whose _id is that of the entry, a slash and a
// number, 1 for the first. They are written before the entry: without one they are never found, and
// expire as it would.

// chunk is how many users who moved are in one document.
const chunk = 1000

// movedDocument is an activity.Moved as it is stored.
type movedDocument struct {
	User   directory.UserID `bson:"u"`
	Joined bool             `bson:"j,omitempty"`
}

// chunkDocument has those whom an entry moved beyond the ones in the entry's document.
type chunkDocument struct {
	ID     string           `bson:"_id"`
	Tenant directory.Tenant `bson:"org"`
	At     time.Time        `bson:"at"`
	Moved  []movedDocument  `bson:"moved"`
}

func movedDocuments(moved []activity.Moved) []movedDocument {
	documents := make([]movedDocument, len(moved))
	for i, m := range moved {
		documents[i] = movedDocument(m)
	}
	return documents
}

// chunkID is the _id of the document of n-th rank with users whom an entry moved.
func chunkID(t directory.Tenant, entry string, n int) string {
	return fmt.Sprintf("%s/%06d", documentID(t, entry), n)
}

// recordMoved stores those whom e moved that have no place in its own document.
func (s *Activity) recordMoved(ctx context.Context, t directory.Tenant, e activity.Entry, moved []activity.Moved) error {
	var documents []any
	n := 0
	for part := range slices.Chunk(moved, chunk) {
		if n > 0 {
			documents = append(documents, chunkDocument{chunkID(t, e.ID, n), t, e.At, movedDocuments(part)})
		}
		n++
	}
	_, err := s.moved.insertMissing(ctx, documents)
	return err
}

// Moved implements activity.Store.
func (s *Activity) Moved(ctx context.Context, t directory.Tenant, id string, skip, limit int) ([]activity.Moved, error) {
	type document struct {
		Moved []movedDocument `bson:"moved"`
	}
	var found []activity.Moved
	for len(found) < limit {
		n, from := skip/chunk, skip%chunk
		in, w := s.moved, withID(t, chunkID(t, id, n))
		if n == 0 {
			in, w = s.entries, withID(t, documentID(t, id))
		}
		part := is("moved", bson.D{is("$slice", []int{from, min(limit-len(found), chunk)})})
		d, err := one[document](ctx, in, w, bson.D{part})
		if errors.Is(err, directory.ErrNotFound) {
			break
		}
		if err != nil {
			return nil, err
		}
		for _, m := range d.Moved {
			found = append(found, activity.Moved(m))
		}
		if skip += len(d.Moved); from+len(d.Moved) < chunk {
			break
		}
	}
	return found, nil
}

// withGroups returns the entries of q, which is about a user, and of the groups that the user
// joined or left, for which three indexes are read.
func (s *Activity) withGroups(ctx context.Context, t directory.Tenant, q activity.Query) ([]activity.Entry, error) {
	user := directory.UserID(q.Resource.ID)
	own := q
	own.WithGroups = false
	entries, err := s.List(ctx, t, own)
	if err != nil {
		return nil, err
	}
	q.Resource, q.WithGroups = activity.Resource{}, false
	near, err := s.movedNear(ctx, t, q, user)
	if err != nil {
		return nil, err
	}
	far, err := s.movedFar(ctx, t, q, user)
	if err != nil {
		return nil, err
	}
	entries = slices.Concat(entries, near, far)
	slices.SortFunc(entries, func(a, b activity.Entry) int {
		if q.OldestFirst {
			return cmp.Compare(a.ID, b.ID)
		}
		return cmp.Compare(b.ID, a.ID)
	})
	return entries[:min(len(entries), q.Limit)], nil
}

// movedNear returns the entries of q that name in their own documents that they moved the user.
func (s *Activity) movedNear(ctx context.Context, t directory.Tenant, q activity.Query, user directory.UserID) ([]activity.Entry, error) {
	w, others := asked(t, q)
	w = w.and(others...)
	w.index = onMoved
	documents, err := all[entryDocument](ctx, s.entries, w.and(is("moved.u", text(user))), bson.D{is("entry", 1), onlyOf(user)}, inOrder(q))
	if err != nil {
		return nil, err
	}
	entries, err := entriesOf(documents)
	for i := range entries {
		entries[i].Members = membersIn(documents[i].Moved)
	}
	return entries, err
}

// movedFar returns the entries of q that name beyond their own documents that they moved the user.
func (s *Activity) movedFar(ctx context.Context, t directory.Tenant, q activity.Query, user directory.UserID) ([]activity.Entry, error) {
	w := within(t, onMoved, is("moved.u", text(user))).and(spanOf(t, q)...)
	chunks, err := all[chunkDocument](ctx, s.moved, w, bson.D{onlyOf(user)}, inOrder(q))
	if err != nil || len(chunks) == 0 {
		return nil, err
	}
	ids, members := make([]string, len(chunks)), make(map[string]activity.Members, len(chunks))
	for i, d := range chunks {
		ids[i] = d.ID[:len(d.ID)-len("/000000")]
		members[resourceID[string](ids[i])] = membersIn(d.Moved)
	}
	bare := q
	bare.Since, bare.Until, bare.After = time.Time{}, time.Time{}, ""
	w, others := asked(t, bare)
	w = w.and(others...).and(oneOf("_id", ids))
	w.index = onID
	documents, err := all[entryDocument](ctx, s.entries, w, bson.D{is("entry", 1)})
	if err != nil {
		return nil, err
	}
	entries, err := entriesOf(documents)
	for i := range entries {
		entries[i].Members = members[entries[i].ID]
	}
	return entries, err
}

// onlyOf is, of those who moved, the one user.
func onlyOf(user directory.UserID) bson.E {
	return is("moved", bson.D{is("$elemMatch", bson.D{is("u", text(user))})})
}

func membersIn(moved []movedDocument) activity.Members {
	if len(moved) == 0 {
		return activity.Members{}
	}
	return activity.Moved(moved[0]).OnlyOf()
}

// inOrder asks for a page of q in its order.
func inOrder(q activity.Query) options.Lister[options.FindOptions] {
	order := -1
	if q.OldestFirst {
		order = 1
	}
	return options.Find().SetSort(bson.D{is("_id", order)}).SetLimit(int64(q.Limit))
}
