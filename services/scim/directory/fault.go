package directory

import (
	"errors"
	"fmt"

	"github.com/devrev/scim/libs/scim"
)

// refusal turns what a Store answers into the error a client gets. kind is "user" or "group". What
// it does not know stays as it is: the handler answers 500 and the log has the cause.
func refusal(kind, id string, err error) error {
	duplicate, isDuplicate := errors.AsType[*Duplicate](err)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrNotFound):
		return scim.Errorf(404, "", "There is no %s with the id %s.", kind, scim.Quote(id))
	case isDuplicate:
		return taken(kind, duplicate.Attribute)
	case errors.Is(err, ErrVersionConflict):
		return busy(kind, err)
	case errors.Is(err, ErrTooMany):
		return scim.BadRequest(scim.TooMany, "An organisation of more than %d %ss is not searched through or sorted. "+
			"Ask for one value of userName, emails.value, displayName of a group, externalId, groups.value or members.value, "+
			"or read the list without filter and sortBy.", maxRead, kind).Because(err)
	case errors.Is(err, ErrUnavailable):
		return scim.Errorf(503, "", "The directory cannot be reached at the moment. Nothing needs to be changed; try again.").Because(err)
	default:
		return err
	}
}

// busy refuses a change that met others again and again.
func busy(kind string, cause error) *scim.Error {
	return scim.Errorf(503, "", "The %s is being changed by many requests at once. Try again.", kind).Because(cause)
}

func taken(kind, attribute string) *scim.Error {
	return scim.Errorf(409, scim.Uniqueness, "Another %s of this organisation already has this %s.", kind, attribute)
}

// checkVersion refuses with 412 unless p allows a change of the given version (RFC 7644 section
// 3.14).
func checkVersion(p scim.Precondition, version int64) error {
	if p.Matches(version) {
		return nil
	}
	return Outdated(version)
}

// Outdated refuses a request that was made for another version than the given, current one.
func Outdated(version int64) error {
	return scim.Errorf(412, "", "The resource has changed since it was read: its version is %s now.", scim.ETag(version))
}

func invalidValue(path, format string, args ...any) error {
	return scim.BadRequest(scim.InvalidValue, "%s: %s", path, fmt.Sprintf(format, args...))
}
