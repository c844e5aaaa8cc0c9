package mongostore

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/errgroup"

	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/services/scim/directory"
)

// userDocument is a directory.User as it is stored.
type userDocument struct {
	ID         string            `bson:"_id"` // documentID
	Tenant     directory.Tenant  `bson:"org"`
	Version    int64             `bson:"ver"`
	NameKey    string            `bson:"nameKey"`
	State      directory.State   `bson:"state"`
	SignedIn   bool              `bson:"signedIn"`
	Deleted    bool              `bson:"deleted"`
	Document   document          `bson:"doc"`
	Key        bson.D            `bson:"key,omitempty"` // keyOf; written, never read
	Created    time.Time         `bson:"created"`
	Modified   time.Time         `bson:"modified"`
	Unfinished directory.Tenant  `bson:"unfinished,omitempty"` // the tenant, while memberships of the deleted user have yet to end
	Cause      causeDocument     `bson:"cause"`                // of this version
	Out        []past            `bson:"out,omitempty"`        // the versions before, as far as they were not told yet
	Untold     directory.Tenant  `bson:"untold,omitempty"`     // the tenant, while there are any
	Awaited    directory.Tenant  `bson:"awaited,omitempty"`    // the tenant, while members may wait for the user
	Word       document          `bson:"word,omitempty"`       // of what was last said, where it is not what is stored
	Drift      []directory.Drift `bson:"drift,omitempty"`      // User.Drifts
}

func userDocumentOf(t directory.Tenant, u directory.User) userDocument {
	u.ID = text(u.ID)
	d := userDocument{
		ID: documentID(t, u.ID), Tenant: t, Version: u.Version, NameKey: u.NameKey,
		State: u.State, SignedIn: u.SignedIn, Deleted: u.Deleted,
		Document: document{u.Document.Clone()}, Key: keyOf(u.Resource()), Created: u.Created, Modified: u.Modified,
		Cause: causeDocument(u.Cause), Untold: t, Word: wordDocument(u.Word), Drift: u.Drifts(),
	}
	if u.Awaited {
		d.Awaited = t
	}
	return d
}

func (d userDocument) user() directory.User {
	return directory.User{
		ID: resourceID[directory.UserID](d.ID), Version: d.Version, NameKey: d.NameKey,
		State: d.State, SignedIn: d.SignedIn, Deleted: d.Deleted,
		Document: d.Document.Document, Created: d.Created.UTC(), Modified: d.Modified.UTC(), Word: directory.WordOf(d.Word.Document),
	}
}

// wordDocument returns a Word as it is stored, nothing of one that is zero.
func wordDocument(w directory.Word) document {
	if w.IsZero() {
		return document{}
	}
	return document{w.Document().Clone()}
}

// withoutKey leaves out what only queries need, and what is still to be told.
func withoutKey() bson.D { return bson.D{is("key", 0), is("out", 0)} }

// forLists is withoutKey for lists, which show neither what the provider said last and what differs
// from it nor the cause of the version.
func forLists() bson.D {
	return append(withoutKey(), is("word", 0), is("cause", 0), is("drift", 0), is("untold", 0))
}

// CreateUser implements directory.Store.
func (s *Store) CreateUser(ctx context.Context, t directory.Tenant, u directory.User) error {
	d := userDocumentOf(t, u)
	d.Out = first(membershipChange{})
	if err := s.users.insertCounted(ctx, t, d.ID, footing{deleted: true}.to(d.footing()), d); err != nil {
		return err
	}
	s.left(t, false, d.ID)
	return nil
}

// User implements directory.Store.
func (s *Store) User(ctx context.Context, t directory.Tenant, id directory.UserID) (directory.User, error) {
	d, err := s.user(ctx, withID(t, documentID(t, id)))
	return d.orNone(err)
}

// UserByName implements directory.Store.
func (s *Store) UserByName(ctx context.Context, t directory.Tenant, nameKey string) (directory.User, error) {
	d, err := s.user(ctx, within(t, onName, is("nameKey", text(nameKey))))
	return d.orNone(err)
}

func (s *Store) user(ctx context.Context, w where) (userDocument, error) {
	return one[userDocument](ctx, s.users, w, withoutKey())
}

func (d userDocument) orNone(err error) (directory.User, error) {
	if err != nil {
		return directory.User{}, err
	}
	return d.user(), nil
}

// UsersByExternalID implements directory.Store.
func (s *Store) UsersByExternalID(ctx context.Context, t directory.Tenant, externalID string) ([]directory.User, error) {
	w := within(t, onExternalID, is("key.externalid."+exact, text(externalID)))
	documents, err := all[userDocument](ctx, s.users, w, withoutKey(), options.Find().SetSort(bson.D{is("_id", 1)}))
	return usersOf(documents), err
}

