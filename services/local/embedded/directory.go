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

// tenant is one tenant's part of the file, within a transaction.
type tenant struct {
	users, groups          roll  // as lists show them
	gone                   table // users who are deleted
	userNames, externalIDs table // deleted users included
	groupNames             table
	members, memberOf      table
}

// view runs read on the tenant's part as it is at the moment; one without any data is empty.
func (d *Directory) view(ctx context.Context, t directory.Tenant, read func(tenant) error) error {
	return answer(d.file.view(ctx, func(tx *bbolt.Tx) error {
		return read(tenantOf(tableAt(tx, "directory", string(t))))
	}))
}

// update runs change on the tenant's part. All of it happens or, if change returns an error, nothing.
func (d *Directory) update(ctx context.Context, t directory.Tenant, change func(tenant) error) error {
	return answer(d.file.update(ctx, func(tx *bbolt.Tx) error {
		root, err := makeTable(tx, "directory", string(t))
		for _, name := range tenantTables() {
			if err != nil {
				break
			}
			_, err = makeTable(tx, "directory", string(t), name)
		}
		if err != nil {
			return err
		}
		return change(tenantOf(root))
	}))
}

func tenantTables() []string {
	return []string{
		"users", "userBlocks", "gone", "userNames", "externalIDs", "groups", "groupBlocks", "groupNames", "members", "memberOf",
	}
}

func tenantOf(root table) tenant {
	return tenant{
		users: roll{root.sub("users"), root.sub("userBlocks")}, gone: root.sub("gone"),
		userNames: root.sub("userNames"), externalIDs: root.sub("externalIDs"),
		groups: roll{root.sub("groups"), root.sub("groupBlocks")}, groupNames: root.sub("groupNames"),
		members: root.sub("members"), memberOf: root.sub("memberOf"),
	}
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
