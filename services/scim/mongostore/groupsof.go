package mongostore

import (
	"cmp"
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/devrev/scim/services/scim/directory"
)

// company is a group and those of the users who are in it.
type company struct {
	ID    directory.GroupID  `bson:"_id"`
	Users []directory.UserID `bson:"users"`
	Group []struct {
		Name       string `bson:"name"`
		Privileged bool   `bson:"privileged"`
	} `bson:"found"` // none: the memberships are what a deletion has left behind
}

// GroupsOf implements directory.Store, by one command: the memberships by their group, and each
// group's name.
//
// It takes the memberships as they are. What a group has pending is not in them yet, but then the
// change is not acknowledged either.
func (s *Store) GroupsOf(ctx context.Context, t directory.Tenant, users []directory.UserID) (map[directory.UserID][]directory.GroupRef, error) {
	if len(users) == 0 {
		return nil, nil
	}
	named := bson.A{
		bson.D{is("$match", bson.D{is("org", string(t)), is("deleted", false)})},
		bson.D{is("$project", bson.D{is("_id", 0), is("name", "$key.displayname."+exact), is("privileged", 1)})},
	}
	found, err := staged[company](ctx, s.memberships, within(t, onUser, oneOf("user", texts(users)), is("in", true)),
		bson.D{is("$project", bson.D{is("_id", 0), is("group", 1), is("user", 1)})}, // the index has no more
		bson.D{is("$group", bson.D{is("_id", "$group"), is("users", bson.D{is("$push", "$user")})})},
		bson.D{is("$set", bson.D{is("document", bson.D{is("$concat", bson.A{string(t), "/", "$_id"})})})},
		bson.D{is("$lookup", bson.D{
			is("from", groupsName), is("localField", "document"), is("foreignField", "_id"), is("pipeline", named), is("as", "found"),
		})},
	)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(found, func(a, b company) int { return cmp.Compare(a.ID, b.ID) })
	of := make(map[directory.UserID][]directory.GroupRef)
	for _, g := range found {
		if len(g.Group) == 0 {
			continue
		}
		for _, u := range g.Users {
			of[u] = append(of[u], directory.GroupRef{ID: g.ID, DisplayName: g.Group[0].Name, Privileged: g.Group[0].Privileged})
		}
	}
	return of, nil
}
