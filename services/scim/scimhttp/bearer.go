package scimhttp

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// unauthorized is the one answer to every token that is not accepted, so that nothing can be
// learned from it. Where the header has a form that no token has, misread says so instead.
var unauthorized = scim.Errorf(http.StatusUnauthorized, "", "The API token is missing or not valid. Copy the token from DevRev into the identity provider again, or issue a new one in DevRev.")

const (
	principalKey    = "principal"
	organisationKey = "organisation"
)

// authenticate lets a request through whose token is accepted, and refuses what the token may not
// do.
func (h *handler) authenticate(c *gin.Context) error {
	ctx, end := web.Step(c.Request.Context(), "authenticate")
	principal, err := h.Verify(ctx, c.ClientIP(), web.Authorization(c))
	end(err)
	if err != nil {
		return h.turnAway(c, err)
	}
	h.Metrics.TokenVerifications(ctx, "accepted", sourceOf(principal))
	c.Set(shownKey, token.Request{Tag: principal.Tag, TokenID: principal.TokenID})
	event := web.EventFrom(ctx)
	event.SetOrganisation(principal.Org)
	event.SetTokenID(principal.TokenID)
	org, err := h.Organisation(principal)
	if err != nil {
		return err
	}
	c.Set(principalKey, principal)
	c.Set(organisationKey, org)
	err = h.limit(c, principal, 1)
	if err == nil {
		err = h.enter(c, org.Tenant)
	}
	if err == nil {
		err = h.admit(c, principal)
	}
	if err != nil {
		h.noteUnadmitted(c, err)
	}
	return err
}

// Where it was known from what became of a token: from this process, which asked no one, or from
// the token store.
const (
	sourceCache = "cache"
	sourceStore = "store"
)

func sourceOf(p token.Principal) string {
	if p.Cached {
		return sourceCache
	}
	return sourceStore
}

// turnAway answers a request whose token is not accepted: 401 if it never will be, 429 to who
// guesses, and 503 if that cannot be told.
func (h *handler) turnAway(c *gin.Context, err error) error {
	ctx := c.Request.Context()
	event := web.EventFrom(ctx)
	if refusal, ok := errors.AsType[*token.Refusal](err); ok {
		event.SetOrganisation(refusal.Org)
		event.SetTokenID(refusal.TokenID)
		event.SetErr(refusal)
		source := sourceStore
		if refusal.TokenID == "" { // what is no token is not looked up
			source = sourceCache
		}
		h.Metrics.TokenVerifications(ctx, string(refusal.Reason), source)
		if refusal.Reason.Dead() {
			h.Metrics.TokenEvents(ctx, string(refusal.Reason)+"_token_used")
			c.Set(shownKey, token.Request{Tag: refusal.Tag, TokenID: refusal.TokenID, Refused: refusal.Reason})
		}
		c.Header("WWW-Authenticate", challenge(c.GetHeader("Authorization")))
		answer := misread(c.Request.Header.Values("Authorization"))
		h.noteTurnedAway(c, refusal, answer)
		return answer.Because(err)
	}
	if throttled, ok := errors.AsType[*token.Throttled](err); ok {
		event.SetTokenID(throttled.TokenID)
		h.Metrics.TokenVerifications(ctx, "throttled", sourceCache)
		h.Metrics.TokenEvents(ctx, "guessing")
		return tooMany(c, throttled.RetryAfter, "Too many requests came with a wrong API token.").Because(err)
	}
	if errors.Is(err, token.ErrUnknownOrganisation) {
		h.Metrics.TokenEvents(ctx, "organisation_unknown")
	}
	h.Metrics.TokenVerifications(ctx, "unavailable", sourceStore)
	return scim.Errorf(http.StatusServiceUnavailable, "", "The API token cannot be checked at the moment. It does not need to be changed; try again.").Because(err)
}

// admit refuses what the token may not do and what the organisation does not tolerate.
func (h *handler) admit(c *gin.Context, principal token.Principal) error {
	if need := scopeOf(c); !principal.Allows(need) {
		c.Header("WWW-Authenticate", fmt.Sprintf(`Bearer realm="SCIM", error="insufficient_scope", scope=%q`, need))
		return scim.Errorf(http.StatusForbidden, "", "This API token may only read. Issue one with the scope %s in DevRev.", need)
	}
	return h.tolerate(c, principal.WithoutScheme)
}

// noteUnadmitted tells the activity of a request that was refused before anybody looked at it. A
// token that may only read passes each test of a connection, and then nothing is provisioned; what
// exceeds the rate arrives late or never.
func (h *handler) noteUnadmitted(c *gin.Context, err error) {
	kind, _, _ := strings.Cut(strings.TrimPrefix(c.FullPath(), Prefix+"/"), "/")
	e := h.endpointOf(callerOf(c), kind)
	switch {
	case scopeOf(c) == token.ScopeRead:
		h.noteRefusedRead(c, e, err)
	case e != nil:
		h.noteRefusal(c, asked{c.Request.Method, e, c.Param("id")}, &directory.Change{}, err)
	}
}

