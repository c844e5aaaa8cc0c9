package tokenhttp

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/token/issuer"
)

// settings is what an administrator decides, in a body and in an answer.
type settings struct {
	Strict              bool             `json:"strict"`
	HideValues          bool             `json:"hideValues"`
	RestoreByExternalID bool             `json:"restoreByExternalId"`
	Schemas             []*schema.Schema `json:"schemas"`
}

func (h *door) settings(c *gin.Context) error {
	o, err := h.Issuer.Organisation(c.Request.Context(), orgOf(c))
	if err != nil {
		return err
	}
	return answerSettings(c, o)
}

// configure takes the settings whole: what is left out is off, or empty.
func (h *door) configure(c *gin.Context) error {
	var asked settings
	if err := decode(c, &asked); err != nil {
		return err
	}
	schemas, err := issuer.NewSchemas(asked.Schemas)
	if err != nil {
		return err
	}
	o, err := h.Issuer.Configure(c.Request.Context(), callerOf(c), orgOf(c), issuer.Settings{
		Strict: asked.Strict, HideValues: asked.HideValues, RestoreByExternalID: asked.RestoreByExternalID, Schemas: schemas,
	})
	if err != nil {
		return err
	}
	return answerSettings(c, o)
}

func answerSettings(c *gin.Context, o issuer.Organisation) error {
	schemas, err := o.Settings.Schemas.List()
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, settings{o.Settings.Strict, o.Settings.HideValues, o.Settings.RestoreByExternalID, schemas})
	return nil
}
