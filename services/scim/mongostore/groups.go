package mongostore

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/devrev/scim/services/scim/directory"
)

// groupDocument is a directory.Group as it is stored. Its members are documents of their own.
type groupDocument struct {
	ID         string            `bson:"_id"` // documentID
	Tenant     directory.Tenant  `bson:"org"`
	Version    int64             `bson:"ver"`
	NameKey    string            `bson:"nameKey"`
	Deleted    bool              `bson:"deleted"` // for everybody; the document stays until the memberships are gone
	Document   document          `bson:"doc"`
	Key        bson.D            `bson:"key,omitempty"` // keyOf; written, never read
	Created    time.Time         `bson:"created"`
	Modified   time.Time         `bson:"modified"`
	Members    *int              `bson:"members,omitempty"`    // how many this version has; nil: not counted yet
	Pending    *membershipChange `bson:"pending,omitempty"`    // what this version changes in the members, until all of it is in their documents
	Unfinished directory.Tenant  `bson:"unfinished,omitempty"` // the tenant, while Pending or a deletion has yet to be finished
	Cause      causeDocument     `bson:"cause"`                // of this version
	Out        []past            `bson:"out,omitempty"`        // the versions before, as far as they were not told yet
	Untold     directory.Tenant  `bson:"untold,omitempty"`     // the tenant, while there are any
	Left       *past             `bson:"left,omitempty"`       // of a deleted group: Moved and Parts of its last members
	Waits      int64             `bson:"waits,omitempty"`      // rises with each change of what waits for the group; absent before the first
	Privileged bool              `bson:"privileged,omitempty"` // no part of the version
	Word       document          `bson:"word,omitempty"`       // as in a userDocument
	Drift      []directory.Drift `bson:"drift,omitempty"`      // the kinds in it
}

func groupDocumentOf(t directory.Tenant, g directory.Group, change membershipChange) groupDocument {
	g.ID = text(g.ID)
	d := groupDocument{
		ID: documentID(t, g.ID), Tenant: t, Version: g.Version, NameKey: g.NameKey,
		Document: document{g.Document.Clone()}, Key: keyOf(g.Resource()), Created: g.Created, Modified: g.Modified,
		Cause: causeDocument(g.Cause), Untold: t, Word: wordDocument(g.Word), Drift: g.Word.Drifts(),
	}
	if !change.empty() {
		d.Pending, d.Unfinished = &change, t
	}
	return d
}

// group returns the group without members.
func (d groupDocument) group() directory.Group {
	return directory.Group{
		ID: d.groupID(), Version: d.Version, NameKey: d.NameKey,
		Document: d.Document.Document, Created: d.Created.UTC(), Modified: d.Modified.UTC(), Privileged: d.Privileged, Word: directory.WordOf(d.Word.Document),
	}
}

func (d groupDocument) groupID() directory.GroupID { return resourceID[directory.GroupID](d.ID) }

// living selects the group of this id unless it is deleted.
func living(t directory.Tenant, id directory.GroupID) where {
	return withID(t, documentID(t, id), is("deleted", false))
}

// CreateGroup implements directory.Store.
func (s *Store) CreateGroup(ctx context.Context, t directory.Tenant, g directory.Group) error {
	known, err := s.KnownUsers(ctx, t, g.Members)
	if err != nil {
		return err
	}
	change := membershipChange{Add: known}
	d := groupDocumentOf(t, g, change)
	members := len(known)
	d.Members, d.Out = &members, first(change)
	if err := s.groups.insertCounted(ctx, t, d.ID, shift{shown: 1}, d); err != nil {
		return s.isBackAlready(ctx, d, err)
	}
	if err := s.carryOut(ctx, d); err != nil { // whoever comes next goes on with what fails here
		return err
	}
	s.left(t, true, d.ID)
	return nil
}

