package embedded

import (
	"context"
	"time"

	"go.etcd.io/bbolt"

	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/guard"
)

var _ guard.Store = (*Directory)(nil)

// holdKey is where a tenant's hold is. What is held is at its guard.HeldID.
func holdKey() []byte { return []byte("hold") }

// found returns what getJSON does, with directory.ErrNotFound where there is nothing.
func found[T any](t table, key []byte) (T, error) {
	v, ok, err := getJSON[T](t, key)
	if err == nil && !ok {
		err = directory.ErrNotFound
	}
	return v, err
}

// Hold implements guard.Store.
func (d *Directory) Hold(ctx context.Context, t directory.Tenant) (h guard.Hold, err error) {
	err = d.view(ctx, t, func(in tenant) (err error) {
		h, err = found[guard.Hold](in.hold(), holdKey())
		return err
	})
	return h, err
}

// PutHold implements guard.Store.
func (d *Directory) PutHold(ctx context.Context, t directory.Tenant, h guard.Hold) error {
	return d.update(ctx, t, func(in tenant) error {
		before, _, err := getJSON[guard.Hold](in.hold(), holdKey())
		if err != nil {
			return err
		}
		if before.Version != h.Version-1 {
			return directory.ErrVersionConflict
		}
		return in.hold().putJSON(holdKey(), h)
	})
}

// Unfinished implements guard.Store.
func (d *Directory) Unfinished(ctx context.Context) (unfinished []directory.Tenant, err error) {
	err = answer(d.file.view(ctx, func(tx *bbolt.Tx) error {
		for t := range tableAt(tx, "directory").under(nil) {
			h, ok, err := getJSON[guard.Hold](tenantOf(tableAt(tx, "directory", t)).hold(), holdKey())
			if err != nil {
				return err
			}
			if ok && h.State != guard.HoldDecided {
				unfinished = append(unfinished, directory.Tenant(t))
			}
		}
		return nil
	}))
	return unfinished, err
}

// Held implements guard.Store.
func (d *Directory) Held(ctx context.Context, t directory.Tenant, id guard.HeldID) (h guard.Held, err error) {
	err = d.view(ctx, t, func(in tenant) (err error) {
		h, err = found[guard.Held](in.held(), []byte(id))
		return err
	})
	return h, err
}

// HeldOf implements guard.Store.
func (d *Directory) HeldOf(ctx context.Context, t directory.Tenant, group directory.GroupID) (list []guard.Held, err error) {
	err = d.view(ctx, t, func(in tenant) error {
		for _, value := range in.held().under([]byte(guard.HeldMember(group, ""))) {
			h, err := decode[guard.Held](value)
			if err != nil {
				return err
			}
			list = append(list, h)
		}
		return nil
	})
	return list, err
}

// Keep implements guard.Store.
func (d *Directory) Keep(ctx context.Context, t directory.Tenant, held ...guard.Held) error {
	return d.update(ctx, t, func(in tenant) error {
		for _, h := range held {
			if err := in.held().putJSON([]byte(h.ID()), h); err != nil {
				return err
			}
		}
		return nil
	})
}

// Settle implements guard.Store.
func (d *Directory) Settle(
	ctx context.Context, t directory.Tenant, hold string, ids []guard.HeldID, to guard.HeldState, at time.Time,
) (int, error) {
	return updated(ctx, d, t, func(in tenant) (settled int, err error) {
		for _, id := range ids {
			h, ok, err := getJSON[guard.Held](in.held(), []byte(id))
			if err != nil {
				return 0, err
			}
			if !ok || h.Hold != hold || h.State != guard.Waiting {
				continue
			}
			h.State, h.Decided = to, at
			if err := in.held().putJSON([]byte(id), h); err != nil {
				return 0, err
			}
			settled++
		}
		return settled, nil
	})
}

// ListHeld implements guard.Store.
func (d *Directory) ListHeld(
	ctx context.Context, t directory.Tenant, hold string, state guard.HeldState, after guard.HeldID, limit int,
) (list []guard.Held, err error) {
	err = d.view(ctx, t, func(in tenant) error {
		for _, value := range in.held().since(string(after) + "\x00") {
			if len(list) >= limit {
				break
			}
			h, err := decode[guard.Held](value)
			if err != nil {
				return err
			}
			if h.Hold == hold && (state == "" || h.State == state) {
				list = append(list, h)
			}
		}
		return nil
	})
	return list, err
}

// CountHeld implements guard.Store.
func (d *Directory) CountHeld(ctx context.Context, t directory.Tenant, hold string) (guard.Counts, error) {
	counts := guard.Counts{}
	err := d.view(ctx, t, func(in tenant) error {
		for _, value := range in.held().under(nil) {
			h, err := decode[guard.Held](value)
			if err != nil {
				return err
			}
			if h.Hold == hold {
				counts.Add(h.Kind(), h.State, 1)
			}
		}
		return nil
	})
	return counts, err
}

// PruneHeld implements guard.Store.
func (d *Directory) PruneHeld(ctx context.Context, now time.Time) error {
	return answer(d.file.update(ctx, func(tx *bbolt.Tx) error {
		for t := range tableAt(tx, "directory").under(nil) {
			held := tenantOf(tableAt(tx, "directory", t)).held()
			var old []string
			for id, value := range held.under(nil) {
				h, err := decode[guard.Held](value)
				if err != nil {
					return err
				}
				if !h.Decided.IsZero() && h.Decided.Before(now.Add(-guard.HeldFor)) {
					old = append(old, id)
				}
			}
			for _, id := range old {
				if err := held.delete([]byte(id)); err != nil {
					return err
				}
			}
		}
		return nil
	}))
}

// eraseHeld removes what is held of a person, also as a member of groups.
func (in tenant) eraseHeld(user directory.UserID) error {
	var theirs []string
	for id, value := range in.held().under(nil) {
		h, err := decode[guard.Held](value)
		if err != nil {
			return err
		}
		if h.User == user {
			theirs = append(theirs, id)
		}
	}
	for _, id := range theirs {
		if err := in.held().delete([]byte(id)); err != nil {
			return err
		}
	}
	return nil
}
