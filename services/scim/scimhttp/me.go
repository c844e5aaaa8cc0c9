package scimhttp

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
)

// me answers /Me (RFC 7644 section 3.11) as a service provider does that has no such alias: a token
// belongs to an organisation's identity provider, which is not a user.
func me(*gin.Context) error {
	return scim.Errorf(http.StatusNotImplemented, "", "An API token belongs to an organisation and not to a person, so there is no /Me. Ask for /Users with a filter on userName.")
}
