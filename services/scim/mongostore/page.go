package mongostore

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/devrev/scim/services/scim/directory"
)

// A page in the order of ids begins behind a given id, or where a mark is near: so it costs what it
// holds, wherever it lies.
const (
	// markDistance is how far marks are from one another at least: so many keys of the index may
	// lie between one and the page.
	markDistance = 1000
	// maxMarks is how many there are at most; in larger organisations they are farther apart.
	maxMarks = 500
)

// page returns the documents that q asks for, of those that l selects, and how many l selects.
// hidden are fields to leave out.
func page[D any](ctx context.Context, c collection, l list, q directory.Query, hidden bson.D) ([]D, int, error) {
	sorted := q.Sort.Path.Attribute != nil
	var all tally
	var err error
	if l.all && (!q.NoTotal || q.After == nil) || q.MaxRead > 0 && (sorted && !l.indexed || l.scans()) {
		if all, err = c.tally(ctx, l.tenant, deep(q)); err != nil {
			return nil, 0, err
		}
		if q.MaxRead > 0 && all.Shown > q.MaxRead && (sorted || !l.all) {
			return nil, 0, directory.ErrTooMany
		}
	}
	total := all.Shown
	if q.NoTotal {
		total = 0
	}
	if !l.all {
		return pageOfMatches[D](ctx, c, l.where, q, hidden)
	}
	if sorted || q.After != nil || q.Skip == 0 || q.Limit <= 0 {
		documents, err := part[D](ctx, c, l.where, q, hidden)
		return documents, total, err
	}
	documents, err := pageAt[D](ctx, c, l.where, q, all, hidden)
	return documents, total, err
}

// deep returns how many resources lie before the page of q, if that is what it says.
func deep(q directory.Query) int {
	if q.After != nil || q.Sort.Path.Attribute != nil {
		return 0
	}
	return q.Skip
}

// pageOfMatches returns a page of what a filter lets through.
func pageOfMatches[D any](ctx context.Context, c collection, w where, q directory.Query, hidden bson.D) ([]D, int, error) {
	documents, err := part[D](ctx, c, w, q, hidden)
	if err != nil || q.NoTotal {
		return documents, 0, err
	}
	// A page that is not full ends the list, and what stands before it is known if it has not left
	// the list behind.
	if n := len(documents); q.After == nil && n < q.Limit && (n > 0 || q.Skip == 0) {
		return documents, q.Skip + n, nil
	}
	most := 0
	if q.MaxRead > 0 {
		most = q.MaxRead + 1
	}
	total, err := c.count(ctx, w, most)
	if err == nil && q.MaxRead > 0 && total > q.MaxRead {
		err = directory.ErrTooMany
	}
	return documents, total, err
}

// pageAt returns the page before which q.Skip of all resources lie.
func pageAt[D any](ctx context.Context, c collection, w where, q directory.Query, all tally, hidden bson.D) ([]D, error) {
	if q.Skip >= all.Shown && all.Open == 0 {
		return nil, nil
	}
	if left := all.Shown - q.Skip; left <= max(q.Limit, markDistance) && all.Open == 0 {
		return pageFromEnd[D](ctx, c, w, left, q.Limit, hidden)
	}
	start := mark{ID: documentID(w.tenant, "")}
	if all.Mark != nil {
		start = *all.Mark
	}
	var passed []mark
	for distance := max(markDistance, all.Shown/maxMarks); q.Skip-start.Before > distance; {
		next, err := partFrom[leftover](ctx, c, w, start.ID, distance, 1, bson.D{is("_id", 1)})
		if err != nil {
			return nil, err
		}
		if len(next) == 0 {
			return nil, nil
		}
		start = mark{next[0].ID, start.Before + distance}
		passed = append(passed, start)
	}
	documents, err := partFrom[D](ctx, c, w, start.ID, q.Skip-start.Before, q.Limit, hidden)
	if err == nil && passed != nil && all.Open == 0 && all.Marks+len(passed) <= 2*maxMarks {
		err = c.mark(ctx, w.tenant, all, passed)
	}
	return documents, err
}

// partFrom returns documents from the given _id on, in its order.
func partFrom[D any](ctx context.Context, c collection, w where, id string, skip, limit int, fields bson.D) ([]D, error) {
	o := options.Find().SetSort(bson.D{is("_id", 1)}).SetSkip(int64(skip)).SetLimit(int64(limit))
	return all[D](ctx, c, w.and(is("_id", bson.D{is("$gte", id)})), fields, o)
}

// pageFromEnd returns the first limit of the last left documents.
func pageFromEnd[D any](ctx context.Context, c collection, w where, left, limit int, hidden bson.D) ([]D, error) {
	n := min(left, limit)
	o := options.Find().SetSort(bson.D{is("_id", -1)}).SetSkip(int64(left - n)).SetLimit(int64(n))
	documents, err := all[D](ctx, c, w, hidden, o)
	slices.Reverse(documents)
	return documents, err
}

func part[D any](ctx context.Context, c collection, w where, q directory.Query, hidden bson.D) ([]D, error) {
	if q.Limit <= 0 { // which MongoDB takes for no limit
		return nil, nil
	}
	skip, limit := int64(q.Skip), int64(q.Limit)
	if q.Sort.Path.Attribute != nil {
		stages := append(ordered(w.tenant, q.Sort, q.After),
			bson.D{is("$skip", skip)}, bson.D{is("$limit", limit)}, bson.D{is("$project", hidden)})
		return staged[D](ctx, c, w, stages...)
	}
	if q.After != nil {
		w = w.and(above("_id", documentID(w.tenant, q.After.ID)))
	}
	return all[D](ctx, c, w, hidden, options.Find().SetSort(bson.D{is("_id", 1)}).SetSkip(skip).SetLimit(limit))
}
