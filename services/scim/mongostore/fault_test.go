package mongostore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/devrev/scim/services/scim/directory"
)

func TestFaultsAreTranslated(t *testing.T) {
	t.Parallel()
	const secret = "ann@example.com"
	sentence := "E11000 duplicate key error collection: scim.users index: name dup key: { org: \"o\", nameKey: \"" + secret + "\" }"
	refused := func(codes ...int) mongo.WriteException {
		var e mongo.WriteException
		for _, code := range codes {
			e.WriteErrors = append(e.WriteErrors, mongo.WriteError{Code: code, Message: sentence})
		}
		return e
	}
	unconfirmed := refused(duplicateKey)
	unconfirmed.WriteConcernError = &mongo.WriteConcernError{Code: 64, Message: sentence}
	lost := mongo.CommandError{Message: "connection(db.example.com:27017[-4]) incomplete read", Labels: []string{"NetworkError"}, Wrapped: context.DeadlineExceeded}

	for _, row := range []struct {
		rule, collection string
		err, want        error
		cause            error // what the cause can be recognised by
	}{
		{"nothing wrong", usersName, nil, nil, nil},
		{"no document", usersName, mongo.ErrNoDocuments, directory.ErrNotFound, nil},
		{"a duplicate of a user", usersName, refused(duplicateKey), &directory.Duplicate{Attribute: "userName"}, nil},
		{"a duplicate of a group", groupsName, refused(duplicateKey), &directory.Duplicate{Attribute: "displayName"}, nil},
		{"a duplicate that a command tells of", groupsName, mongo.CommandError{Code: duplicateKey, Message: sentence}, &directory.Duplicate{Attribute: "displayName"}, nil},
		{"a duplicate where nothing is unique", membershipsName, refused(duplicateKey), directory.ErrUnavailable, nil},
		{"a duplicate and something else", usersName, refused(duplicateKey, 50), directory.ErrUnavailable, nil},
		{"a duplicate that no majority confirms", usersName, unconfirmed, directory.ErrUnavailable, nil},
		{"the server ran out of time", usersName, mongo.CommandError{Code: 50, Name: "MaxTimeMSExpired", Message: sentence}, directory.ErrUnavailable, nil},
		{"the document is too large", groupsName, refused(10334), directory.ErrUnavailable, nil},
		{"the connection broke", usersName, lost, directory.ErrUnavailable, context.DeadlineExceeded},
		{"the caller left", usersName, fmt.Errorf("find: %w", context.Canceled), directory.ErrUnavailable, context.Canceled},
		{"the client is closed", usersName, mongo.ErrClientDisconnected, directory.ErrUnavailable, mongo.ErrClientDisconnected},
	} {
		t.Run(row.rule, func(t *testing.T) {
			t.Parallel()
			err := fault("insert", row.collection, row.err)
			wanted, isDuplicate := errors.AsType[*directory.Duplicate](row.want)
			if isDuplicate {
				if got, ok := errors.AsType[*directory.Duplicate](err); !ok || *got != *wanted {
					t.Errorf("got %v, want %v", err, wanted)
				}
			} else if !errors.Is(err, row.want) {
				t.Errorf("got %v, want %v", err, row.want)
			}
			if row.cause != nil && !errors.Is(err, row.cause) {
				t.Errorf("the cause %v is lost in %v", row.cause, err)
			}
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("the error quotes a document: %v", err)
			}
		})
	}
}
