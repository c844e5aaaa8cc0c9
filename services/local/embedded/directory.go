package embedded

import (
	"context"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/devrev/scim/services/scim/directory"
)

// Directory is the directory.Store of a File.
type Directory struct{ file *File }

var _ directory.Store = (*Directory)(nil)

// Directory returns the store of users, groups and memberships.
func (f *File) Directory() *Directory { return &Directory{file: f} }

// Repair finds nothing to do: a transaction is whole or was never there.
func (d *Directory) Repair(ctx context.Context) error { return answer(ctx.Err()) }

// tenant is one tenant's part of the file, within a transaction. A table is opened at its
// first use: a read needs two or three of them.
type tenant struct {
	root   table
	opened *[len(tenantTables)]table
}

// The tables of a tenant, as indexes of tenantTables.
const (
	users = iota
	userBlocks
	userIndex
	userStates
	userStateBlocks
	gone
	goneBlocks
	goneIndex
	userNames
	externalIDs
	groups
	groupBlocks
	groupIndex
	groupNames
	members
	memberCounts
	memberOf
	records
	recordTimes
	events
	undos
	undoItems
	waiting
	waitingFor
	waitingTimes
	waitingCounts
	awaited
	words
	drifts
	hold
	held
)

var tenantTables = [...]string{
	users: "users", userBlocks: "userBlocks", userIndex: "userIndex", userStates: "userStates", userStateBlocks: "userStateBlocks",
	gone: "gone", goneBlocks: "goneBlocks", goneIndex: "goneIndex", userNames: "userNames", externalIDs: "externalIDs",
	groups: "groups", groupBlocks: "groupBlocks", groupIndex: "groupIndex", groupNames: "groupNames",
	members: "members", memberCounts: "memberCounts", memberOf: "memberOf",
	records: "records", recordTimes: "recordTimes", events: "events", undos: "undos", undoItems: "undoItems",
	waiting: "waiting", waitingFor: "waitingFor", waitingTimes: "waitingTimes", waitingCounts: "waitingCounts", awaited: "awaited",
	words: "words", drifts: "drifts",
	hold: "hold", held: "held",
}

func tenantOf(root table) tenant { return tenant{root, new([len(tenantTables)]table)} }

func (in tenant) table(i int) table {
	if in.opened[i].bucket == nil {
		in.opened[i] = in.root.sub(tenantTables[i])
	}
	return in.opened[i]
}

// users and groups are as lists show them, gone are the users who are deleted. Names and
// externalIds are of deleted users too. The states are of those who are not.
func (in tenant) users() roll         { return roll{in.table(users), in.table(userBlocks)} }
func (in tenant) userIndex() keyed    { return keyed{userKeys, in.table(userIndex)} }
func (in tenant) userStates() roll    { return roll{in.table(userStates), in.table(userStateBlocks)} }
func (in tenant) gone() roll          { return roll{in.table(gone), in.table(goneBlocks)} }
func (in tenant) goneIndex() keyed    { return keyed{userKeys, in.table(goneIndex)} }
func (in tenant) userNames() table    { return in.table(userNames) }
func (in tenant) externalIDs() table  { return in.table(externalIDs) }
func (in tenant) groups() roll        { return roll{in.table(groups), in.table(groupBlocks)} }
func (in tenant) groupIndex() keyed   { return keyed{groupKeys, in.table(groupIndex)} }
func (in tenant) groupNames() table   { return in.table(groupNames) }
func (in tenant) members() table      { return in.table(members) }
func (in tenant) memberCounts() table { return in.table(memberCounts) }
func (in tenant) hold() table         { return in.table(hold) }
func (in tenant) held() table         { return in.table(held) }
func (in tenant) memberOf() table     { return in.table(memberOf) }
func (in tenant) records() table      { return in.table(records) }
func (in tenant) recordTimes() table  { return in.table(recordTimes) }
func (in tenant) events() table       { return in.table(events) }
func (in tenant) undos() table        { return in.table(undos) }
func (in tenant) undoItems() table    { return in.table(undoItems) }
func (in tenant) words() table        { return in.table(words) }
func (in tenant) drifts() table       { return in.table(drifts) }

// waiting are the members that wait for their person, waitingFor who waits for one of a value, and
// awaited the users for whom there may be some.
func (in tenant) waiting() table       { return in.table(waiting) }
func (in tenant) waitingFor() table    { return in.table(waitingFor) }
func (in tenant) waitingTimes() table  { return in.table(waitingTimes) }
func (in tenant) waitingCounts() table { return in.table(waitingCounts) }
func (in tenant) awaited() table       { return in.table(awaited) }

// view runs read on the tenant's part as it is at the moment; one without any data is empty.
func (d *Directory) view(ctx context.Context, t directory.Tenant, read func(tenant) error) error {
	return answer(d.file.view(ctx, func(tx *bbolt.Tx) error {
		return read(tenantOf(tableAt(tx, "directory", string(t))))
	}))
}

// update runs change on the tenant's part. All of it happens or, if change returns an error,
// nothing. In a unit it may be done again after update has returned: so change reads nothing that
// is written to later, and writes to nothing but the tenant's part.
func (d *Directory) update(ctx context.Context, t directory.Tenant, change func(tenant) error) error {
	return answer(d.file.update(ctx, func(tx *bbolt.Tx) error {
		if root := tableAt(tx, "directory", string(t)); root.bucket != nil { // Open has seen to it that it has all tables
			return change(tenantOf(root))
		}
		if err := makeTenant(tx, t); err != nil {
			return err
		}
		return change(tenantOf(tableAt(tx, "directory", string(t))))
	}))
}

// updated is update for a change with a result: that of the first time.
func updated[T any](ctx context.Context, d *Directory, t directory.Tenant, change func(tenant) (T, error)) (result T, err error) {
	var first *T
	err = d.update(ctx, t, func(in tenant) error {
		result, err := change(in)
		if err == nil && first == nil {
			first = &result
		}
		return err
	})
	if err == nil {
		result = *first
	}
	return result, err
}

// makeTenant makes the tables of a tenant that are missing.
func makeTenant(tx *bbolt.Tx, t directory.Tenant) error {
	for _, name := range tenantTables {
		if _, err := makeTable(tx, "directory", string(t), name); err != nil {
			return err
		}
	}
	return nil
}

// answer lets the contract's own errors pass and makes ErrUnavailable of all others.
func answer(err error) error {
	_, duplicate := errors.AsType[*directory.Duplicate](err)
	if err == nil || duplicate || errors.Is(err, directory.ErrNotFound) || errors.Is(err, directory.ErrVersionConflict) ||
		errors.Is(err, directory.ErrTooMany) {
		return err
	}
	return fmt.Errorf("%w: %w", directory.ErrUnavailable, err)
}
