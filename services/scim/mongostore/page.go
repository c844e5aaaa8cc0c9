package mongostore

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/devrev/scim/services/scim/directory"
)

// page returns the documents that q asks for, of those that w selects, and how many w selects. hidden are fields to leave out.
func page[D any](ctx context.Context, c collection, w where, q directory.Query, hidden bson.D) ([]D, int, error) {
	documents, err := part[D](ctx, c, w, q, hidden)
	if err != nil {
		return nil, 0, err
	}
	// A page that is not full ends the list, and what stands before it is known if it has not left the list behind.
	if n := len(documents); q.After == nil && n < q.Limit && (n > 0 || q.Skip == 0) {
		return documents, q.Skip + n, nil
	}
	total, err := c.count(ctx, w)
	return documents, total, err
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
