package history

import (
	"fmt"
	"slices"
	"time"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
)

// RecordRetention is how long records are kept.
const RecordRetention = 30 * 24 * time.Hour

// PartSize is how many members that came and went are in one part: of a record, and of the events
// of one change.
const PartSize = 500

// Record is one change of one user or group, with what it was before.
type Record struct {
	Resource Resource
	Version  int64 // to which the change led
	At       time.Time
	Before   Past
	Members  directory.MembershipChange // who came and went, in ascending order of id; of a deleted group, Removed are its last members
	Cause    directory.Cause
}

// Past is what a user or group was before a change; zero where there was none.
type Past struct {
	Version  int64
	State    directory.State // of a user, as are SignedIn and Deleted
	SignedIn bool
	Deleted  bool
	// Document is nil where the organisation keeps values out of its records: then no more of the
	// change than state and members can be undone.
	Document *scim.Document
}

// OfUser returns the record and the events of the change that made after of before; the zero before
// is that of a new user. after has the version, the time and the cause. A change that no one can
// see, that of the name of a deleted user, has no event.
func OfUser(before, after directory.User) (Record, []Event) {
	r := Record{Resource: Resource{User, string(after.ID)}, Version: after.Version, At: after.Modified, Cause: after.Cause}
	c := Change{Attributes: directory.Changed(before.Document, after.Document)}
	if before.State != after.State {
		c.State = Transition{before.State, after.State}
	}
	if before.ID != "" {
		r.Before = r.past(Past{before.Version, before.State, before.SignedIn, before.Deleted, before.Document})
	}
	t := typeOf(before, after)
	if t == "" {
		return r, nil
	}
	return r, []Event{r.event(1, t, c)}
}

// typeOf returns what a change of a user is told as.
func typeOf(before, after directory.User) Type {
	switch {
	case before.ID == "":
		return UserCreated
	case before.Deleted && after.Deleted:
		return ""
	case after.Deleted:
		return UserDeleted
	case before.Deleted:
		return UserRestored
	case before.State.Enabled() && !after.State.Enabled():
		return UserDeactivated
	case !before.State.Enabled() && after.State.Enabled():
		return UserReactivated
	case !before.SignedIn && after.SignedIn:
		return UserSignedIn
	default:
		return UserUpdated
	}
}

// OfGroup is OfUser for a group, whose members moved. after has no Document if the group was
// deleted; moved are then its last members.
func OfGroup(before, after directory.Group, moved directory.MembershipChange) (Record, []Event) {
	moved = directory.MembershipChange{Added: slices.Sorted(slices.Values(moved.Added)), Removed: slices.Sorted(slices.Values(moved.Removed))}
	r := Record{Resource: Resource{Group, string(after.ID)}, Version: after.Version, At: after.Modified, Members: moved, Cause: after.Cause}
	if before.ID != "" {
		r.Before = r.past(Past{Version: before.Version, Document: before.Document})
	}
	if after.Document == nil {
		return r, []Event{r.event(1, GroupDeleted, Change{})}
	}
	var events []Event
	switch changed := directory.Changed(before.Document, after.Document); {
	case before.ID == "":
		events = append(events, r.event(1, GroupCreated, Change{Attributes: changed}))
	case len(changed) > 0:
		events = append(events, r.event(1, GroupUpdated, Change{Attributes: changed}))
	}
	parts := Parts(moved)
	for n := range parts {
		m := Part(moved, n)
		c := Change{Added: m.Added, Removed: m.Removed, Part: n + 1, Parts: parts}
		events = append(events, r.event(len(events)+1, MembersChanged, c))
	}
	return r, events
}

// past returns p as r may keep it.
func (r Record) past(p Past) Past {
	if r.Cause.HideValues {
		p.Document = nil
	}
	return p
}

// event returns the nth event of r.
func (r Record) event(n int, t Type, c Change) Event {
	return Event{
		ID: fmt.Sprintf("%s-%d-%d", r.Resource.ID, r.Version, n), Type: t, At: r.At,
		Resource: r.Resource, Version: r.Version, Change: c, Cause: causeOf(r.Cause),
	}
}

// Parts returns how many parts of PartSize the members of a change have.
func Parts(m directory.MembershipChange) int {
	return (len(m.Added) + len(m.Removed) + PartSize - 1) / PartSize
}

// Part returns one part, 0 being the first, of those who came and went; those who came are first.
func Part(m directory.MembershipChange, n int) directory.MembershipChange {
	from, to := n*PartSize, (n+1)*PartSize
	of := func(ids []directory.UserID, skipped int) []directory.UserID {
		return ids[min(max(from-skipped, 0), len(ids)):min(max(to-skipped, 0), len(ids))]
	}
	return directory.MembershipChange{Added: of(m.Added, 0), Removed: of(m.Removed, len(m.Added))}
}
