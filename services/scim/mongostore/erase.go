package mongostore

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/devrev/scim/services/internal/mongodb"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/erasure"
	"github.com/devrev/scim/services/scim/history"
)

// owned are the names of all collections that this package has. Every document in them names its
// tenant in org, and goes when the tenant goes: what is not in this list would stay for ever.
func owned() []string {
	return []string{usersName, groupsName, membershipsName, activityName, movedName, coercionsName, recordsName, eventsName, undosName, undoItemsName, waitingName, holdsName, heldName}
}

// erasedAtOnce is how many documents one step of an erasure removes.
const erasedAtOnce = 500

// Tenants is all that this package keeps of tenants, to be erased.
type Tenants struct {
	collections []collection
	store       *Store
}

var _ erasure.Store = Tenants{}

// NewTenants returns the tenants of db. Prepare of the other stores must have succeeded once before
// it is used.
func NewTenants(db *mongo.Database) Tenants {
	all := Tenants{store: New(db)}
	db = mongodb.Lasting(db)
	for _, name := range owned() {
		all.collections = append(all.collections, newCollection(db.Collection(name)))
	}
	return all
}

// EraseSome implements erasure.Store.
func (s Tenants) EraseSome(ctx context.Context, t directory.Tenant, still func(context.Context) (bool, error)) (removed int, err error) {
	for _, c := range s.collections {
		ids, err := c.someOf(ctx, t)
		if err != nil {
			return 0, err
		}
		if len(ids) == 0 {
			continue
		}
		if is, err := still(ctx); err != nil || !is {
			return 0, err
		}
		return len(ids), c.deleteAll(ctx, within(t, onID, oneOf("_id", ids)))
	}
	return 0, nil
}

// someOf returns the _id of some of the tenant's documents. Where no index begins with the tenant,
// there is one document at most, whose _id it is.
func (c collection) someOf(ctx context.Context, t directory.Tenant) ([]string, error) {
	type document struct {
		ID string `bson:"_id"`
	}
	w := within(t, onID, is("_id", string(t)))
	known := indexes()
	if i := slices.IndexFunc(known, func(ix index) bool { return ix.collection == c.c.Name() && ix.fields[0] == "org" && !ix.sparse }); i >= 0 {
		w = within(t, known[i].name)
	}
	found, err := all[document](ctx, c, w, bson.D{is("_id", 1)}, options.Find().SetLimit(erasedAtOnce))
	ids := make([]string, len(found))
	for i, d := range found {
		ids[i] = d.ID
	}
	return ids, err
}

// EraseEntries implements erasure.Store.
func (s Tenants) EraseEntries(ctx context.Context, t directory.Tenant, ids []string) error {
	for some := range slices.Chunk(ids, erasedAtOnce) {
		documents := make([]string, len(some))
		for i, id := range some {
			documents[i] = documentID(t, id)
		}
		if err := s.named(activityName).deleteAll(ctx, within(t, onID, oneOf("_id", documents))); err != nil {
			return err
		}
	}
	return nil
}

// EraseUser implements erasure.Store.
func (s Tenants) EraseUser(ctx context.Context, t directory.Tenant, id directory.UserID) error {
	users, w := s.named(usersName), withID(t, documentID(t, id))
	gone := w.and(is("deleted", true), exists("unfinished", false))
	d, err := one[userDocument](ctx, users, gone, withoutKey())
	if err == nil {
		err = s.named(waitingName).deleteAll(ctx, within(t, onValue, oneOf("waits", []bool{true, false}), oneOf("key", texts(d.user().Known()))))
	}
	if err == nil {
		// What is told later would be kept after all.
		err = s.store.tell(ctx, t, []changed{{t, false, documentID(t, id)}}, true)
	}
	if err == nil {
		err = s.eraseRecords(ctx, t, history.Resource{Type: history.User, ID: string(id)})
	}
	if err == nil {
		err = (&Undos{items: s.named(undoItemsName)}).forgetInItems(ctx, t, id)
	}
	if err == nil {
		err = s.named(heldName).deleteAll(ctx, w)
	}
	if err == nil {
		err = s.named(heldName).deleteAll(ctx, within(t, onHold, is("member", string(text(id)))))
	}
	if err == nil {
		err = users.deleteAll(ctx, gone.and(exists("untold", false)))
	}
	if nilIfNotFound(err) != nil {
		return err
	}
	_, err = one[leftover](ctx, users, w, bson.D{is("_id", 1)})
	if err == nil {
		return directory.ErrVersionConflict
	}
	return nilIfNotFound(err)
}

// eraseRecords removes what a resource was before its changes.
func (s Tenants) eraseRecords(ctx context.Context, t directory.Tenant, of history.Resource) error {
	return s.named(recordsName).deleteAll(ctx, within(t, onResource, is("resource", resourceOf(of))))
}

func (s Tenants) named(name string) collection {
	return s.collections[slices.IndexFunc(s.collections, func(c collection) bool { return c.c.Name() == name })]
}
