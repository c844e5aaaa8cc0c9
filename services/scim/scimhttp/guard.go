package scimhttp

import (
	"context"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/guard"
)

// guarded has the guard asked before a change takes an enabled user out, or members out of a group.
// A change that starts over is asked about again, since others may leave by it then.
func (h *handler) guarded(c *gin.Context, a asked, change *directory.Change) {
	org, counted := callerOf(c), 0
	change.Announce = func(ctx context.Context) error {
		by := requestOf(c, a) //nolint:contextcheck // c has the context of its request
		wish, leaves := guard.WishOf(org, by.Resource, change)
		if !leaves {
			return nil
		}
		wish.Counted = &counted
		return h.Admit(ctx, org, c.MustGet(principalKey).(token.Principal).Tag, by, wish)
	}
}
