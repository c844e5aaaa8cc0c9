package tokenhttp

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/internal/web/problem"
	"github.com/devrev/scim/services/token/issuer"
)

var undoMinutes = strconv.Itoa(int(token.UndoWindow / time.Minute))

// The kinds of problems that handlers name. Those without a Detail get it from what went wrong.
var (
	malformedBody    = problem.Problem{Status: http.StatusBadRequest, Name: "malformed-body", Title: "The body cannot be read"}
	invalidValue     = problem.Problem{Status: http.StatusBadRequest, Name: "invalid-value", Title: "A value is not allowed"}
	unreadable       = problem.Problem{Status: http.StatusBadRequest, Name: "malformed-request", Title: "The request cannot be read"}
	tooSlow          = problem.Problem{Status: http.StatusRequestTimeout, Name: "too-slow", Title: "The request took too long"}
	notFound         = problem.Problem{Status: http.StatusNotFound, Name: "not-found", Title: "Nothing here"}
	methodNotAllowed = problem.Problem{Status: http.StatusMethodNotAllowed, Name: "method-not-allowed", Title: "Method not allowed"}
	tooLarge         = problem.Problem{Status: http.StatusRequestEntityTooLarge, Name: "too-large", Title: "The body is too large"}
	unsupportedMedia = problem.Problem{
		Status: http.StatusUnsupportedMediaType, Name: "unsupported-media-type", Title: "Media type not supported",
		Detail: "Send the body as application/json.",
	}

	// The Detail of these three names tokens, see conflictOf.
	notCurrent  = conflict("not-current", "Not the current token", "")
	overlapping = conflict("overlapping", "The last rotation has not ended", "")
	repeated    = conflict("repeated", "The request was done before", "")

	internal = problem.Problem{
		Status: http.StatusInternalServerError, Name: "internal", Title: "Something went wrong",
		Detail: "Something went wrong in DevRev. Try again; if the problem persists, contact DevRev support with the requestId of this answer.",
	}
	unavailable = problem.Problem{
		Status: http.StatusServiceUnavailable, Name: "unavailable", Title: "Not possible at the moment",
		Detail: "This cannot be done at the moment. Try again in a few seconds. If the list then shows a token that you never received, rotate it: as it was never used, the new one replaces it.",
	}
)

func conflict(name, title, detail string) problem.Problem {
	return problem.Problem{Status: http.StatusConflict, Name: name, Title: title, Detail: detail}
}

// answers are the problems that errors of the domain become.
var answers = []struct {
	err  error
	kind problem.Problem
}{
	{issuer.ErrNoOrganisation, problem.Problem{
		Status: http.StatusNotFound, Name: "organisation-unknown", Title: "Organisation not known",
		Detail: "SCIM does not know this organisation yet. A new organisation takes a moment to arrive: try again in a few minutes, and contact DevRev support if the problem persists.",
	}},
	{issuer.ErrNoToken, problem.Problem{
		Status: http.StatusNotFound, Name: "token-unknown", Title: "Token not known",
		Detail: fmt.Sprintf("This organisation has no token with this id. Revoked and expired tokens stay in the list for %d days.", token.Tombstone/(24*time.Hour)),
	}},
	{issuer.ErrChanged, problem.Problem{
		Status: http.StatusPreconditionFailed, Name: "changed", Title: "The settings have changed",
		Detail: "The settings have changed since you read them. Read them again, then repeat your change.",
	}},
	{issuer.ErrSSOOff, conflict("sso-off", "Single sign-on is off",
		"Turn on single sign-on for this organisation first, then enable SCIM. Without it, the people whom SCIM creates could not sign in.")},
	{issuer.ErrEnabled, conflict("already-enabled", "SCIM is enabled already",
		"SCIM is enabled for this organisation, and a token for it is live. A token is shown only once: if you no longer have it, issue another one.")},
	{issuer.ErrDisabled, conflict("disabled", "SCIM is disabled",
		"Enable SCIM for this organisation first. That also issues its first token.")},
	{issuer.ErrTooManyLive, conflict("too-many-tokens", "Too many live tokens",
		"This organisation has "+strconv.Itoa(token.MaxLive)+" live tokens already: one to use and one to replace it. Revoke the one that is no longer needed first. One that was never used can be rotated instead.")},
	{issuer.ErrLeaving, conflict("leaving", "The organisation is leaving",
		"The organisation has been removed from DevRev and its data are about to be erased, so SCIM cannot be enabled. If that is a mistake, contact DevRev support: until the data are erased it can be undone.")},
	{issuer.ErrErasing, conflict("erasing", "The organisation is being erased",
		"An organisation with this id has left, and its data are being erased. It can be announced once that is done, which takes some minutes: GET the organisation shows when.")},
	{issuer.ErrNotReplaced, conflict("not-replaced", "The token has not been replaced",
		"No live token has replaced this one, so ending it would stop the clients that use it. Rotate it first, or revoke it if they should stop.")},
	{issuer.ErrNoRotation, conflict("no-rotation", "There is no rotation to cancel",
		"This token did not replace another one, or one of the two tokens is revoked or has expired. A revoked one can be restored for "+undoMinutes+" minutes.")},
	{issuer.ErrTooLate, conflict("too-late", "Too late to restore the token",
		"A token can be restored for "+undoMinutes+" minutes after it was revoked, unless it has expired or SCIM has been disabled since. Issue another one.")},
	{issuer.ErrLeaked, conflict("leaked", "The token has leaked",
		"The token was found in a public place, which the audit names, and stays revoked. Issue another one.")},
	{issuer.ErrUnavailable, unavailable},
	{token.ErrUnavailable, unavailable},
}

// refusals are the problems that web.Error becomes, by status; its own detail goes with them.
// Others have a status and no name.
var refusals = map[int]problem.Problem{
	http.StatusBadRequest:            unreadable,
	http.StatusRequestTimeout:        tooSlow,
	http.StatusNotFound:              notFound,
	http.StatusMethodNotAllowed:      methodNotAllowed,
	http.StatusRequestEntityTooLarge: tooLarge,
	http.StatusServiceUnavailable:    unavailable,
}

// WriteError is the only place of this API that writes an error. Any other error is a fault of the
// service: the client gets a fixed sentence, the log the cause.
func WriteError(c *gin.Context, err error) { problem.Write(c, problemOf(err)) }

func problemOf(err error) *problem.Problem {
	if p, ok := errors.AsType[*problem.Problem](err); ok {
		return p
	}
	if e, ok := errors.AsType[*issuer.Invalid](err); ok {
		return problem.WithDetail(invalidValue, fmt.Sprintf("The member %s of the body %s.", e.Member, e.Rule))
	}
	if p := conflictOf(err); p != nil {
		return p
	}
	if e, ok := errors.AsType[web.Error](err); ok && e.Status != http.StatusInternalServerError {
		kind := refusals[e.Status]
		kind.Status = e.Status
		return problem.WithDetail(kind, e.Detail)
	}
	for _, a := range answers {
		if errors.Is(err, a.err) {
			return problem.Because(a.kind, err)
		}
	}
	return problem.Because(internal, err)
}
