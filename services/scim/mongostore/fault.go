package mongostore

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/devrev/scim/services/scim/directory"
)

// Codes of MongoDB.
const (
	duplicateKey = 11000
	neverCreated = 241 // ConversionFailure: the one conversion here is that of updateCounted
)

// fault translates what the driver says of an action on the collection into what a directory.Store
// may say: nil, ErrNotFound, *Duplicate, or ErrUnavailable wrapping the cause.
func fault(action, collection string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, mongo.ErrNoDocuments) {
		return directory.ErrNotFound
	}
	if attribute := uniqueIn(collection); attribute != "" && onlyDuplicates(err) {
		return &directory.Duplicate{Attribute: attribute}
	}
	return fmt.Errorf("%s %s: %w: %w", action, collection, directory.ErrUnavailable, discreet(err))
}

// onlyDuplicates reports whether the only thing wrong is that documents are there already. If a
// majority did not acknowledge that, it may yet turn out otherwise.
func onlyDuplicates(err error) bool { return onlyCode(err, duplicateKey) }

// onlyCode reports whether the server said of err this code and no other.
func onlyCode(err error, wanted int) bool {
	one, isOne := errors.AsType[mongo.WriteException](err)
	many, isMany := errors.AsType[mongo.BulkWriteException](err)
	if isOne && one.WriteConcernError != nil || isMany && many.WriteConcernError != nil {
		return false
	}
	refused, ok := errors.AsType[mongo.ServerError](err)
	return ok && !slices.ContainsFunc(refused.ErrorCodes(), func(code int) bool { return code != wanted })
}

// refusal is an error of the server without its sentence, which may quote documents.
type refusal struct {
	codes []int
	name  string
}

func (r *refusal) Error() string {
	return strings.TrimSpace(fmt.Sprintf("MongoDB refused with code %v %s", r.codes, r.name))
}

// discreet returns err without what a server said in words. Errors of the connection and of the
// context stay whole.
func discreet(err error) error {
	refused, ok := errors.AsType[mongo.ServerError](err)
	if !ok || slices.Equal(refused.ErrorCodes(), []int{0}) {
		return err
	}
	command, _ := errors.AsType[mongo.CommandError](err)
	codes := slices.Compact(slices.Sorted(slices.Values(refused.ErrorCodes())))
	return &refusal{codes, command.Name}
}