// isBackAlready returns err, with which MongoDB refused to insert d, or ErrVersionConflict if d
// comes back and is there, or not yet gone: then it goes now.
func (s *Store) isBackAlready(ctx context.Context, d groupDocument, err error) error {
	if _, refused := errors.AsType[*directory.Duplicate](err); !refused || d.Version == 1 {
		return err
	}
	there, unread := one[groupDocument](ctx, s.groups, withID(d.Tenant, d.ID), withoutKey())
	if errors.Is(unread, directory.ErrNotFound) { // another has the name
		return err
	}
	if unread == nil && there.Deleted {
		unread = s.tell(ctx, d.Tenant, []changed{{d.Tenant, true, d.ID}}, true)
	}
	if unread != nil {
		return unread
	}
	return directory.ErrVersionConflict
}

// Group implements directory.Store.
func (s *Store) Group(ctx context.Context, t directory.Tenant, id directory.GroupID, withMembers bool) (directory.Group, error) {
	d, err := s.group(ctx, t, id)
	if err != nil {
		return directory.Group{}, err
	}
	if !withMembers {
		g := d.group()
		g.Waits = d.Waits > 0
		return g, nil
	}
	groups, err := s.withMembers(ctx, t, []groupDocument{d})
	if err != nil {
		return directory.Group{}, err
	}
	if len(groups) == 0 {
		return directory.Group{}, directory.ErrNotFound
	}
	groups[0].Waits = d.Waits > 0
	return groups[0], nil
}

func (s *Store) group(ctx context.Context, t directory.Tenant, id directory.GroupID) (groupDocument, error) {
	return one[groupDocument](ctx, s.groups, living(t, id), withoutKey())
}

// UpdateGroup implements directory.Store. It takes place once the next version of the group is
// stored, and is acknowledged once the memberships are.
func (s *Store) UpdateGroup(
	ctx context.Context, t directory.Tenant, g directory.Group, d directory.MemberDelta,
) (directory.Group, directory.MembershipChange, error) {
	var none directory.MembershipChange
	for {
		st, err := directory.Standing{}, error(nil)
		if d.Standing != nil && d.Standing.Group.Version == g.Version {
			st, d.Standing = *d.Standing, nil // the next attempt looks itself
		} else if st, err = s.Standing(ctx, t, g.ID, d); err != nil {
			return directory.Group{}, none, err
		}
		before, change := st.Group, effective(d, st)
		if before.Version != g.Version {
			return directory.Group{}, none, directory.ErrVersionConflict
		}
		before.Waits = false
		if change.empty() && before.NameKey == g.NameKey && before.Document.Equal(g.Document) {
			return before, none, nil
		}
		g.Privileged = before.Privileged
		next, done, err := s.storeVersion(ctx, t, g, change)
		if err != nil {
			return directory.Group{}, none, err
		}
		if done {
			if err := s.carryOut(ctx, next); err != nil { // whoever comes next goes on with it
				return directory.Group{}, none, err
			}
			s.left(t, true, next.ID)
			return next.group(), directory.MembershipChange{Added: change.Add, Removed: change.Remove}, nil
		}
	}
}

// SetPrivileged implements directory.Store.
func (s *Store) SetPrivileged(ctx context.Context, t directory.Tenant, g directory.Group) error {
	change := bson.D{is("$unset", bson.D{is("privileged", "")})}
	if g.Privileged {
		change = bson.D{is("$set", bson.D{is("privileged", true)})}
	}
	done, err := s.groups.update(ctx, living(t, g.ID).and(is("ver", g.Version)), change)
	if done || err != nil {
		return err
	}
	if _, err := s.group(ctx, t, g.ID); err != nil {
		return err
	}
	return directory.ErrVersionConflict
}

// HearGroup implements directory.Store.
func (s *Store) HearGroup(ctx context.Context, t directory.Tenant, g directory.Group) error {
	done, err := s.groups.update(ctx, living(t, g.ID).and(is("ver", g.Version)), wordUpdate(g.Word, g.Word.Drifts()))
	if done || err != nil {
		return err
	}
	if _, err := s.group(ctx, t, g.ID); err != nil {
		return err
	}
	return directory.ErrVersionConflict
}

