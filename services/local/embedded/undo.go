package embedded

import (
	"context"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/undo"
)

// Undos is the undo.Store of a File.
type Undos struct{ directory *Directory }

var _ undo.Store = (*Undos)(nil)

// Undos returns the store of undos.
func (f *File) Undos() *Undos { return &Undos{f.Directory()} }

// Create implements undo.Store.
func (s *Undos) Create(ctx context.Context, t directory.Tenant, j undo.Job) error {
	taken, err := updated(ctx, s.directory, t, func(in tenant) (bool, error) {
		for _, value := range in.undos().under(nil) {
			other, err := decode[undo.Job](value)
			if err != nil {
				return false, err
			}
			if other.Slot == j.Slot || slices.ContainsFunc(other.Claims, func(c string) bool { return slices.Contains(j.Claims, c) }) {
				return true, nil
			}
		}
		return false, in.undos().putJSON([]byte(j.ID), j)
	})
	if taken {
		return undo.ErrBusy
	}
	return err
}

// Job implements undo.Store.
func (s *Undos) Job(ctx context.Context, t directory.Tenant, id string) (j undo.Job, err error) {
	err = s.directory.view(ctx, t, func(in tenant) error {
		var ok bool
		if j, ok, err = getJSON[undo.Job](in.undos(), []byte(id)); err == nil && !ok {
			err = directory.ErrNotFound
		}
		return err
	})
	return j, err
}

// Claimant implements undo.Store.
func (s *Undos) Claimant(ctx context.Context, t directory.Tenant, claim string) (found undo.Job, err error) {
	err = s.directory.view(ctx, t, func(in tenant) error {
		for _, value := range in.undos().under(nil) {
			j, err := decode[undo.Job](value)
			if err != nil {
				return err
			}
			if slices.Contains(j.Claims, claim) {
				found = j
				return nil
			}
		}
		return directory.ErrNotFound
	})
	return found, err
}

// Jobs implements undo.Store.
func (s *Undos) Jobs(ctx context.Context, t directory.Tenant, key, after string, limit int) (jobs []undo.Job, err error) {
	err = s.directory.view(ctx, t, func(in tenant) error {
		for _, value := range in.undos().before(after) {
			if len(jobs) >= limit {
				break
			}
			j, err := decode[undo.Job](value)
			if err != nil {
				return err
			}
			if key == "" || key == j.Key {
				jobs = append(jobs, j)
			}
		}
		return nil
	})
	return jobs, err
}

// Put implements undo.Store.
func (s *Undos) Put(ctx context.Context, t directory.Tenant, j undo.Job) (undo.Job, error) {
	next := j
	next.Rev++
	err := s.directory.update(ctx, t, func(in tenant) error {
		stored, ok, err := getJSON[undo.Job](in.undos(), []byte(j.ID))
		switch {
		case err != nil:
			return err
		case !ok:
			return directory.ErrNotFound
		case stored.Rev != j.Rev:
			return directory.ErrVersionConflict
		}
		return in.undos().putJSON([]byte(j.ID), next)
	})
	if err != nil {
		return undo.Job{}, err
	}
	return next, nil
}

// itemKey is a job and a place in it.
func itemKey(job string, n int) []byte { return append(pair(job, ""), seqKey(int64(n))...) }

// PutItems implements undo.Store.
func (s *Undos) PutItems(ctx context.Context, t directory.Tenant, job string, _ time.Time, items []undo.Item) error {
	return s.directory.update(ctx, t, func(in tenant) error {
		for _, item := range items {
			if err := in.undoItems().putJSON(itemKey(job, item.N), item); err != nil {
				return err
			}
		}
		return nil
	})
}

// Items implements undo.Store.
func (s *Undos) Items(ctx context.Context, t directory.Tenant, job string, from, limit int) (items []undo.Item, err error) {
	err = s.directory.view(ctx, t, func(in tenant) error {
		end := string(pair(job, "")) + "\xff"
		for key, value := range in.undoItems().since(string(itemKey(job, from))) {
			if len(items) >= limit || key >= end {
				break
			}
			item, err := decode[undo.Item](value)
			if err != nil {
				return err
			}
			items = append(items, item)
		}
		return nil
	})
	return items, err
}

// Open implements undo.Store.
func (s *Undos) Open(ctx context.Context) (open []undo.Ref, err error) {
	err = s.each(ctx, func(t directory.Tenant, j undo.Job) {
		if j.State != undo.Done {
			open = append(open, undo.Ref{Tenant: t, ID: j.ID})
		}
	})
	return open, err
}

// each calls do with the jobs of all tenants, the oldest of each first.
func (s *Undos) each(ctx context.Context, do func(directory.Tenant, undo.Job)) error {
	return answer(s.directory.file.view(ctx, func(tx *bbolt.Tx) error {
		root := tableAt(tx, "directory")
		for t := range root.under(nil) {
			for _, value := range root.sub(t).sub("undos").under(nil) {
				j, err := decode[undo.Job](value)
				if err != nil {
					return err
				}
				do(directory.Tenant(t), j)
			}
		}
		return nil
	}))
}

// Prune implements undo.Store.
func (s *Undos) Prune(ctx context.Context, now time.Time) error {
	var old []undo.Ref
	err := s.each(ctx, func(t directory.Tenant, j undo.Job) {
		if j.At.Before(now.Add(-undo.Retention)) {
			old = append(old, undo.Ref{Tenant: t, ID: j.ID})
		}
	})
	for _, ref := range old {
		if err == nil {
			err = s.directory.update(ctx, ref.Tenant, func(in tenant) error {
				if err := removeUnder(in.undoItems(), pair(ref.ID, "")); err != nil {
					return err
				}
				return in.undos().delete([]byte(ref.ID))
			})
		}
	}
	return err
}

// forgetInItems removes what undos say of a user who is erased.
func (in tenant) forgetInItems(user directory.UserID) error {
	about := map[string]undo.Item{}
	for key, value := range in.undoItems().under(nil) {
		item, err := decode[undo.Item](value)
		if err != nil {
			return err
		}
		if slices.Contains(item.People(), user) {
			about[key] = item
		}
	}
	for key, item := range about {
		var err error
		if item.Resource.ID == string(user) {
			err = in.undoItems().delete([]byte(key))
		} else {
			err = in.undoItems().putJSON([]byte(key), item.Forget(user))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
