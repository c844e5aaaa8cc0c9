package embedded

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/scim/directory"
)

// The table words has what the identity provider last said about a resource, as a document, where
// that is not what is stored. In drifts is a key for each of User.Drifts: kind, 0, id.

// word returns what was last said about a resource.
func (in tenant) word(id string) (directory.Word, error) {
	value := in.words().get([]byte(id))
	if value == nil {
		return directory.Word{}, nil
	}
	doc, err := scim.Decode(value, 0)
	if err != nil {
		return directory.Word{}, fmt.Errorf("decode: %w", err)
	}
	return directory.WordOf(doc), nil
}

// putWord stores the Word of u, that was before until now, and the kinds by which u is found.
func (in tenant) putWord(before, u directory.User) error {
	return in.putWordOf(string(u.ID), ofUsers, before.Word, u.Word, before.Drifts(), u.Drifts())
}

// What the kinds of drift of users and of groups begin with, as keys.
const (
	ofUsers  directory.Drift = ""
	ofGroups directory.Drift = "group/"
)

func (in tenant) putWordOf(id string, of directory.Drift, before, w directory.Word, was, is []directory.Drift) error {
	for _, kind := range was {
		if slices.Contains(is, kind) {
			continue
		}
		if err := in.drifts().delete(pair(of+kind, id)); err != nil {
			return err
		}
	}
	for _, kind := range is {
		if err := in.drifts().put(pair(of+kind, id), noValue()); err != nil {
			return err
		}
	}
	if w.IsZero() {
		if before.IsZero() {
			return nil
		}
		return in.words().delete([]byte(id))
	}
	value, err := w.Document().AppendJSON(nil)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	return in.words().put([]byte(id), value)
}

// UsersByAddress implements directory.Store.
func (d *Directory) UsersByAddress(ctx context.Context, t directory.Tenant, addresses []string, limit int) (found []directory.User, err error) {
	err = d.view(ctx, t, func(in tenant) error {
		index := in.userIndex()
		at := slices.IndexFunc(index.attributes, func(p schema.Path) bool { return p.String() == "emails.value" })
		seen := map[string]bool{}
		for _, address := range addresses {
			for id := range index.keys.under(keyOf(index.attributes[at], keyValue(address), "")) {
				if seen[id] || len(found) == limit {
					continue
				}
				seen[id] = true
				value := in.table(users).get([]byte(id))
				if value == nil {
					continue
				}
				u, err := decodeUser(value)
				if err != nil {
					return err
				}
				found = append(found, u)
			}
		}
		return nil
	})
	return found, err
}

// Drifting implements directory.Store.
func (d *Directory) Drifting(ctx context.Context, t directory.Tenant, kind directory.Drift, after directory.UserID, limit int) (found []directory.User, err error) {
	err = d.view(ctx, t, func(in tenant) error {
		for _, id := range in.drifting(ofUsers+kind, string(after), limit) {
			u, err := in.user(directory.UserID(id))
			if err != nil {
				return err
			}
			found = append(found, u)
		}
		return nil
	})
	return found, err
}

// DriftingGroups implements directory.Store.
func (d *Directory) DriftingGroups(ctx context.Context, t directory.Tenant, kind directory.Drift, after directory.GroupID, limit int) (found []directory.Group, err error) {
	err = d.view(ctx, t, func(in tenant) error {
		for _, id := range in.drifting(ofGroups+kind, string(after), limit) {
			g, err := in.group(directory.GroupID(id))
			if err != nil {
				return err
			}
			found = append(found, g)
		}
		return nil
	})
	return found, err
}

// drifting returns the ids with this kind, behind after, at most limit.
func (in tenant) drifting(kind directory.Drift, after string, limit int) (ids []string) {
	prefix := pair(kind, "")
	for key := range in.drifts().since(string(pair(kind, after))) {
		id, ok := bytes.CutPrefix([]byte(key), prefix)
		if !ok || len(ids) == limit {
			break
		}
		if string(id) != after {
			ids = append(ids, string(id))
		}
	}
	return ids
}

// CountDrifting implements directory.Store.
func (d *Directory) CountDrifting(ctx context.Context, t directory.Tenant, kind directory.Drift, most int) (int, error) {
	return d.countDrifting(ctx, t, ofUsers+kind, most)
}

// CountDriftingGroups implements directory.Store.
func (d *Directory) CountDriftingGroups(ctx context.Context, t directory.Tenant, kind directory.Drift, most int) (int, error) {
	return d.countDrifting(ctx, t, ofGroups+kind, most)
}

func (d *Directory) countDrifting(ctx context.Context, t directory.Tenant, kind directory.Drift, most int) (n int, err error) {
	err = d.view(ctx, t, func(in tenant) error {
		n = len(in.drifting(kind, "", most))
		return nil
	})
	return n, err
}