// misread returns the refusal of a token in the words that fit the form of the header, which tells
// nothing of any token.
func misread(authorization []string) *scim.Error {
	if len(authorization) > 1 {
		return scim.Errorf(http.StatusUnauthorized, "", "The request has more than one header Authorization. Send one.")
	}
	scheme, credential, _ := strings.Cut(strings.TrimSpace(strings.Join(authorization, "")), " ")
	credential = strings.TrimSpace(credential)
	if !strings.EqualFold(scheme, "Bearer") {
		credential = scheme
	}
	again, _, _ := strings.Cut(credential, " ")
	switch {
	case strings.EqualFold(scheme, "Bearer") && strings.EqualFold(again, "Bearer"):
		return scim.Errorf(http.StatusUnauthorized, "", "The word Bearer is before the API token twice. Paste the token alone, without the word: the identity provider adds it.")
	case strings.HasPrefix(credential, `"`), strings.HasPrefix(credential, "'"), strings.HasPrefix(credential, "“"), strings.HasPrefix(credential, "<"):
		return scim.Errorf(http.StatusUnauthorized, "", "The API token stands in quotation marks. Paste the token alone, without them.")
	default:
		return unauthorized
	}
}

// challenge returns what RFC 6750 section 3 asks for: the same error for every token that is
// refused, and none for who has shown no token, be it that they tried another scheme.
func challenge(authorization string) string {
	scheme, _, hasScheme := strings.Cut(strings.TrimSpace(authorization), " ")
	if scheme == "" || hasScheme && !strings.EqualFold(scheme, "Bearer") {
		return `Bearer realm="SCIM"`
	}
	return `Bearer realm="SCIM", error="invalid_token"`
}

// scopeOf returns what the request asks for. A search is a POST that reads.
func scopeOf(c *gin.Context) token.Scope {
	switch {
	case c.Request.Method == http.MethodGet, c.Request.Method == http.MethodHead, strings.HasSuffix(c.FullPath(), "/.search"):
		return token.ScopeRead
	default:
		return token.ScopeWrite
	}
}

// callerOf returns the organisation of an authenticated request.
func callerOf(c *gin.Context) directory.Organisation {
	return c.MustGet(organisationKey).(directory.Organisation)
}

// tolerate puts right what the headers and the path can have: a slash too many, a token without its
// scheme.
func (h *handler) tolerate(c *gin.Context, bare bool) error {
	tol := tolerance(c)
	defer h.noteCoercions(c, tol)
	if web.Unnormalised(c.Request.Context()) && !atBase(c) {
		if err := tol.Accept(scim.UnnormalisedPath, "", scim.InvalidPath); err != nil {
			return err
		}
	}
	if bare {
		return tol.Accept(scim.TokenWithoutScheme, "Authorization", scim.InvalidSyntax)
	}
	return nil
}

// atBase reports whether the request is for the base URL with one slash at its end, as RFC 7644
// section 3.4.2 writes a query over all kinds of resources: /?filter=.
func atBase(c *gin.Context) bool {
	path, _, _ := strings.Cut(c.Request.RequestURI, "?")
	return path == Prefix+"/"
}

// tolerance returns what decides over departures from the RFCs, as the organisation wants it.
func tolerance(c *gin.Context) *scim.Tolerance {
	return &scim.Tolerance{Strict: callerOf(c).Strict}
}

// Misplaced is the Reason of a request that has a token and leads to no path of the protocol: the
// base URL that the client was given is not ours, or not all of it.
const Misplaced token.Reason = "misplaced"

// elsewhere answers a request for what does not exist.
func (h *handler) elsewhere(c *gin.Context) {
	h.noteTurnedAway(c, &token.Refusal{Reason: Misplaced}, asSCIM(web.ErrNoRoute))
	web.Fail(c, web.ErrNoRoute)
}

// TurnedAway is a request whose token was not accepted, or not looked at.
type TurnedAway struct {
	Refusal token.Refusal // with the tag and id of a malformed or misplaced token too, as far as they are legible
	Request activity.Request
	Answer  *scim.Error
}

func (h *handler) noteTurnedAway(c *gin.Context, refusal *token.Refusal, answer *scim.Error) {
	ctx, shown := c.Request.Context(), *refusal
	if shown.Reason == token.ReasonMalformed || shown.Reason == Misplaced {
		shown.Tag, shown.TokenID = token.Legible(web.Authorization(c))
	}
	if shown.TokenID == "" {
		return
	}
	h.TurnedAway(TurnedAway{shown, activity.Request{
		RequestID: web.RequestID(ctx), TraceID: web.TraceID(ctx), TokenID: shown.TokenID,
		Client: string(web.EventFrom(ctx).Client()), Method: c.Request.Method,
	}, answer})
}
