package orghttp

import (
	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/services/internal/access/accesshttp"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/scim/directory"
)

const organisationKey = "organisation"

// admit lets callers pass who may read the organisation in the path. To everybody else an
// organisation that is there looks as one that is not.
func (h *handler) admit(c *gin.Context) error {
	if err := accesshttp.ToRead.Handle(c); err != nil {
		return err
	}
	web.EventFrom(c.Request.Context()).SetOrganisation(c.Param("org"))
	return nil
}

// load reads the terms of the organisation in the path.
func (h *handler) load(c *gin.Context) error {
	organisation, err := h.Organisation(c.Request.Context(), c.Param("org"))
	if err != nil {
		return err
	}
	c.Set(organisationKey, organisation)
	return h.seenByStaff(c, c.Param("org"))
}

func organisationOf(c *gin.Context) directory.Organisation {
	return c.MustGet(organisationKey).(directory.Organisation)
}
