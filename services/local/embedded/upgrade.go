package embedded

import (
	"bytes"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/devrev/scim/services/internal/format"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// prepare makes sure that this program can read the file, and brings it into its present form.
func prepare(db *bbolt.DB) error {
	if err := enter(db, format.Current()); err != nil {
		return err
	}
	return upgrade(db)
}

// enter admits a program of this format to the file, which remembers it.
func enter(db *bbolt.DB, program format.Format) error {
	key := []byte("format")
	var stored format.Format
	err := db.View(func(tx *bbolt.Tx) (err error) {
		stored, _, err = getJSON[format.Format](tableAt(tx, "format"), key)
		return err
	})
	if err == nil {
		err = program.Check("the file", stored)
	}
	if err != nil || !program.Raises(stored) {
		return err
	}
	return db.Update(func(tx *bbolt.Tx) error {
		t, err := makeTable(tx, "format")
		if err != nil {
			return err
		}
		return t.putJSON(key, program.Highest(stored))
	})
}

// upgrade brings a file into its present form. Before rolls were counted, deleted users were stored
// with the others; before lists and the activity had indexes, there were no states and no numbers
// of members either.
func upgrade(db *bbolt.DB) error {
	for _, part := range []struct {
		root   string
		tables []string
		make   func(*bbolt.Tx, directory.Tenant) error
	}{
		{"directory", tenantTables[:], indexLists},
		{"activity", toldTables, indexActivity},
	} {
		var old []directory.Tenant
		err := db.View(func(tx *bbolt.Tx) error {
			root := tableAt(tx, part.root)
			for t := range root.under(nil) {
				missing := func(name string) bool { return root.sub(t).sub(name).bucket == nil }
				if slices.ContainsFunc(part.tables, missing) {
					old = append(old, directory.Tenant(t))
				}
			}
			return nil
		})
		for _, t := range old {
			if err == nil {
				err = db.Update(func(tx *bbolt.Tx) error { return part.make(tx, t) })
			}
		}
		if err != nil {
			return fmt.Errorf("upgrade: %w", err)
		}
	}
	return nil
}

func indexActivity(tx *bbolt.Tx, t directory.Tenant) error {
	if err := makeActivity(tx, t); err != nil {
		return err
	}
	in := toldOf(tableAt(tx, "activity", string(t)))
	var made entries
	for _, value := range in.entries.under(nil) {
		e, err := decode[activity.Entry](value)
		if err != nil {
			return err
		}
		made.add(in.index, noValue(), indexed(e)...)
	}
	return made.put()
}

func indexLists(tx *bbolt.Tx, t directory.Tenant) error {
	if err := makeTenant(tx, t); err != nil {
		return err
	}
	in := tenantOf(tableAt(tx, "directory", string(t)))
	if err := in.partGone(); err != nil {
		return err
	}
	var made entries
	for _, rows := range []table{in.users().rows, in.gone().rows} {
		for id, value := range rows.under(nil) {
			u, err := decodeUser(value)
			if err != nil {
				return err
			}
			made.add(in.indexOf(u).keys, noValue(), in.indexOf(u).of(id, u.Resource())...)
			if !u.Deleted {
				made.add(in.userStates().rows, noValue(), pair(u.State, u.ID))
			}
		}
	}
	for id, value := range in.groups().rows.under(nil) {
		g, err := decodeGroup(value)
		if err != nil {
			return err
		}
		made.add(in.groupIndex().keys, noValue(), in.groupIndex().of(id, g.Resource())...)
		if n := len(in.membersOf(g.ID)); n > 0 {
			made.add(in.memberCounts(), sizeOf(n), []byte(id))
		}
	}
	if err := made.put(); err != nil {
		return err
	}
	for _, r := range []roll{in.users(), in.gone(), in.userStates(), in.groups()} {
		if err := r.recount(); err != nil {
			return err
		}
	}
	return nil
}

// partGone moves the users who are deleted to those who are.
func (in tenant) partGone() error {
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
		if err := in.gone().rows.put([]byte(u.ID), append([]byte(nil), value...)); err != nil {
			return err
		}
		if err := in.users().rows.delete([]byte(u.ID)); err != nil {
			return err
		}
	}
	return nil
}

// entries are keys that are put in ascending order, which is many times as fast as in another.
type entries []entry

type entry struct {
	table      table
	key, value []byte
}

func (e *entries) add(to table, value []byte, keys ...[]byte) {
	for _, key := range keys {
		*e = append(*e, entry{to, key, value})
	}
}

func (e *entries) put() error {
	slices.SortFunc(*e, func(a, b entry) int { return bytes.Compare(a.key, b.key) })
	for _, made := range *e {
		if err := made.table.put(made.key, made.value); err != nil {
			return err
		}
	}
	return nil
}
