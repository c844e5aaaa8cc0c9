package tokenhttp

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/token/issuer"
)

func (h *handler) announce(c *gin.Context) error {
	var a announcement
	if err := decode(c, &a); err != nil {
		return err
	}
	terms, err := a.terms()
	if err != nil {
		return err
	}
	o, created, err := h.Issuer.Announce(c.Request.Context(), callerOf(c), orgOf(c), terms)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	c.JSON(status, viewOf(o))
	return nil
}

func (h *handler) organisation(c *gin.Context) error {
	return web.Answer(c, viewOf)(h.Issuer.Stored(c.Request.Context(), orgOf(c)))
}

// leave has the organisation erased.
func (h *handler) leave(c *gin.Context) error {
	if err := decodeNothing(c); err != nil {
		return err
	}
	o, err := h.Issuer.Leave(c.Request.Context(), callerOf(c), orgOf(c))
	if err != nil {
		return err
	}
	c.JSON(http.StatusAccepted, viewOf(o))
	return nil
}

func (h *handler) status(c *gin.Context) error {
	return web.Answer(c, func(s issuer.Status) statusView {
		return statusView{s.Enabled, h.SCIMBaseURL, s.LiveTokens, s.Expiring}
	})(h.Issuer.Status(c.Request.Context(), orgOf(c)))
}

func (h *handler) enable(c *gin.Context) error {
	if err := decodeNothing(c); err != nil {
		return err
	}
	issued, err := h.Issuer.Enable(c.Request.Context(), callerOf(c), orgOf(c))
	if err != nil {
		return err
	}
	created(c, issued)
	c.JSON(http.StatusCreated, struct {
		SCIMBaseURL string    `json:"scimBaseUrl"`
		Token       tokenView `json:"token"`
	}{h.SCIMBaseURL, viewOfIssued(issued)})
	return nil
}

func (h *handler) disable(c *gin.Context) error {
	if err := decodeNothing(c); err != nil {
		return err
	}
	return web.Answer(c, func(o issuer.Organisation) statusView {
		return statusView{Enabled: o.Enabled, SCIMBaseURL: h.SCIMBaseURL}
	})(h.Issuer.Disable(c.Request.Context(), callerOf(c), orgOf(c)))
}
