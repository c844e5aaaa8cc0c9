package mongostore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/devrev/scim/services/internal/mongodb"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/undo"
)

// Undos implements undo.Store.
type Undos struct{ jobs, items collection }

var _ undo.Store = (*Undos)(nil)

// NewUndos returns the undos in db. Prepare must have succeeded once before they are used.
func NewUndos(db *mongo.Database) *Undos {
	db = mongodb.Lasting(db)
	return &Undos{newCollection(db.Collection(undosName)), newCollection(db.Collection(undoItemsName))}
}

// Prepare is that of a Store.
func (s *Undos) Prepare(ctx context.Context) error { return prepare(ctx, s.jobs, s.items) }

// jobDocument is an undo.Job as it is stored: what is asked for in fields, the whole as JSON.
type jobDocument struct {
	ID     string           `bson:"_id"` // documentID
	Tenant directory.Tenant `bson:"org"`
	Slot   string           `bson:"slot"`
	Key    string           `bson:"key"`
	Open   directory.Tenant `bson:"open,omitempty"` // the tenant, while the job is not done
	Claims []string         `bson:"claims,omitempty"`
	Rev    int64            `bson:"rev"`
	At     time.Time        `bson:"at"`
	Job    string           `bson:"job"`
}

func jobDocumentOf(t directory.Tenant, j undo.Job) (jobDocument, error) {
	whole, err := json.Marshal(j)
	if err != nil {
		return jobDocument{}, fmt.Errorf("encode an undo: %w: %w", directory.ErrUnavailable, err)
	}
	d := jobDocument{ID: documentID(t, j.ID), Tenant: t, Slot: j.Slot, Key: j.Key, Claims: j.Claims, Rev: j.Rev, At: j.At, Job: string(whole)}
	if j.State != undo.Done {
		d.Open = t
	}
	return d, nil
}

func (d jobDocument) job() (j undo.Job, err error) {
	if err = json.Unmarshal([]byte(d.Job), &j); err != nil {
		return j, fmt.Errorf("decode an undo: %w: %w", directory.ErrUnavailable, err)
	}
	return j, nil
}

// Create implements undo.Store.
func (s *Undos) Create(ctx context.Context, t directory.Tenant, j undo.Job) error {
	d, err := jobDocumentOf(t, j)
	if err != nil {
		return err
	}
	created, err := s.jobs.insertOnce(ctx, d)
	if err == nil && !created {
		return undo.ErrBusy
	}
	return err
}

// Job implements undo.Store.
func (s *Undos) Job(ctx context.Context, t directory.Tenant, id string) (undo.Job, error) {
	d, err := one[jobDocument](ctx, s.jobs, withID(t, documentID(t, id)), bson.D{})
	if err != nil {
		return undo.Job{}, err
	}
	return d.job()
}

// Claimant implements undo.Store.
func (s *Undos) Claimant(ctx context.Context, t directory.Tenant, claim string) (undo.Job, error) {
	d, err := one[jobDocument](ctx, s.jobs, within(t, onClaim, is("claims", text(claim))), bson.D{})
	if err != nil {
		return undo.Job{}, err
	}
	return d.job()
}

// Jobs implements undo.Store.
func (s *Undos) Jobs(ctx context.Context, t directory.Tenant, key, after string, limit int) (jobs []undo.Job, err error) {
	if limit <= 0 {
		return nil, nil
	}
	w := within(t, onList)
	if key != "" {
		w = within(t, onKey, is("key", text(key)))
	}
	if after != "" {
		w = w.and(below("_id", documentID(t, after)))
	}
	found, err := all[jobDocument](ctx, s.jobs, w, bson.D{}, options.Find().SetSort(bson.D{is("_id", -1)}).SetLimit(int64(limit)))
	if err != nil {
		return nil, err
	}
	for _, d := range found {
		j, err := d.job()
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, j)
	}
	return jobs, nil
}

// Put implements undo.Store.
func (s *Undos) Put(ctx context.Context, t directory.Tenant, j undo.Job) (undo.Job, error) {
	rev := j.Rev
	j.Rev++
	d, err := jobDocumentOf(t, j)
	if err != nil {
		return undo.Job{}, err
	}
	set, unset := bson.D{is("slot", d.Slot), is("rev", d.Rev), is("job", d.Job)}, bson.D{}
	if d.Open == "" {
		unset = append(unset, is("open", ""))
	}
	if len(d.Claims) > 0 {
		set = append(set, is("claims", d.Claims))
	} else {
		unset = append(unset, is("claims", ""))
	}
	change := bson.D{is("$set", set)}
	if len(unset) > 0 {
		change = append(change, is("$unset", unset))
	}
	same := withID(t, d.ID)
	done, err := s.jobs.update(ctx, same.and(is("rev", rev)), change)
	switch {
	case err != nil:
		return undo.Job{}, err
	case done:
		return j, nil
	}
	if _, err := one[leftover](ctx, s.jobs, same, bson.D{is("_id", 1)}); err != nil {
		return undo.Job{}, err
	}
	return undo.Job{}, directory.ErrVersionConflict
}