func usersOf(documents []userDocument) []directory.User {
	users := make([]directory.User, len(documents))
	for i, d := range documents {
		users[i] = d.user()
	}
	return users
}

// ReplaceUser implements directory.Store.
func (s *Store) ReplaceUser(ctx context.Context, t directory.Tenant, u directory.User) (directory.User, error) {
	u.Version++
	d := userDocumentOf(t, u)
	if err := s.replaceUser(ctx, d, u.Was); err != nil {
		return directory.User{}, err
	}
	s.left(t, false, d.ID)
	return d.user(), nil
}

// DeleteUser implements directory.Store. It takes place once the user is marked, and is
// acknowledged once the memberships, because of the mark, have ended.
func (s *Store) DeleteUser(ctx context.Context, t directory.Tenant, u directory.User) error {
	u.Version++
	u.Deleted = true
	d := userDocumentOf(t, u)
	d.Unfinished = t
	if err := s.replaceUser(ctx, d, u.Was); err != nil {
		return err
	}
	if err := s.removeFromGroups(ctx, d); err != nil { // whoever reads a group next goes on with it
		return err
	}
	s.left(t, false, d.ID)
	return nil
}

// footing is how the tally counts the user.
func (d userDocument) footing() footing { return footing{d.Deleted, d.State} }

// replaceUser stores d in place of the version before, once the memberships of that have ended if
// it was deleted. was is the state of that version, as far as the caller knows.
func (s *Store) replaceUser(ctx context.Context, d userDocument, was directory.State) error {
	same := withID(d.Tenant, d.ID)
	// Mostly a user is shown before and after. One who is deleted was shown before.
	before := footing{d.Deleted && d.Unfinished == "", cmp.Or(was, d.State)}
	for {
		w := same.and(is("ver", d.Version-1), exists("unfinished", false), is("deleted", before.deleted), is("state", string(before.state)), hasRoom())
		done, err := s.putUser(ctx, w, d, before.to(d.footing()))
		if done || err != nil {
			return err
		}
		stored, err := one[userDocument](ctx, s.users, same, withLastUntold())
		switch {
		case err != nil:
			return err
		case stored.Version != d.Version-1:
			return directory.ErrVersionConflict
		case len(stored.Out) > 0:
			if err := s.tell(ctx, d.Tenant, []changed{{d.Tenant, false, d.ID}}, true); err != nil {
				return err
			}
		}
		before = stored.footing()
		if err := s.removeFromGroups(ctx, stored); err != nil {
			return err
		}
	}
}

// putUser stores d in place of what w selects, and reports whether there was one. by is what that
// changes in the tally.
func (s *Store) putUser(ctx context.Context, w where, d userDocument, by shift) (bool, error) {
	var kept []bson.E
	if !d.Deleted && d.Awaited == "" {
		kept = []bson.E{is("awaited", "$awaited")}
	}
	next := turned(d, membershipChange{}, kept...)
	if by.none() {
		return s.users.update(ctx, w, next)
	}
	return s.users.updateCounted(ctx, w, d.ID, by, next)
}

// ListUsers implements directory.Store.
func (s *Store) ListUsers(ctx context.Context, t directory.Tenant, q directory.Query) (directory.Page[directory.User], error) {
	if asked, ok := q.Filter.(*filter.Comparison); ok && q.Limit <= 0 && !q.NoTotal && !q.Deleted {
		if state, ok := stateAsked(asked); ok {
			states, err := s.states(ctx, t)
			return directory.Page[directory.User]{Total: states[state]}, err
		}
	}
	if q.Browse > 0 {
		found, err := browsing[userDocument]{s, s.users, t, q, forLists(), func(d userDocument) string { return d.ID }}.page(ctx)
		if !errors.Is(err, errNoOrder) {
			return directory.Page[directory.User]{Items: usersOf(found.Items), Total: found.Total, AtLeast: found.AtLeast, Rest: found.Rest}, err
		}
	}
	l, err := s.listed(ctx, t, s.users, q, s.idsOfMembers)
	if err != nil {
		return directory.Page[directory.User]{}, err
	}
	found, err := page[userDocument](ctx, s.users, l, q, forLists())
	return directory.Page[directory.User]{Items: usersOf(found.Items), Total: found.Total, Cut: found.Cut}, err
}

// HearUser implements directory.Store.
func (s *Store) HearUser(ctx context.Context, t directory.Tenant, u directory.User) error {
	same := withID(t, documentID(t, u.ID))
	done, err := s.users.update(ctx, same.and(is("ver", u.Version)), wordUpdate(u.Word, u.Drifts()))
	if done || err != nil {
		return err
	}
	if _, err := one[leftover](ctx, s.users, same, bson.D{is("_id", 1)}); err != nil {
		return err
	}
	return directory.ErrVersionConflict
}

