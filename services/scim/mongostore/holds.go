package mongostore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/guard"
)

var _ guard.Store = (*Store)(nil)

// holdDocument is a guard.Hold as it is stored. Its _id is the tenant, which has one.
type holdDocument struct {
	ID         string            `bson:"_id"`
	Tenant     directory.Tenant  `bson:"org"`
	Hold       string            `bson:"hold"`
	Version    int64             `bson:"ver"`
	State      guard.HoldState   `bson:"state"`
	Verdict    guard.Verdict     `bson:"verdict,omitempty"`
	Opened     time.Time         `bson:"opened"`
	Decided    time.Time         `bson:"decided,omitempty"`
	By         string            `bson:"by,omitempty"`
	Note       string            `bson:"note,omitempty"`
	Group      directory.GroupID `bson:"group,omitempty"`
	Count      int               `bson:"count"`
	Percent    int               `bson:"percent"`
	Minutes    int               `bson:"minutes"`
	Of         int               `bson:"of"`
	Allowed    int               `bson:"allowed,omitempty"`
	Unfinished bool              `bson:"unfinished,omitempty"` // it is not decided: the index leads Unfinished there
}

func holdDocumentOf(t directory.Tenant, h guard.Hold) holdDocument {
	return holdDocument{
		ID: string(t), Tenant: t, Hold: h.ID, Version: h.Version, State: h.State, Verdict: h.Verdict, Opened: h.Opened, Decided: h.Decided, By: h.By, Note: h.Note,
		Group: h.Group, Count: h.Limit.Count, Percent: h.Limit.Percent, Minutes: h.Limit.Minutes, Of: h.Of, Allowed: h.Allowed, Unfinished: h.State != guard.HoldDecided,
	}
}

func (d holdDocument) hold() guard.Hold {
	return guard.Hold{
		ID: d.Hold, Version: d.Version, State: d.State, Verdict: d.Verdict, Opened: d.Opened.UTC(), Decided: d.Decided.UTC(), By: d.By, Note: d.Note,
		Group: d.Group, Limit: terms.Mass{Count: d.Count, Percent: d.Percent, Minutes: d.Minutes}, Of: d.Of, Allowed: d.Allowed,
	}
}

// heldDocument is a guard.Held as it is stored. Its _id is documentID of the guard.HeldID.
type heldDocument struct {
	ID        string            `bson:"_id"`
	Tenant    directory.Tenant  `bson:"org"`
	Hold      string            `bson:"hold"`
	Kind      guard.Kind        `bson:"kind,omitempty"` // an earlier version did not write it: of a person
	Group     directory.GroupID `bson:"group,omitempty"`
	User      directory.UserID  `bson:"user,omitempty"`   // of a person
	Member    directory.UserID  `bson:"member,omitempty"` // of a member: an earlier version would deactivate User
	Wanted    directory.Effect  `bson:"wanted"`
	State     guard.HeldState   `bson:"state"`
	At        time.Time         `bson:"at"`
	RequestID string            `bson:"request"`
	TokenID   string            `bson:"token"`
	Client    string            `bson:"client"`
	Decided   time.Time         `bson:"decided,omitempty"` // absent while it waits, so that it does not expire
}

func heldDocumentOf(t directory.Tenant, h guard.Held) heldDocument {
	d := heldDocument{
		ID: documentID(t, h.ID()), Tenant: t, Hold: h.Hold, Kind: h.Kind(), Group: h.Group, User: h.User, Wanted: h.Wanted, State: h.State, At: h.At,
		RequestID: h.RequestID, TokenID: h.TokenID, Client: h.Client, Decided: h.Decided,
	}
	if d.Kind == guard.KindMember {
		d.User, d.Member = "", h.User
	}
	return d
}

func (d heldDocument) held() guard.Held {
	return guard.Held{
		Hold: d.Hold, Group: d.Group, User: cmp.Or(d.User, d.Member), Wanted: d.Wanted, State: d.State, At: d.At.UTC(),
		RequestID: d.RequestID, TokenID: d.TokenID, Client: d.Client, Decided: d.Decided.UTC(),
	}
}

func heldIn(documents []heldDocument) []guard.Held {
	list := make([]guard.Held, len(documents))
	for i, d := range documents {
		list[i] = d.held()
	}
	return list
}

// Hold implements guard.Store.
func (s *Store) Hold(ctx context.Context, t directory.Tenant) (guard.Hold, error) {
	d, err := one[holdDocument](ctx, s.holds, within(t, onID, is("_id", string(t))), bson.D{})
	if err != nil {
		return guard.Hold{}, err
	}
	return d.hold(), nil
}

