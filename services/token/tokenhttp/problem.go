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

// Every kind of problem there is. Those without a Detail get it from what went wrong.
var (
	malformedBody = problem.Problem{Status: http.StatusBadRequest, Name: "malformed-body", Title: "The body cannot be read"}
	invalidValue  = problem.Problem{Status: http.StatusBadRequest, Name: "invalid-value", Title: "A value is not allowed"}
	unreadable    = problem.Problem{Status: http.StatusBadRequest, Name: "malformed-request", Title: "The request cannot be read"}
	tooSlow       = problem.Problem{Status: http.StatusRequestTimeout, Name: "too-slow", Title: "The request took too long"}

	notFound            = problem.Problem{Status: http.StatusNotFound, Name: "not-found", Title: "Nothing here"}
	organisationUnknown = problem.Problem{
		Status: http.StatusNotFound, Name: "organisation-unknown", Title: "Organisation not known",
		Detail: "SCIM does not know this organisation yet. A new organisation takes a moment to arrive: try again in a few minutes, and contact DevRev support if the problem persists.",
	}
	tokenUnknown = problem.Problem{
		Status: http.StatusNotFound, Name: "token-unknown", Title: "Token not known",
		Detail: fmt.Sprintf("This organisation has no token with this id. Revoked and expired tokens stay in the list for %d days.", token.Tombstone/(24*time.Hour)),
	}
	methodNotAllowed = problem.Problem{Status: http.StatusMethodNotAllowed, Name: "method-not-allowed", Title: "Method not allowed"}

	ssoOff = problem.Problem{
		Status: http.StatusConflict, Name: "sso-off", Title: "Single sign-on is off",
		Detail: "Turn on single sign-on for this organisation first, then enable SCIM. Without it, the people whom SCIM creates could not sign in.",
	}
	alreadyEnabled = problem.Problem{
		Status: http.StatusConflict, Name: "already-enabled", Title: "SCIM is enabled already",
		Detail: "SCIM is enabled for this organisation, and a token for it is live. A token is shown only once: if you no longer have it, issue another one.",
	}
	disabled = problem.Problem{
		Status: http.StatusConflict, Name: "disabled", Title: "SCIM is disabled",
		Detail: "Enable SCIM for this organisation first. That also issues its first token.",
	}
	tooManyTokens = problem.Problem{
		Status: http.StatusConflict, Name: "too-many-tokens", Title: "Too many live tokens",
		Detail: "This organisation has " + strconv.Itoa(token.MaxLive) + " live tokens already: one to use and one to replace it. Revoke the one that is no longer needed first. One that was never used can be rotated instead.",
	}

	// The Detail of these three names tokens, see conflictOf.
	notCurrent  = problem.Problem{Status: http.StatusConflict, Name: "not-current", Title: "Not the current token"}
	overlapping = problem.Problem{Status: http.StatusConflict, Name: "overlapping", Title: "The last rotation has not ended"}
	repeated    = problem.Problem{Status: http.StatusConflict, Name: "repeated", Title: "The request was done before"}

	notReplaced = problem.Problem{
		Status: http.StatusConflict, Name: "not-replaced", Title: "The token has not been replaced",
		Detail: "No live token has replaced this one, so ending it would stop the clients that use it. Rotate it first, or revoke it if they should stop.",
	}
	changed = problem.Problem{
		Status: http.StatusPreconditionFailed, Name: "changed", Title: "The settings have changed",
		Detail: "The settings have changed since you read them. Read them again, then repeat your change.",
	}
	noRotation = problem.Problem{
		Status: http.StatusConflict, Name: "no-rotation", Title: "There is no rotation to cancel",
		Detail: "This token did not replace another one, or one of the two tokens is revoked or has expired. A revoked one can be restored for " + undoMinutes + " minutes.",
	}
	tooLate = problem.Problem{
		Status: http.StatusConflict, Name: "too-late", Title: "Too late to restore the token",
		Detail: "A token can be restored for " + undoMinutes + " minutes after it was revoked, unless it has expired or SCIM has been disabled since. Issue another one.",
	}
	leaked = problem.Problem{
		Status: http.StatusConflict, Name: "leaked", Title: "The token has leaked",
		Detail: "The token was found in a public place, which the audit names, and stays revoked. Issue another one.",
	}

	tooLarge         = problem.Problem{Status: http.StatusRequestEntityTooLarge, Name: "too-large", Title: "The body is too large"}
	unsupportedMedia = problem.Problem{
		Status: http.StatusUnsupportedMediaType, Name: "unsupported-media-type", Title: "Media type not supported",
		Detail: "Send the body as application/json.",
	}

	internal = problem.Problem{
		Status: http.StatusInternalServerError, Name: "internal", Title: "Something went wrong",
		Detail: "Something went wrong in DevRev. Try again; if the problem persists, contact DevRev support with the requestId of this answer.",
	}
	unavailable = problem.Problem{
		Status: http.StatusServiceUnavailable, Name: "unavailable", Title: "Not possible at the moment",
		Detail: "This cannot be done at the moment. Try again in a few seconds. If the list then shows a token that you never received, rotate it: as it was never used, the new one replaces it.",
	}
)

// answers are the problems that errors of the domain become.
var answers = []struct {
	err  error
	kind problem.Problem
}{
	{issuer.ErrNoOrganisation, organisationUnknown},
	{issuer.ErrNoToken, tokenUnknown},
	{issuer.ErrSSOOff, ssoOff},
	{issuer.ErrEnabled, alreadyEnabled},
	{issuer.ErrDisabled, disabled},
	{issuer.ErrTooManyLive, tooManyTokens},
	{issuer.ErrNotReplaced, notReplaced},
	{issuer.ErrChanged, changed},
	{issuer.ErrNoRotation, noRotation},
	{issuer.ErrTooLate, tooLate},
	{issuer.ErrLeaked, leaked},
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