// DriftingGroups implements directory.Store.
func (s *Store) DriftingGroups(ctx context.Context, t directory.Tenant, kind directory.Drift, after directory.GroupID, limit int) ([]directory.Group, error) {
	documents, err := all[groupDocument](ctx, s.groups, drifting(t, kind, after), append(withoutKey(), is("pending", 0)), firstByID(limit))
	return groupsOf(documents), err
}

// CountDriftingGroups implements directory.Store.
func (s *Store) CountDriftingGroups(ctx context.Context, t directory.Tenant, kind directory.Drift, most int) (int, error) {
	return s.groups.count(ctx, drifting(t, kind, directory.GroupID("")), most)
}

// DeleteGroup implements directory.Store. It is done once the group is marked; what is left of it
// goes because of the mark.
func (s *Store) DeleteGroup(ctx context.Context, t directory.Tenant, g directory.Group) error {
	w := living(t, g.ID)
	if g.Version != 0 {
		w = w.and(is("ver", g.Version))
	}
	done, err := s.markGroup(ctx, w, g)
	switch {
	case err != nil:
		return err
	case done:
		if s.purge(ctx, t, g.ID) == nil { // else Repair goes on with it
			s.left(t, true, documentID(t, g.ID))
		}
		return nil
	}
	if _, err := s.group(ctx, t, g.ID); err != nil {
		return err
	}
	return directory.ErrVersionConflict
}

// markGroup makes the group g that w selects be gone for everybody and its name free, which is its
// last version, and reports whether there was one.
func (s *Store) markGroup(ctx context.Context, w where, g directory.Group) (bool, error) {
	return s.groups.updateCounted(ctx, w, documentID(w.tenant, g.ID), shift{shown: -1}, bson.A{bson.D{is("$set", bson.D{
		is("deleted", true), is("unfinished", string(w.tenant)), is("nameKey", bson.D{is("$literal", "\x00"+string(text(g.ID)))}),
		is("ver", bson.D{is("$add", bson.A{"$ver", 1})}), is("modified", g.Modified),
		is("cause", bson.D{is("$literal", causeDocument(g.Cause))}), is("untold", string(w.tenant)), is("out", withOut(membershipChange{})),
	})}, bson.D{is("$unset", bson.A{"word", "drift"})}})
}

// ListGroups implements directory.Store.
func (s *Store) ListGroups(ctx context.Context, t directory.Tenant, q directory.Query) (directory.Page[directory.Group], error) {
	var none directory.Page[directory.Group]
	q.Deleted = false // a group that is deleted is gone for everybody
	hidden := forLists()
	if !q.WithMembers {
		hidden = append(hidden, is("pending", 0))
	}
	if q.Browse > 0 && !q.WithMembers {
		found, err := browsing[groupDocument]{s, s.groups, t, q, hidden, func(d groupDocument) string { return d.ID }}.page(ctx)
		if !errors.Is(err, errNoOrder) {
			return directory.Page[directory.Group]{Items: groupsOf(found.Items), Total: found.Total, AtLeast: found.AtLeast, Rest: found.Rest}, err
		}
	}
	l, err := s.listed(ctx, t, s.groups, q, s.idsOfGroups)
	if err != nil {
		return none, err
	}
	found, err := page[groupDocument](ctx, s.groups, l, q, hidden)
	if err != nil {
		return none, err
	}
	listed := directory.Page[directory.Group]{Total: found.Total, Cut: found.Cut}
	if q.WithMembers {
		listed.Items, err = s.withMembers(ctx, t, found.Items)
	} else {
		listed.Items = groupsOf(found.Items)
	}
	return listed, err
}

func groupsOf(documents []groupDocument) []directory.Group {
	groups := make([]directory.Group, len(documents))
	for i, d := range documents {
		groups[i] = d.group()
	}
	return groups
}
