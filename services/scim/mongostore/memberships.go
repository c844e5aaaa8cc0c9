package mongostore

import (
	"context"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/devrev/scim/services/scim/directory"
)

// membership is the document of one user in one group. Its version is that of the group which last
// changed it, and only a later one changes it again; therefore a member who left stays on record,
// for as long as any process could sleep in the middle of a change.
type membership struct {
	ID      string            `bson:"_id"` // membershipID
	Tenant  directory.Tenant  `bson:"org"`
	Group   directory.GroupID `bson:"group"`
	User    directory.UserID  `bson:"user"`
	In      bool              `bson:"in"`
	Version int64             `bson:"ver"`
	// And "left", set by the server when In becomes false; a day later the document expires.
}

// membershipID is the _id of the user's membership of the group.
func membershipID(t directory.Tenant, g directory.GroupID, user directory.UserID) string {
	return documentID(t, g) + "/" + string(user)
}

// chunkSize is how many ids one query names and how many documents one write has. It keeps each of
// them well within the time that one operation may take.
const chunkSize = 1000

// move has users join and leave the group as of the given version: in one command those who were
// never in it, in one more all others.
func (s *Store) move(ctx context.Context, t directory.Tenant, g directory.GroupID, change membershipChange, version int64) error {
	again := bson.D{is("$set", bson.D{is("in", true), is("ver", version)}), is("$unset", bson.D{is("left", "")})}
	out := bson.D{is("$set", bson.D{is("in", false), is("ver", version)}), is("$currentDate", bson.D{is("left", true)})}
	before := within(t, onGroup, is("group", g), below("ver", version))
	var onRecord []mongo.WriteModel
	for chunk := range slices.Chunk(change.Add, chunkSize) {
		// A membership that is not on record never was, so only another process that finishes this
		// same version can be faster.
		first := make([]any, len(chunk))
		for i, u := range chunk {
			first[i] = membership{membershipID(t, g, u), t, g, u, true, version}
		}
		allMissing, err := s.memberships.insertMissing(ctx, first)
		if err != nil {
			return err
		}
		if !allMissing {
			onRecord = append(onRecord, updateOf(before.and(oneOf("in", []bool{true, false}), oneOf("user", chunk)), again))
		}
	}
	for chunk := range slices.Chunk(change.Remove, chunkSize) {
		onRecord = append(onRecord, updateOf(before.and(is("in", true), oneOf("user", chunk)), out))
	}
	for both := range slices.Chunk(onRecord, 2) {
		if _, err := s.memberships.c.BulkWrite(ctx, both); err != nil {
			return fault("update", membershipsName, err)
		}
	}
	return nil
}

// updateOf changes all documents that w selects.
func updateOf(w where, change bson.D) *mongo.UpdateManyModel {
	return mongo.NewUpdateManyModel().SetFilter(w.filter()).SetHint(w.index).SetUpdate(change)
}

// membersOf returns the members of the group, from the memberships alone.
func (s *Store) membersOf(ctx context.Context, t directory.Tenant, g directory.GroupID) ([]directory.UserID, error) {
	return s.usersIn(ctx, within(t, onGroup, is("group", g), is("in", true)))
}

// usersIn returns the users of the memberships that w selects.
func (s *Store) usersIn(ctx context.Context, w where) (users []directory.UserID, err error) {
	err = s.memberships.each(ctx, w, bson.D{is("_id", 0), is("user", 1)}, func(m bson.Raw) {
		users = append(users, directory.UserID(m.Lookup("user").StringValue()))
	})
	return users, err
}

// membersAmong returns which of users are in the group, each once, from the memberships alone.
func (s *Store) membersAmong(ctx context.Context, t directory.Tenant, g directory.GroupID, users []directory.UserID) ([]directory.UserID, error) {
	var in []directory.UserID
	for chunk := range slices.Chunk(slices.Compact(slices.Sorted(slices.Values(users))), chunkSize) {
		found, err := s.usersIn(ctx, within(t, onGroup, is("group", g), is("in", true), oneOf("user", chunk)))
		if err != nil {
			return nil, err
		}
		in = append(in, found...)
	}
	return in, nil
}

// deleteMemberships deletes the memberships of a group that is gone, as of this version. Those of a
// later one are of the group that came back.
func (s *Store) deleteMemberships(ctx context.Context, t directory.Tenant, g directory.GroupID, version int64) error {
	ofGroup := within(t, onGroup, is("group", g), below("ver", version+1))
	users, err := s.usersIn(ctx, ofGroup)
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(users, chunkSize) {
		if err := s.memberships.deleteAll(ctx, ofGroup.and(oneOf("user", chunk))); err != nil {
			return err
		}
	}
	return nil
}

// membershipsOf returns the memberships of users, in the order of _id.
func (s *Store) membershipsOf(ctx context.Context, t directory.Tenant, users []directory.UserID) ([]membership, error) {
	found, err := all[membership](ctx, s.memberships, within(t, onUser, oneOf("user", users), is("in", true)), bson.D{})
	slices.SortFunc(found, func(a, b membership) int { return strings.Compare(a.ID, b.ID) })
	return found, err
}
