package scimhttp

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/web"
)

// unauthorized is the one answer to every token that is not accepted, so that nothing can be learned from it.
var unauthorized = scim.Errorf(http.StatusUnauthorized, "", "The API token is missing or not valid. Copy the token from DevRev into the identity provider again, or issue a new one in DevRev.")

const principalKey = "principal"

// authenticate lets a request through whose token is accepted, and refuses what the token may not do.
func (h *door) authenticate(c *gin.Context) error {
	ctx, end := web.Step(c.Request.Context(), "authenticate")
	principal, err := h.Verify(ctx, c.GetHeader("Authorization"))
	end(err)
	event := web.EventFrom(ctx)
	if refusal, ok := errors.AsType[*token.Refusal](err); ok {
		event.SetOrganisation(refusal.Org)
		event.SetTokenID(refusal.TokenID)
		event.SetErr(refusal)
		h.Metrics.TokenVerifications(ctx, string(refusal.Reason))
		c.Header("WWW-Authenticate", `Bearer realm="SCIM"`)
		return unauthorized.Because(err)
	}
	if err != nil {
		h.Metrics.TokenVerifications(ctx, "unavailable")
		return scim.Errorf(http.StatusServiceUnavailable, "", "The API token cannot be checked at the moment. It does not need to be changed; try again.").Because(err)
	}
	h.Metrics.TokenVerifications(ctx, "accepted")
	event.SetOrganisation(principal.Org)
	event.SetTokenID(principal.TokenID)
	if need := scopeOf(c.Request.Method); !principal.Allows(need) {
		return scim.Errorf(http.StatusForbidden, "", "This API token may only read. Issue one with the scope %s in DevRev.", need)
	}
	c.Set(principalKey, principal)
	return nil
}

func scopeOf(method string) token.Scope {
	if method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions {
		return token.ScopeRead
	}
	return token.ScopeWrite
}

// caller returns the organisation of an authenticated request.
func (h *door) caller(c *gin.Context) directory.Organisation {
	return h.Organisation(c.MustGet(principalKey).(token.Principal))
}
