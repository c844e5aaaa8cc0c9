package tokenhttp

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/access/accesshttp"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/token/issuer"
)

func (h *handler) tokens(c *gin.Context) error {
	return web.Answer(c, func(tokens []issuer.Token) gin.H {
		views := make([]tokenView, len(tokens))
		for i, t := range tokens {
			views[i] = viewOfToken(t)
		}
		return gin.H{"tokens": views}
	})(h.Issuer.Tokens(c.Request.Context(), orgOf(c)))
}

func (h *handler) token(c *gin.Context) error {
	return web.Answer(c, detailOf)(h.Issuer.Token(c.Request.Context(), orgOf(c), c.Param("token")))
}

// rename takes {"name": "..."}.
func (h *handler) rename(c *gin.Context) error {
	var asked struct {
		Name string `json:"name"`
	}
	if err := decode(c, &asked); err != nil {
		return err
	}
	id := c.Param("token")
	t, err := h.Issuer.Rename(c.Request.Context(), callerOf(c), orgOf(c), id, asked.Name)
	if err != nil {
		return err
	}
	web.EventFrom(c.Request.Context()).SetTokenID(id)
	c.JSON(http.StatusOK, detailOf(t))
	return nil
}

func (h *handler) issue(c *gin.Context) error {
	var q tokenRequest
	if err := decode(c, &q); err != nil {
		return err
	}
	key, err := accesshttp.IdempotencyKeyOf(c)
	if err != nil {
		return err
	}
	issued, err := h.Issuer.Issue(c.Request.Context(), callerOf(c), orgOf(c), issuer.TokenRequest{
		Name: q.Name, Scopes: q.Scopes, ExpiresAt: q.ExpiresAt, IdempotencyKey: key,
	})
	if err != nil {
		return refused(c, err)
	}
	created(c, issued)
	c.JSON(http.StatusCreated, viewOfIssued(issued))
	return nil
}

func (h *handler) revoke(c *gin.Context) error {
	id := c.Param("token")
	if err := h.Issuer.Revoke(c.Request.Context(), callerOf(c), orgOf(c), id); err != nil {
		return err
	}
	web.EventFrom(c.Request.Context()).SetTokenID(id)
	c.Status(http.StatusNoContent)
	return nil
}

// created sets the location of the new token; its secret is in this answer alone.
func created(c *gin.Context, issued issuer.Issued) { locate(c, issued.Record.ID) }

// refused sets the location of the token that the request created before, if that is why it is
// refused.
func refused(c *gin.Context, err error) error {
	if e, ok := errors.AsType[token.Repeated](err); ok {
		locate(c, e.ID)
	}
	return err
}

func locate(c *gin.Context, id string) {
	web.EventFrom(c.Request.Context()).SetTokenID(id)
	c.Header("Location", Prefix+"/organisations/"+orgOf(c)+"/scim/tokens/"+id)
}
