package orghttp

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/internal/exactjson"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/internal/web/problem"
	"github.com/devrev/scim/services/scim/doctor"
)

// Neither the rehearsal nor the look from outside nor a dry run changes anything, so those who may
// only look may ask for them.

// diagnose tells how the connection stands, also where SCIM was never enabled.
func (h *handler) diagnose(c *gin.Context) error {
	ctx := c.Request.Context()
	org, err := h.Organisation(ctx, c.Param("org"))
	if refusal, ok := errors.AsType[*scim.Error](err); ok && refusal.Status == http.StatusNotFound {
		c.JSON(http.StatusOK, doctor.Never())
		return nil
	}
	if err != nil {
		return err
	}
	report, err := h.Doctor.Diagnose(ctx, org)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, report)
	return nil
}

// rehearse plays an identity provider's dialogue, of which nothing remains.
func (h *handler) rehearse(c *gin.Context) error {
	body, err := c.GetRawData()
	if err != nil {
		return err
	}
	var play doctor.Play
	if err := exactjson.Unmarshal(body, &play); err != nil {
		return scim.BadRequest(scim.InvalidValue, "The body must be a JSON object with the member client, okta or entra, and if need be app and userName, all strings.")
	}
	rehearsal, err := h.Doctor.Rehearse(c.Request.Context(), organisationOf(c), play)
	if err != nil {
		return early(c, err)
	}
	c.JSON(http.StatusOK, rehearsal)
	return nil
}

// reach fetches the configured base URL.
func (h *handler) reach(c *gin.Context) error {
	reach, err := h.Doctor.Reach(c.Request.Context(), organisationOf(c))
	if err != nil {
		return early(c, err)
	}
	c.JSON(http.StatusOK, reach)
	return nil
}

// dryRun says what a request of the protocol would do.
func (h *handler) dryRun(c *gin.Context) error {
	body, err := c.GetRawData()
	if err != nil {
		return err
	}
	var asked doctor.Request
	if err := exactjson.Unmarshal(body, &asked); err != nil {
		return scim.BadRequest(scim.InvalidValue, "The body must be a JSON object with the members method and path, both strings, and if need be body, headers (an object of strings) and as ({\"client\": \"okta\"} or \"entra\"). "+
			"A request body that is not JSON, or has a member twice, goes into body as a string.")
	}
	outcome, err := h.Doctor.DryRun(c.Request.Context(), organisationOf(c), asked)
	if err != nil {
		return early(c, err)
	}
	c.PureJSON(http.StatusOK, outcome) // the body of the answer stays as it is
	return nil
}

// early makes a 429 of what comes too early.
func early(c *gin.Context, err error) error {
	if early, ok := errors.AsType[*doctor.Early](err); ok {
		web.RetryAfter(c, early.Wait)
		return problem.WithDetail(problem.TooMany, early.Detail)
	}
	return err
}
