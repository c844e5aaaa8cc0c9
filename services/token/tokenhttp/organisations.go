package tokenhttp

import (
	"net/http"

	"github.com/gin-gonic/gin"
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
	o, err := h.Issuer.Organisation(c.Request.Context(), orgOf(c))
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, viewOf(o))
	return nil
}

func (h *handler) status(c *gin.Context) error {
	s, err := h.Issuer.Status(c.Request.Context(), orgOf(c))
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, statusView{s.Enabled, h.SCIMBaseURL, s.LiveTokens, s.Expiring})
	return nil
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
	o, err := h.Issuer.Disable(c.Request.Context(), callerOf(c), orgOf(c))
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, statusView{Enabled: o.Enabled, SCIMBaseURL: h.SCIMBaseURL})
	return nil
}
