package tokenhttp

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/services/internal/access/accesshttp"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/token/issuer"
)

// rotation is the body of POST /organisations/{org}/scim/tokens/rotate.
type rotation struct {
	Current      string    `json:"current"`
	OverlapHours *int64    `json:"overlapHours"`
	Force        bool      `json:"force"`
	Name         string    `json:"name"`
	ExpiresAt    time.Time `json:"expiresAt"`
}

func (r rotation) overlap() time.Duration {
	const most = int64(issuer.MaxOverlap / time.Hour)
	switch {
	case r.OverlapHours == nil:
		return issuer.DefaultOverlap
	case *r.OverlapHours < 0 || *r.OverlapHours > most: // with some of which a time.Duration would overflow
		return -1
	default:
		return time.Duration(*r.OverlapHours) * time.Hour
	}
}

func (h *handler) rotate(c *gin.Context) error {
	var r rotation
	if err := decode(c, &r); err != nil {
		return err
	}
	key, err := accesshttp.IdempotencyKeyOf(c)
	if err != nil {
		return err
	}
	issued, err := h.Issuer.Rotate(c.Request.Context(), callerOf(c), orgOf(c), issuer.Rotation{
		Current: r.Current, Overlap: r.overlap(), Force: r.Force, Name: r.Name, ExpiresAt: r.ExpiresAt, IdempotencyKey: key,
	})
	if err != nil {
		return refused(c, err)
	}
	created(c, issued)
	c.JSON(http.StatusCreated, viewOfIssued(issued))
	return nil
}

// cancel requires the id of the token to be revoked, as rotate does: the caller must know which one
// it cancels.
func (h *handler) cancel(c *gin.Context) error {
	var r struct {
		Current string `json:"current"`
	}
	if err := decode(c, &r); err != nil {
		return err
	}
	if r.Current == "" {
		return &issuer.Invalid{Member: "current", Rule: "must be the id of the token that the rotation made"}
	}
	return h.alter(c, r.Current, h.Issuer.Cancel)
}

func (h *handler) end(c *gin.Context) error {
	if err := decodeNothing(c); err != nil {
		return err
	}
	return h.alter(c, c.Param("token"), h.Issuer.EndEarly)
}

func (h *handler) restore(c *gin.Context) error {
	if err := decodeNothing(c); err != nil {
		return err
	}
	return h.alter(c, c.Param("token"), h.Issuer.Restore)
}

// alter does something to the token with this id, and answers with the token that this is about in
// the end.
func (h *handler) alter(c *gin.Context, id string, act func(ctx context.Context, by audit.Caller, org, id string) (issuer.Token, error)) error {
	t, err := act(c.Request.Context(), callerOf(c), orgOf(c), id)
	if err != nil {
		return err
	}
	web.EventFrom(c.Request.Context()).SetTokenID(id)
	c.JSON(http.StatusOK, viewOfToken(t))
	return nil
}
