package mongostore

import (
	"context"
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

// heldDocument is a guard.Held as it is stored. Its _id is that of the user.
type heldDocument struct {
	ID        string           `bson:"_id"`
	Tenant    directory.Tenant `bson:"org"`
	Hold      string           `bson:"hold"`
	User      directory.UserID `bson:"user"`
	Wanted    directory.Effect `bson:"wanted"`
	State     guard.HeldState  `bson:"state"`
	At        time.Time        `bson:"at"`
	RequestID string           `bson:"request"`
	TokenID   string           `bson:"token"`
	Client    string           `bson:"client"`
	Decided   time.Time        `bson:"decided,omitempty"` // absent while it waits, so that it does not expire
}

func (d heldDocument) held() guard.Held {
	return guard.Held{
		Hold: d.Hold, User: d.User, Wanted: d.Wanted, State: d.State, At: d.At.UTC(), RequestID: d.RequestID, TokenID: d.TokenID, Client: d.Client, Decided: d.Decided.UTC(),
	}
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
func (s *Store) Held(ctx context.Context, t directory.Tenant, user directory.UserID) (guard.Held, error) {
	d, err := one[heldDocument](ctx, s.held, withID(t, documentID(t, user)), bson.D{})
	if err != nil {
		return guard.Held{}, err
	}
	return d.held(), nil
}

// Keep implements guard.Store.
func (s *Store) Keep(ctx context.Context, t directory.Tenant, h guard.Held) error {
	d := heldDocument{documentID(t, h.User), t, h.Hold, h.User, h.Wanted, h.State, h.At, h.RequestID, h.TokenID, h.Client, h.Decided}
	for {
		matched, err := s.held.replace(ctx, withID(t, d.ID), d)
		if err != nil || matched {
			return err
		}
		if inserted, err := s.held.insertOnce(ctx, d); err != nil || inserted {
			return err
		}
	}
}

// Settle implements guard.Store.
func (s *Store) Settle(ctx context.Context, t directory.Tenant, hold string, user directory.UserID, to guard.HeldState, at time.Time) (bool, error) {
	return s.held.update(ctx, withID(t, documentID(t, user), is("hold", hold), is("state", guard.Waiting)), bson.D{is("$set", bson.D{is("state", to), is("decided", at)})})
}

// ListHeld implements guard.Store.
func (s *Store) ListHeld(ctx context.Context, t directory.Tenant, hold string, state guard.HeldState, after directory.UserID, limit int) ([]guard.Held, error) {
	w := within(t, onHold, is("hold", text(hold)), above("_id", documentID(t, after)))
	if state != "" {
		w = w.and(is("state", state))
	}
	found, err := all[heldDocument](ctx, s.held, w, bson.D{}, options.Find().SetSort(bson.D{is("_id", 1)}).SetLimit(int64(limit)))
	list := make([]guard.Held, len(found))
	for i, d := range found {
		list[i] = d.held()
	}
	return list, err
}

// CountHeld implements guard.Store.
func (s *Store) CountHeld(ctx context.Context, t directory.Tenant, hold string) (map[guard.HeldState]int, error) {
	type count struct {
		State guard.HeldState `bson:"_id"`
		N     int             `bson:"n"`
	}
	found, err := staged[count](ctx, s.held, within(t, onHold, is("hold", text(hold))), bson.D{is("$group", bson.D{is("_id", "$state"), is("n", bson.D{is("$sum", 1)})})})
	counts := map[guard.HeldState]int{}
	for _, c := range found {
		counts[c.State] = c.N
	}
	return counts, err
}

// PruneHeld has nothing to do: MongoDB removes them.
func (s *Store) PruneHeld(context.Context, time.Time) error { return nil }
