package mongostore

import (
	"context"
	"math"
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

// page returns the page that q asks for, of the documents that l selects.
func page[D any](ctx context.Context, c collection, l list, q directory.Query, hidden bson.D) (directory.Page[D], error) {
	sorted := q.Sort.Path.Attribute != nil
	var all tally
	var err error
	if l.all && (!q.NoTotal || q.After == nil) || q.MaxRead > 0 && (sorted && !l.indexed || l.scans()) {
		if all, err = c.tally(ctx, l.tenant, deep(q)); err != nil {
			return directory.Page[D]{}, err
		}
		if q.MaxRead > 0 && all.Shown > q.MaxRead && (sorted || !l.all) {
			return directory.Page[D]{}, directory.ErrTooMany
		}
	}
	if !l.all {
		return pageOfMatches[D](ctx, c, l.where, q, hidden)
	}
	var found directory.Page[D]
	if sorted || q.After != nil || q.Skip == 0 || q.Limit <= 0 {
		found, err = part[D](ctx, c, l.where, q, hidden)
	} else {
		found, err = pageAt[D](ctx, c, l.where, q, all, hidden)
	}
	if !q.NoTotal {
		found.Total = all.Shown
	}
	return found, err
}

// deep returns how many resources lie before the page of q, if that is what it says.
func deep(q directory.Query) int {
	if q.After != nil || q.Sort.Path.Attribute != nil {
		return 0
	}
	return q.Skip
}

// pageOfMatches returns a page of what a filter lets through.
func pageOfMatches[D any](ctx context.Context, c collection, w where, q directory.Query, hidden bson.D) (directory.Page[D], error) {
	found, err := part[D](ctx, c, w, q, hidden)
	if err != nil || q.NoTotal {
		return found, err
	}
	// A page that is not full ends the list, and what stands before it is known if it has not left
	// the list behind.
	if n := len(found.Items); q.After == nil && n < q.Limit && !found.Cut && (n > 0 || q.Skip == 0) {
		found.Total = q.Skip + n
		return found, nil
	}
	most := 0
	if q.MaxRead > 0 {
		most = q.MaxRead + 1
	}
	found.Total, err = c.count(ctx, w, most)
	if err == nil && q.MaxRead > 0 && found.Total > q.MaxRead {
		err = directory.ErrTooMany
	}
	return found, err
}

// pageAt returns the page before which q.Skip of all resources lie.
func pageAt[D any](ctx context.Context, c collection, w where, q directory.Query, all tally, hidden bson.D) (directory.Page[D], error) {
	if q.Skip >= all.Shown && all.Open == 0 {
		return directory.Page[D]{}, nil
	}
	if left := all.Shown - q.Skip; left <= max(q.Limit, markDistance) && all.Open == 0 {
		if found, err := pageFromEnd[D](ctx, c, w, left, q, hidden); err != nil || !found.Cut {
			return found, err
		}
	}
	start := mark{ID: documentID(w.tenant, "")}
	if all.Mark != nil {
		start = *all.Mark
	}
	var passed []mark
	for distance := max(markDistance, all.Shown/maxMarks); q.Skip-start.Before > distance; {
		next, err := partFrom[leftover](ctx, c, w, start.ID, directory.Query{Skip: distance, Limit: 1}, bson.D{is("_id", 1)})
		if err != nil {
			return directory.Page[D]{}, err
		}
		if len(next.Items) == 0 {
			return directory.Page[D]{}, nil
		}
		start = mark{next.Items[0].ID, start.Before + distance}
		passed = append(passed, start)
	}
	q.Skip -= start.Before
	found, err := partFrom[D](ctx, c, w, start.ID, q, hidden)
	if err == nil && passed != nil && all.Open == 0 && all.Marks+len(passed) <= 2*maxMarks {
		err = c.mark(ctx, w.tenant, all, passed)
	}
	return found, err
}

// partFrom returns the page of q from the given _id on, in its order.
func partFrom[D any](ctx context.Context, c collection, w where, id string, q directory.Query, fields bson.D) (directory.Page[D], error) {
	return inOrderOfID[D](ctx, c, w.and(is("_id", bson.D{is("$gte", id)})), q, 1, fields)
}

// pageFromEnd returns the page of q, before whose end left documents lie. If it is Cut, it is its
// end that was read, and nothing is returned.
func pageFromEnd[D any](ctx context.Context, c collection, w where, left int, q directory.Query, hidden bson.D) (directory.Page[D], error) {
	n := min(left, q.Limit)
	q.Skip, q.Limit = left-n, n
	found, err := inOrderOfID[D](ctx, c, w, q, -1, hidden)
	if found.Cut {
		return directory.Page[D]{Cut: true}, err
	}
	slices.Reverse(found.Items)
	return found, err
}

func inOrderOfID[D any](ctx context.Context, c collection, w where, q directory.Query, direction int, fields bson.D) (found directory.Page[D], err error) {
	o := options.Find().SetSort(bson.D{is("_id", direction)}).SetSkip(int64(q.Skip)).SetLimit(int64(q.Limit)).
		SetBatchSize(int32(min(q.Limit, math.MaxInt32))) //nolint:gosec // within its bounds
	found.Items, found.Cut, err = some[D](ctx, c, w, q.MaxBytes, fields, o)
	return found, err
}

func part[D any](ctx context.Context, c collection, w where, q directory.Query, hidden bson.D) (found directory.Page[D], err error) {
	switch {
	case q.Limit <= 0: // which MongoDB takes for no limit
		return found, nil
	case q.Sort.Path.Attribute != nil:
		stages := append(ordered(w.tenant, q.Sort, q.After),
			bson.D{is("$skip", int64(q.Skip))}, bson.D{is("$limit", int64(q.Limit))}, bson.D{is("$project", hidden)})
		found.Items, found.Cut, err = someStaged[D](ctx, c, w, q.MaxBytes, stages...)
		return found, err
	case q.After != nil:
		w = w.and(above("_id", documentID(w.tenant, q.After.ID)))
	}
	return inOrderOfID[D](ctx, c, w, q, 1, hidden)
}
