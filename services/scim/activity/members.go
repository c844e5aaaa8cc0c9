package activity

import (
	"context"
	"slices"

	"github.com/devrev/scim/services/scim/directory"
)

// Moved is a user who joined a group by a change of it, or left it.
type Moved struct {
	User   directory.UserID
	Joined bool // else the user left
}

// Members are the first of those who joined a group, and of those who left it, in ascending order
// of id. Log.Moved has all.
type Members struct {
	Added   []directory.UserID `json:"added,omitempty"`
	Removed []directory.UserID `json:"removed,omitempty"`
}

// OnlyOf returns the Members of an entry as a reader sees them who asks for m alone.
func (m Moved) OnlyOf() Members {
	if m.Joined {
		return Members{Added: []directory.UserID{m.User}}
	}
	return Members{Removed: []directory.UserID{m.User}}
}

// movedBy returns whom a change of a group moved: who joined and then who left, both in ascending
// order of id.
func movedBy(made *directory.Change) []Moved {
	moved := make([]Moved, 0, len(made.Members.Added)+len(made.Members.Removed))
	for _, id := range slices.Sorted(slices.Values(made.Members.Added)) {
		moved = append(moved, Moved{id, true})
	}
	for _, id := range slices.Sorted(slices.Values(made.Members.Removed)) {
		moved = append(moved, Moved{id, false})
	}
	return moved
}

// name writes into e how many moved, and the first of them.
func (e *Entry) name(moved []Moved) {
	for _, m := range moved {
		n, ids := &e.MembersRemoved, &e.Members.Removed
		if m.Joined {
			n, ids = &e.MembersAdded, &e.Members.Added
		}
		if *n++; *n <= most {
			*ids = append(*ids, m.User)
		} else {
			e.Omitted.Members++
		}
	}
}

// Moved returns who joined a group and who left it by the change that an entry tells of: those
// behind the first skip, at most limit. It is 404 if there is no such entry. Entries of versions
// before this one name no one.
func (l *Log) Moved(ctx context.Context, org directory.Organisation, id string, skip, limit int) ([]Moved, error) {
	if _, err := l.Entry(ctx, org, id); err != nil {
		return nil, err
	}
	moved, err := l.store.Moved(ctx, org.Tenant, id, skip, limit)
	return moved, unreadable(err)
}
