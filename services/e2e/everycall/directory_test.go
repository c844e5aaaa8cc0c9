package everycall

import (
	"context"

	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// users is a directory.Store whose calls may fail.
type users struct {
	directory.Store
	*faults
}

func of[T any](f *faults, call string, do func() (T, error)) (T, error) {
	return through(f, call, directory.ErrUnavailable, do)
}

func (s users) CreateUser(ctx context.Context, t directory.Tenant, u directory.User) error {
	return past(s.faults, "CreateUser", directory.ErrUnavailable, func() error { return s.Store.CreateUser(ctx, t, u) })
}

func (s users) User(ctx context.Context, t directory.Tenant, id directory.UserID) (directory.User, error) {
	return of(s.faults, "User", func() (directory.User, error) { return s.Store.User(ctx, t, id) })
}

func (s users) UserByName(ctx context.Context, t directory.Tenant, nameKey string) (directory.User, error) {
	return of(s.faults, "UserByName", func() (directory.User, error) { return s.Store.UserByName(ctx, t, nameKey) })
}

func (s users) UsersByExternalID(ctx context.Context, t directory.Tenant, externalID string) ([]directory.User, error) {
	return of(s.faults, "UsersByExternalID", func() ([]directory.User, error) { return s.Store.UsersByExternalID(ctx, t, externalID) })
}

func (s users) ReplaceUser(ctx context.Context, t directory.Tenant, u directory.User) (directory.User, error) {
	return of(s.faults, "ReplaceUser", func() (directory.User, error) { return s.Store.ReplaceUser(ctx, t, u) })
}

func (s users) DeleteUser(ctx context.Context, t directory.Tenant, u directory.User) error {
	return past(s.faults, "DeleteUser", directory.ErrUnavailable, func() error { return s.Store.DeleteUser(ctx, t, u) })
}

func (s users) ListUsers(ctx context.Context, t directory.Tenant, q directory.Query) (directory.Page[directory.User], error) {
	return of(s.faults, "ListUsers", func() (directory.Page[directory.User], error) { return s.Store.ListUsers(ctx, t, q) })
}

func (s users) KnownUsers(ctx context.Context, t directory.Tenant, ids []directory.UserID) ([]directory.UserID, error) {
	return of(s.faults, "KnownUsers", func() ([]directory.UserID, error) { return s.Store.KnownUsers(ctx, t, ids) })
}

func (s users) NamesOf(ctx context.Context, t directory.Tenant, ids []directory.UserID) (map[directory.UserID]string, error) {
	return of(s.faults, "NamesOf", func() (map[directory.UserID]string, error) { return s.Store.NamesOf(ctx, t, ids) })
}

func (s users) CreateGroup(ctx context.Context, t directory.Tenant, g directory.Group) error {
	return past(s.faults, "CreateGroup", directory.ErrUnavailable, func() error { return s.Store.CreateGroup(ctx, t, g) })
}

func (s users) Group(ctx context.Context, t directory.Tenant, id directory.GroupID, withMembers bool) (directory.Group, error) {
	return of(s.faults, "Group", func() (directory.Group, error) { return s.Store.Group(ctx, t, id, withMembers) })
}

func (s users) Standing(ctx context.Context, t directory.Tenant, id directory.GroupID, d directory.MemberDelta) (directory.Standing, error) {
	return of(s.faults, "Standing", func() (directory.Standing, error) { return s.Store.Standing(ctx, t, id, d) })
}

// updated is what UpdateGroup returns.
type updated struct {
	group  directory.Group
	change directory.MembershipChange
}

func (s users) UpdateGroup(ctx context.Context, t directory.Tenant, g directory.Group, d directory.MemberDelta) (directory.Group, directory.MembershipChange, error) {
	u, err := of(s.faults, "UpdateGroup", func() (updated, error) {
		group, change, err := s.Store.UpdateGroup(ctx, t, g, d)
		return updated{group, change}, err
	})
	return u.group, u.change, err
}

func (s users) SetPrivileged(ctx context.Context, t directory.Tenant, g directory.Group) error {
	return past(s.faults, "SetPrivileged", directory.ErrUnavailable, func() error { return s.Store.SetPrivileged(ctx, t, g) })
}

func (s users) HearGroup(ctx context.Context, t directory.Tenant, g directory.Group) error {
	return past(s.faults, "HearGroup", directory.ErrUnavailable, func() error { return s.Store.HearGroup(ctx, t, g) })
}

func (s users) DeleteGroup(ctx context.Context, t directory.Tenant, g directory.Group) error {
	return past(s.faults, "DeleteGroup", directory.ErrUnavailable, func() error { return s.Store.DeleteGroup(ctx, t, g) })
}

func (s users) ListGroups(ctx context.Context, t directory.Tenant, q directory.Query) (directory.Page[directory.Group], error) {
	return of(s.faults, "ListGroups", func() (directory.Page[directory.Group], error) { return s.Store.ListGroups(ctx, t, q) })
}

func (s users) CountMembers(ctx context.Context, t directory.Tenant, groups []directory.GroupID) (map[directory.GroupID]int, error) {
	return of(s.faults, "CountMembers", func() (map[directory.GroupID]int, error) { return s.Store.CountMembers(ctx, t, groups) })
}

func (s users) GroupsOf(ctx context.Context, t directory.Tenant, ids []directory.UserID) (map[directory.UserID][]directory.GroupRef, error) {
	return of(s.faults, "GroupsOf", func() (map[directory.UserID][]directory.GroupRef, error) { return s.Store.GroupsOf(ctx, t, ids) })
}

// lines is an activity.Store whose calls may fail.
type lines struct {
	activity.Store
	*faults
}

func (s lines) Record(ctx context.Context, t directory.Tenant, e activity.Entry, moved []activity.Moved) error {
	return past(s.faults, "Record", directory.ErrUnavailable, func() error { return s.Store.Record(ctx, t, e, moved) })
}

func (s lines) List(ctx context.Context, t directory.Tenant, q activity.Query) ([]activity.Entry, error) {
	return of(s.faults, "List of activity", func() ([]activity.Entry, error) { return s.Store.List(ctx, t, q) })
}

func (s lines) Count(ctx context.Context, t directory.Tenant, more activity.Counts) error {
	return past(s.faults, "Count", directory.ErrUnavailable, func() error { return s.Store.Count(ctx, t, more) })
}
