package embedded

import (
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/devrev/scim/services/scim/directory"
)

// upgrade brings a file into its present form. Before rolls were counted, deleted users were stored
// with the others.
func upgrade(db *bbolt.DB) error {
	var old []directory.Tenant
	err := db.View(func(tx *bbolt.Tx) error {
		root := tableAt(tx, "directory")
		for t := range root.under(nil) {
			if root.sub(t).sub("userBlocks").bucket == nil {
				old = append(old, directory.Tenant(t))
			}
		}
		return nil
	})
	for _, t := range old {
		if err == nil {
			err = db.Update(func(tx *bbolt.Tx) error { return countRolls(tx, t) })
		}
	}
	if err != nil {
		return fmt.Errorf("upgrade: %w", err)
	}
	return nil
}

func countRolls(tx *bbolt.Tx, t directory.Tenant) error {
	for _, name := range tenantTables {
		if _, err := makeTable(tx, "directory", string(t), name); err != nil {
			return err
		}
	}
	in := tenantOf(tableAt(tx, "directory", string(t)))
	var gone []directory.User
	for _, value := range in.users().rows.under(nil) {
		u, err := decodeUser(value)
		if err != nil {
			return err
		}
		if u.Deleted {
			gone = append(gone, u)
		}
	}
	for _, u := range gone {
		value := in.users().get(string(u.ID))
		if err := in.gone().put([]byte(u.ID), append([]byte(nil), value...)); err != nil {
			return err
		}
		if err := in.users().rows.delete([]byte(u.ID)); err != nil {
			return err
		}
	}
	for _, r := range []roll{in.users(), in.groups()} {
		if err := r.recount(); err != nil {
			return err
		}
	}
	return nil
}