// wordUpdate stores a Word, and the kinds by which its user or group is found.
func wordUpdate(w directory.Word, kinds []directory.Drift) bson.D {
	var set, unset bson.D
	if w.IsZero() {
		unset = append(unset, is("word", ""))
	} else {
		set = append(set, is("word", wordDocument(w)))
	}
	if len(kinds) == 0 {
		unset = append(unset, is("drift", ""))
	} else {
		set = append(set, is("drift", kinds))
	}
	var change bson.D
	if set != nil {
		change = append(change, is("$set", set))
	}
	if unset != nil {
		change = append(change, is("$unset", unset))
	}
	return change
}

// UsersByAddress implements directory.Store.
func (s *Store) UsersByAddress(ctx context.Context, t directory.Tenant, addresses []string, limit int) ([]directory.User, error) {
	w := within(t, onEmail, is("deleted", false), oneOf("key.emails.value."+folded, texts(addresses)))
	documents, err := all[userDocument](ctx, s.users, w, forLists(), options.Find().SetLimit(int64(limit)))
	return usersOf(documents), err
}

// Drifting implements directory.Store.
func (s *Store) Drifting(ctx context.Context, t directory.Tenant, kind directory.Drift, after directory.UserID, limit int) ([]directory.User, error) {
	documents, err := all[userDocument](ctx, s.users, drifting(t, kind, after), withoutKey(), firstByID(limit))
	return usersOf(documents), err
}

// CountDrifting implements directory.Store.
func (s *Store) CountDrifting(ctx context.Context, t directory.Tenant, kind directory.Drift, most int) (int, error) {
	return s.users.count(ctx, drifting(t, kind, directory.UserID("")), most)
}

// drifting selects the users, or groups, with this kind of drift behind after.
func drifting[ID ~string](t directory.Tenant, kind directory.Drift, after ID) where {
	w := within(t, onDrift, is("drift", kind))
	if after != "" {
		w = w.and(above("_id", documentID(t, after)))
	}
	return w
}

// firstByID has a find return the first documents in the order of id.
func firstByID(limit int) *options.FindOptionsBuilder {
	return options.Find().SetSort(bson.D{is("_id", 1)}).SetLimit(int64(limit))
}

// KnownUsers implements directory.Store.
func (s *Store) KnownUsers(ctx context.Context, t directory.Tenant, ids []directory.UserID) ([]directory.UserID, error) {
	var known []directory.UserID
	err := s.eachUser(ctx, t, ids, bson.D{is("_id", 1)}, func(id directory.UserID, _ bson.Raw) { known = append(known, id) })
	return known, err
}

// NamesOf implements directory.Store.
func (s *Store) NamesOf(ctx context.Context, t directory.Tenant, ids []directory.UserID) (map[directory.UserID]string, error) {
	names := make(map[directory.UserID]string, len(ids))
	fields := bson.D{is("key.displayname."+exact, 1), is("key.username."+exact, 1)}
	err := s.eachUser(ctx, t, ids, fields, func(id directory.UserID, d bson.Raw) {
		name, _ := d.Lookup("key", "displayname", exact).StringValueOK()
		if name == "" {
			name, _ = d.Lookup("key", "username", exact).StringValueOK()
		}
		names[id] = name
	})
	return names, err
}

// namesAtOnce is how many commands for the users of one group are under way at the same time.
const namesAtOnce = 4

// eachUser calls do with those of ids that are users and not deleted, once each in any order, one
// at a time, in one command for chunkSize of them.
func (s *Store) eachUser(
	ctx context.Context, t directory.Tenant, ids []directory.UserID, fields bson.D, do func(directory.UserID, bson.Raw),
) error {
	var mu sync.Mutex
	every, reading := errgroup.WithContext(ctx)
	every.SetLimit(namesAtOnce)
	for chunk := range slices.Chunk(slices.Compact(slices.Sorted(slices.Values(ids))), chunkSize) {
		every.Go(func() error {
			documentIDs := make([]string, len(chunk))
			for i, id := range chunk {
				documentIDs[i] = documentID(t, id)
			}
			w := within(t, onList, is("deleted", false), oneOf("_id", documentIDs))
			return s.users.each(reading, w, fields, func(d bson.Raw) {
				mu.Lock()
				defer mu.Unlock()
				do(resourceID[directory.UserID](d.Lookup("_id").StringValue()), d)
			}, options.Find().SetBatchSize(chunkSize+1)) // one more than there can be, else MongoDB keeps the cursor
		})
	}
	return every.Wait()
}
