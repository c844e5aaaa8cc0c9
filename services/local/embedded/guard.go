package embedded

import (
	"context"
	"time"

	"go.etcd.io/bbolt"

	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/guard"
)

var _ guard.Store = (*Directory)(nil)

// holdKey is where a tenant's hold is. Who is held is at the user's id.
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
func (d *Directory) Held(ctx context.Context, t directory.Tenant, user directory.UserID) (h guard.Held, err error) {
	err = d.view(ctx, t, func(in tenant) (err error) {
		h, err = found[guard.Held](in.held(), []byte(user))
		return err
	})
	return h, err
}

// Keep implements guard.Store.
func (d *Directory) Keep(ctx context.Context, t directory.Tenant, h guard.Held) error {
	return d.update(ctx, t, func(in tenant) error { return in.held().putJSON([]byte(h.User), h) })
}

// Settle implements guard.Store.
func (d *Directory) Settle(
	ctx context.Context, t directory.Tenant, hold string, user directory.UserID, to guard.HeldState, at time.Time,
) (settled bool, err error) {
	return updated(ctx, d, t, func(in tenant) (bool, error) {
		h, ok, err := getJSON[guard.Held](in.held(), []byte(user))
		if err != nil || !ok || h.Hold != hold || h.State != guard.Waiting {
			return false, err
		}
		h.State, h.Decided = to, at
		return true, in.held().putJSON([]byte(user), h)
	})
}

// ListHeld implements guard.Store.
func (d *Directory) ListHeld(
	ctx context.Context, t directory.Tenant, hold string, state guard.HeldState, after directory.UserID, limit int,
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
func (d *Directory) CountHeld(ctx context.Context, t directory.Tenant, hold string) (map[guard.HeldState]int, error) {
	counts := map[guard.HeldState]int{}
	err := d.view(ctx, t, func(in tenant) error {
		for _, value := range in.held().under(nil) {
			h, err := decode[guard.Held](value)
			if err != nil {
				return err
			}
			if h.Hold == hold {
				counts[h.State]++
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
			for user, value := range held.under(nil) {
				h, err := decode[guard.Held](value)
				if err != nil {
					return err
				}
				if !h.Decided.IsZero() && h.Decided.Before(now.Add(-guard.HeldFor)) {
					old = append(old, user)
				}
			}
			for _, user := range old {
				if err := held.delete([]byte(user)); err != nil {
					return err
				}
			}
		}
		return nil
	}))
}
