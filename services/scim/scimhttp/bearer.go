package scimhttp

import (
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
	v := judge(principal, err, c.Request.Header)
	h.reportVerdict(c, v)
	if v.answer != nil {
		return v.answer
	}
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
		h.reportUnadmitted(c, err)
	}
	return err
}

// admit refuses what the token may not do and what the organisation does not tolerate.
func (h *handler) admit(c *gin.Context, principal token.Principal) error {
	if need := scopeOf(c); !principal.Allows(need) {
		c.Header("WWW-Authenticate", fmt.Sprintf(`Bearer realm="SCIM", error="insufficient_scope", scope=%q`, need))
		return scim.Errorf(http.StatusForbidden, "", "This API token may only read. Issue one with the scope %s in DevRev.", need)
	}
	return h.tolerate(c, principal.WithoutScheme)
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
func (h *handler) tolerate(c *gin.Context, withoutScheme bool) error {
	tol := tolerance(c)
	defer h.reportCoercions(c, tol)
	if web.Unnormalised(c.Request.Context()) && !atBase(c) {
		if err := tol.Accept(scim.UnnormalisedPath, "", scim.InvalidPath); err != nil {
			return err
		}
	}
	if withoutScheme {
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
const Misplaced token.Reason = activity.CredentialMisplaced

// elsewhere answers a request for what does not exist.
func (h *handler) elsewhere(c *gin.Context) {
	h.reportTurnedAway(c, &token.Refusal{Reason: Misplaced}, asSCIM(web.ErrNoRoute))
	web.Fail(c, web.ErrNoRoute)
}