// itemDocument is an undo.Item as it is stored.
type itemDocument struct {
	ID     string           `bson:"_id"` // documentID of the job, a slash, and N
	Tenant directory.Tenant `bson:"org"`
	Undo   string           `bson:"undo"`
	N      int              `bson:"n"`
	About  []string         `bson:"resource"` // the ids of the resource and of others of whom it tells
	At     time.Time        `bson:"at"`
	Item   string           `bson:"item"` // as JSON
}

// PutItems implements undo.Store.
func (s *Undos) PutItems(ctx context.Context, t directory.Tenant, job string, at time.Time, items []undo.Item) error {
	if len(items) == 0 {
		return nil
	}
	models := make([]mongo.WriteModel, len(items))
	for i, item := range items {
		whole, err := json.Marshal(item)
		if err != nil {
			return fmt.Errorf("encode an item: %w: %w", directory.ErrUnavailable, err)
		}
		d := itemDocument{
			ID: fmt.Sprintf("%s/%d", documentID(t, job), item.N), Tenant: t, Undo: job, N: item.N, About: aboutWhom(item), At: at, Item: string(whole),
		}
		models[i] = mongo.NewReplaceOneModel().SetFilter(withID(t, d.ID).filter()).SetHint(onID).SetUpsert(true).SetReplacement(d)
	}
	_, err := s.items.c.BulkWrite(ctx, models, options.BulkWrite().SetOrdered(false))
	if onlyDuplicates(err) { // another process has put the same at the same time
		_, err = s.items.c.BulkWrite(ctx, models, options.BulkWrite().SetOrdered(false))
	}
	return fault("put", undoItemsName, err)
}

// aboutWhom returns the ids by which an item is found.
func aboutWhom(item undo.Item) []string {
	ids := []string{item.Resource.ID}
	for _, id := range item.People() {
		if string(id) != item.Resource.ID {
			ids = append(ids, string(id))
		}
	}
	return ids
}

// forgetInItems removes what undos say of a user who is erased.
func (s *Undos) forgetInItems(ctx context.Context, t directory.Tenant, user directory.UserID) error {
	found, err := all[itemDocument](ctx, s.items, within(t, onResource, is("resource", text(string(user)))), bson.D{})
	if err != nil {
		return err
	}
	for _, d := range found {
		var item undo.Item
		if err := json.Unmarshal([]byte(d.Item), &item); err != nil {
			return fmt.Errorf("decode an item: %w: %w", directory.ErrUnavailable, err)
		}
		if item.Resource.ID == string(user) {
			continue
		}
		if err := s.PutItems(ctx, t, d.Undo, d.At, []undo.Item{item.Forget(user)}); err != nil {
			return err
		}
	}
	return s.items.deleteAll(ctx, within(t, onResource, is("resource", text(string(user)))))
}

// Items implements undo.Store.
func (s *Undos) Items(ctx context.Context, t directory.Tenant, job string, from, limit int) (items []undo.Item, err error) {
	if limit <= 0 {
		return nil, nil
	}
	w := within(t, onItem, is("undo", text(job)), is("n", bson.D{is("$gte", from)}))
	found, err := all[itemDocument](ctx, s.items, w, bson.D{}, options.Find().SetSort(bson.D{is("n", 1)}).SetLimit(int64(limit)))
	if err != nil {
		return nil, err
	}
	for _, d := range found {
		var item undo.Item
		if err := json.Unmarshal([]byte(d.Item), &item); err != nil {
			return nil, fmt.Errorf("decode an item: %w: %w", directory.ErrUnavailable, err)
		}
		items = append(items, item)
	}
	return items, nil
}

// Open implements undo.Store.
func (s *Undos) Open(ctx context.Context) ([]undo.Ref, error) {
	left, err := s.jobs.leftovers(ctx, onOpen)
	refs := make([]undo.Ref, len(left))
	for i, l := range left {
		refs[i] = undo.Ref{Tenant: l.Tenant, ID: resourceID[string](l.ID)}
	}
	return refs, err
}

// Prune implements undo.Store: MongoDB removes what is too old.
func (s *Undos) Prune(ctx context.Context, _ time.Time) error {
	if err := ctx.Err(); err != nil {
		return errors.Join(directory.ErrUnavailable, err)
	}
	return nil
}
