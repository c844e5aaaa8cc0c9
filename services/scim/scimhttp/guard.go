package scimhttp

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/guard"
)

// guarded has the guard asked before a change takes an enabled user out. A change that starts over
// is asked about once.
func (h *handler) guarded(c *gin.Context, a asked, change *directory.Change) {
	if a.endpoint != h.users {
		return
	}
	admitted := false
	change.Announce = func(ctx context.Context) error {
		if admitted || !change.Before.State.Enabled() || change.After.State.Enabled() {
			return nil
		}
		wish := guard.Wish{User: directory.UserID(a.id), Wanted: change.Effect}
		err := h.Admit(ctx, callerOf(c), c.MustGet(principalKey).(token.Principal).Tag, requestOf(c, a), wish) //nolint:contextcheck // c has the context of its request
		admitted = err == nil
		return err
	}
}

// retryHeld tells the client of a request that was held back when to ask again.
func retryHeld(c *gin.Context, err error) {
	if err != nil && asSCIM(err).Status == http.StatusTooManyRequests {
		web.RetryAfter(c, guard.RetryAfter)
	}
}