// PutHold implements guard.Store.
func (s *Store) PutHold(ctx context.Context, t directory.Tenant, h guard.Hold) error {
	d := holdDocumentOf(t, h)
	if h.Version == 1 {
		inserted, err := s.holds.insertOnce(ctx, d)
		if err == nil && !inserted {
			err = directory.ErrVersionConflict
		}
		return err
	}
	matched, err := s.holds.replace(ctx, within(t, onID, is("_id", string(t)), is("ver", h.Version-1)), d)
	if err == nil && !matched {
		err = directory.ErrVersionConflict
	}
	return err
}

// Unfinished implements guard.Store.
func (s *Store) Unfinished(ctx context.Context) ([]directory.Tenant, error) {
	left, err := s.holds.leftovers(ctx, onUnfinished)
	tenants := make([]directory.Tenant, len(left))
	for i, l := range left {
		tenants[i] = l.Tenant
	}
	return tenants, err
}

// Held implements guard.Store.
func (s *Store) Held(ctx context.Context, t directory.Tenant, id guard.HeldID) (guard.Held, error) {
	d, err := one[heldDocument](ctx, s.held, withID(t, documentID(t, id)), bson.D{})
	if err != nil {
		return guard.Held{}, err
	}
	return d.held(), nil
}

// HeldOf implements guard.Store.
func (s *Store) HeldOf(ctx context.Context, t directory.Tenant, group directory.GroupID) ([]guard.Held, error) {
	first := documentID(t, guard.HeldMember(group, ""))
	behind := first[:len(first)-1] + "0" // which follows the slash
	found, err := all[heldDocument](ctx, s.held, within(t, onID, is("_id", bson.D{is("$gte", first), is("$lt", behind)})), bson.D{}, options.Find().SetSort(bson.D{is("_id", 1)}))
	return heldIn(found), err
}

// Keep implements guard.Store.
func (s *Store) Keep(ctx context.Context, t directory.Tenant, held ...guard.Held) error {
	for chunk := range slices.Chunk(held, chunkSize) {
		documents := make(map[string]any, len(chunk))
		for _, h := range chunk {
			d := heldDocumentOf(t, h)
			documents[d.ID] = d
		}
		if err := s.held.putAll(ctx, t, documents); err != nil {
			return err
		}
	}
	return nil
}

// Settle implements guard.Store.
func (s *Store) Settle(ctx context.Context, t directory.Tenant, hold string, ids []guard.HeldID, to guard.HeldState, at time.Time) (settled int, err error) {
	for chunk := range slices.Chunk(ids, chunkSize) {
		waiting := within(t, onID, oneOf("_id", documentIDs(t, chunk)), is("hold", hold), is("state", guard.Waiting))
		n, err := s.held.updateAll(ctx, waiting, bson.D{is("$set", bson.D{is("state", to), is("decided", at)})})
		if settled += n; err != nil {
			return settled, err
		}
	}
	return settled, nil
}

// ListHeld implements guard.Store.
func (s *Store) ListHeld(ctx context.Context, t directory.Tenant, hold string, state guard.HeldState, after guard.HeldID, limit int) ([]guard.Held, error) {
	w := within(t, onHold, is("hold", text(hold)), above("_id", documentID(t, after)))
	if state != "" {
		w = w.and(is("state", state))
	}
	found, err := all[heldDocument](ctx, s.held, w, bson.D{}, options.Find().SetSort(bson.D{is("_id", 1)}).SetLimit(int64(limit)))
	return heldIn(found), err
}

// CountHeld implements guard.Store.
func (s *Store) CountHeld(ctx context.Context, t directory.Tenant, hold string) (guard.Counts, error) {
	type count struct {
		Of struct {
			State guard.HeldState `bson:"state"`
			Kind  guard.Kind      `bson:"kind"`
		} `bson:"_id"`
		N int `bson:"n"`
	}
	found, err := staged[count](ctx, s.held, within(t, onHold, is("hold", text(hold))), bson.D{is("$group", bson.D{
		is("_id", bson.D{is("state", "$state"), is("kind", "$kind")}), is("n", bson.D{is("$sum", 1)}),
	})})
	counts := guard.Counts{}
	for _, c := range found {
		counts.Add(cmp.Or(c.Of.Kind, guard.KindPerson), c.Of.State, c.N)
	}
	return counts, err
}

// PruneHeld has nothing to do: MongoDB removes them.
func (s *Store) PruneHeld(context.Context, time.Time) error { return nil }
