package mongostore

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/history"
)

// recordDocument is a history.Record as it is stored.
type recordDocument struct {
	ID       string           `bson:"_id"` // recordID
	Tenant   directory.Tenant `bson:"org"`
	Resource string           `bson:"resource"` // type/id
	Version  int64            `bson:"ver"`
	At       time.Time        `bson:"at"`
	Before   past             `bson:"before"`
	Moved    membershipChange `bson:"moved,omitempty"` // unless they are several parts
	Parts    int              `bson:"parts,omitempty"`
	Cause    causeDocument    `bson:"cause,omitempty"`
}

// partDocument has history.PartSize of the members that a change of a group moved, where those are
// more. It is written before what refers to it.
type partDocument struct {
	ID     string           `bson:"_id"` // that of the record, a slash and a number, 0 for the first
	Tenant directory.Tenant `bson:"org"`
	At     time.Time        `bson:"at"`
	Moved  membershipChange `bson:"moved"`
}

func recordID(t directory.Tenant, of history.Resource, version int64) string {
	return fmt.Sprintf("%s/%s/%s/%d", t, of.Type, text(of.ID), version)
}

func partID(record string, n int) string { return fmt.Sprintf("%s/%d", record, n) }

func resourceOf(of history.Resource) string { return of.Type + "/" + text(of.ID) }

func recordDocumentOf(t directory.Tenant, r history.Record) recordDocument {
	d := recordDocument{
		ID: recordID(t, r.Resource, r.Version), Tenant: t, Resource: resourceOf(r.Resource), Version: r.Version, At: r.At,
		Before: past{Version: r.Before.Version, State: r.Before.State, SignedIn: r.Before.SignedIn, Deleted: r.Before.Deleted, Document: document{r.Before.Document}},
		Cause:  causeDocument(r.Cause),
	}
	d.Moved, d.Parts = inPlace(membershipChange{Add: r.Members.Added, Remove: r.Members.Removed})
	return d
}

func (d recordDocument) record(of history.Resource) history.Record {
	return history.Record{
		Resource: of, Version: d.Version, At: d.At.UTC(), Cause: directory.Cause(d.Cause),
		Before:  history.Past{Version: d.Before.Version, State: d.Before.State, SignedIn: d.Before.SignedIn, Deleted: d.Before.Deleted, Document: d.Before.Document.Document},
		Members: directory.MembershipChange{Added: d.Moved.Add, Removed: d.Moved.Remove},
	}
}

// recordParts stores whom the change to a version of a group moves, if they are more than one part.
// Repeated, it changes nothing.
func (s *Store) recordParts(ctx context.Context, t directory.Tenant, id directory.GroupID, version int64, at time.Time, change membershipChange) error {
	moved := change.sorted()
	parts := history.Parts(moved)
	if parts < 2 {
		return nil
	}
	record := recordID(t, history.Resource{Type: history.Group, ID: string(id)}, version)
	documents := make([]any, parts)
	for n := range parts {
		m := history.Part(moved, n)
		documents[n] = partDocument{partID(record, n), t, at, membershipChange{Add: m.Added, Remove: m.Removed}}
	}
	_, err := s.records.insertMissing(ctx, documents)
	return err
}

// partsOf returns whom the change of a record moved, which has so many parts.
func (s *Store) partsOf(ctx context.Context, t directory.Tenant, record string, parts int) (m directory.MembershipChange, err error) {
	for n := range parts {
		d, err := one[partDocument](ctx, s.records, withID(t, partID(record, n)), bson.D{is("moved", 1)})
		if err != nil {
			return m, fmt.Errorf("part %d of %s: %w: %w", n, record, directory.ErrUnavailable, err)
		}
		m.Added, m.Removed = append(m.Added, d.Moved.Add...), append(m.Removed, d.Moved.Remove...)
	}
	return m, nil
}

// Records implements history.Store.
func (s *Store) Records(ctx context.Context, t directory.Tenant, of history.Resource, below int64, limit int) ([]history.Record, error) {
	if limit <= 0 { // which MongoDB takes for no limit
		return nil, nil
	}
	w := within(t, onResource, is("resource", resourceOf(of)))
	if below != 0 {
		w = w.and(is("ver", bson.D{is("$lt", below)}))
	}
	found, err := all[recordDocument](ctx, s.records, w, bson.D{}, options.Find().SetSort(bson.D{is("ver", -1)}).SetLimit(int64(limit)))
	if err != nil {
		return nil, err
	}
	return s.recordsOf(ctx, found)
}

// Changes implements history.Store. The place of a record is its time and its _id.
func (s *Store) Changes(ctx context.Context, t directory.Tenant, q history.Query) (records []history.Record, next string, err error) {
	if q.Limit <= 0 {
		return nil, "", nil
	}
	w := within(t, onChange, is("at", bson.D{is("$gte", q.Since), is("$lt", q.Until)}), exists("resource", true)) // parts have none
	for _, term := range []struct{ field, value string }{{"request", q.RequestID}, {"token", q.TokenID}, {"client", q.Client}} {
		if term.value != "" {
			w = w.and(is("cause."+term.field, text(term.value)))
		}
	}
	if q.Undo != "" {
		w = w.and(is("cause.undo", bson.D{is("$gte", text(q.Undo)+"/"), is("$lt", text(q.Undo)+"0")})) // which follows the slash
	}
	if q.After != "" {
		ms, id, _ := strings.Cut(q.After, " ")
		n, err := strconv.ParseInt(ms, 10, 64)
		if err != nil {
			return nil, "", fmt.Errorf("place %q: %w: %w", q.After, directory.ErrUnavailable, err)
		}
		at := time.UnixMilli(n).UTC()
		w = w.and(is("$or", bson.A{bson.D{below("at", at)}, bson.D{is("at", at), below("_id", id)}}))
	}
	found, err := all[recordDocument](ctx, s.records, w, bson.D{is("before.doc", 0)},
		options.Find().SetSort(bson.D{is("at", -1), is("_id", -1)}).SetLimit(int64(q.Limit)))
	if err != nil {
		return nil, "", err
	}
	if len(found) == q.Limit {
		last := found[len(found)-1]
		next = fmt.Sprintf("%d %s", last.At.UnixMilli(), last.ID)
	}
	records, err = s.recordsOf(ctx, found)
	return records, next, err
}

// recordsOf returns the records in documents, each with all its members.
func (s *Store) recordsOf(ctx context.Context, found []recordDocument) (records []history.Record, err error) {
	records = make([]history.Record, len(found))
	for i, d := range found {
		kind, id, _ := strings.Cut(d.Resource, "/")
		records[i] = d.record(history.Resource{Type: kind, ID: id})
		if d.Parts > 0 {
			if records[i].Members, err = s.partsOf(ctx, d.Tenant, d.ID, d.Parts); err != nil {
				return nil, err
			}
		}
	}
	return records, nil
}
