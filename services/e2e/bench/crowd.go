package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/local/embedded"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/directory/directorytest"
)

// The crowd whose pages are measured: a hundred given names, a thousand family names, some in each
// state, one in twenty more who are deleted, and for each the line of the create.

// crowdName returns the names of the user with this number.
func crowdName(i int) (given, family string) {
	return fmt.Sprintf("Given%d", i%100), fmt.Sprintf("Family%d", i%1000)
}

func crowdState(i, users int) (state directory.State, deleted bool) {
	switch {
	case i >= users:
		return directory.StateDeactivated, true
	case i%20 == 0:
		return directory.StateDeactivated, false
	case i%2 == 0:
		return directory.StateActive, false
	default:
		return directory.StateShadow, false
	}
}

// crowdInFile makes the file of an all-in-one with a crowd.
func crowdInFile(ctx context.Context, path string, users int) ([]person, error) {
	people, err := fillFile(ctx, path, users+users/20, func(i int) directory.User {
		name := nameOf(i)
		given, family := crowdName(i)
		u := directorytest.NewUser(name, "externalId", "00u-"+name, "displayName", given+" "+family, "locale", "en-US", "title", "Member of staff",
			"name", scim.NewDocument("givenName", given, "familyName", family),
			"emails", []any{scim.NewDocument("value", name, "type", "work", "primary", true)},
			scim.EnterpriseUserSchema, scim.NewDocument("department", "Sales", "employeeNumber", "4711"))
		u.State, u.Deleted = crowdState(i, users)
		return u
	})
	if err != nil {
		return nil, err
	}
	people = people[:users]
	file, err := embedded.Open(path)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	for first := 0; first < users && err == nil; first += 1000 {
		var all sync.WaitGroup
		for _, p := range people[first:min(first+1000, users)] {
			all.Go(func() {
				if failed := file.Activity().Record(ctx, organisation, createOf(p), nil); failed != nil {
					mu.Lock()
					defer mu.Unlock()
					err = failed
				}
			})
		}
		all.Wait()
	}
	return people, errors.Join(err, file.Close())
}

// createOf is the line of a user's create.
func createOf(p person) activity.Entry {
	id := uuid.Must(uuid.NewV7())
	return activity.Entry{
		ID: id.String(), At: directory.Now(time.Now()), Kind: activity.KindChange, Name: p.name, Effect: directory.EffectCreated,
		Request: activity.Request{
			RequestID: uuid.NewString(), TokenID: "0123456789ab", Client: "okta", Method: "POST",
			Resource: activity.Resource{Type: "User", ID: p.id},
		},
		State: activity.Transition{After: directory.StateShadow},
	}
}

// crowdInMongoDB copies one user into a crowd.
func (r *running) crowdInMongoDB(ctx context.Context, users int) ([]person, error) {
	people, err := r.copyUsers(ctx, users+users/20, func(i int, copied bson.D) []string {
		given, family := crowdName(i)
		state, deleted := crowdState(i, users)
		for n := range copied {
			if copied[n].Key == "deleted" {
				copied[n].Value = deleted
			}
		}
		return []string{
			"Given", given, "given", strings.ToLower(given), "Family", family, "family", strings.ToLower(family),
			string(directory.StateShadow), string(state),
		}
	})
	if err != nil {
		return nil, err
	}
	people = people[:users]
	client, err := mongo.Connect(options.Client().ApplyURI(r.mongodb).SetTimeout(time.Minute))
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = client.Disconnect(context.WithoutCancel(ctx)) }()
	entries := client.Database("devrev_scim").Collection("activity")
	for first := 0; first < users; first += 1000 {
		var chunk []any
		for _, p := range people[first:min(first+1000, users)] {
			e := createOf(p)
			text, err := json.Marshal(e)
			if err != nil {
				return nil, fmt.Errorf("encode an entry: %w", err)
			}
			chunk = append(chunk, bson.D{
				{Key: "_id", Value: organisation + "/" + e.ID},
				{Key: "org", Value: organisation},
				{Key: "at", Value: e.At},
				{Key: "resource", Value: "User/" + p.id},
				{Key: "request", Value: e.RequestID},
				{Key: "kind", Value: string(e.Kind)},
				{Key: "effect", Value: string(e.Effect)},
				{Key: "client", Value: e.Client},
				{Key: "token", Value: e.TokenID},
				{Key: "entry", Value: string(text)},
			})
		}
		if _, err := entries.InsertMany(ctx, chunk); err != nil {
			return nil, fmt.Errorf("store entries: %w", err)
		}
	}
	return people, nil
}
