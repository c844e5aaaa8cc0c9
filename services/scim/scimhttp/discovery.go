package scimhttp

import (
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/scim/limits"
)

// The endpoints of RFC 7644 section 4. They describe the service and take no filter: RFC 7644 asks
// for 403, so that a client does not mistake a whole list for a filtered one.

func (h *handler) serviceProviderConfig(c *gin.Context) error {
	if err := refuseFilter(c); err != nil {
		return err
	}
	return respond(c, http.StatusOK, serviceProviderConfig(h.BaseURL))
}

func (h *handler) resourceTypes(c *gin.Context) error {
	if err := refuseFilter(c); err != nil {
		return err
	}
	var all []*scim.Document
	for _, rt := range callerOf(c).Schemas.ResourceTypes() {
		all = append(all, describeResourceType(h.BaseURL, rt))
	}
	return respond(c, http.StatusOK, scim.ListResponse(len(all), 1, all))
}

func (h *handler) resourceType(c *gin.Context) error {
	if err := refuseFilter(c); err != nil {
		return err
	}
	for _, rt := range callerOf(c).Schemas.ResourceTypes() {
		if strings.EqualFold(rt.Name, c.Param("id")) {
			return respond(c, http.StatusOK, describeResourceType(h.BaseURL, rt))
		}
	}
	return scim.Errorf(http.StatusNotFound, "", "There is no resource type %s.", scim.Quote(c.Param("id")))
}

func (h *handler) schemas(c *gin.Context) error {
	if err := refuseFilter(c); err != nil {
		return err
	}
	var all []*scim.Document
	for _, s := range callerOf(c).Schemas.Schemas() {
		all = append(all, describeSchema(h.BaseURL, s))
	}
	return respond(c, http.StatusOK, scim.ListResponse(len(all), 1, all))
}

func (h *handler) schema(c *gin.Context) error {
	if err := refuseFilter(c); err != nil {
		return err
	}
	for _, s := range callerOf(c).Schemas.Schemas() {
		if strings.EqualFold(s.ID, c.Param("id")) {
			return respond(c, http.StatusOK, describeSchema(h.BaseURL, s))
		}
	}
	return scim.Errorf(http.StatusNotFound, "", "There is no schema %s.", scim.Quote(c.Param("id")))
}

func refuseFilter(c *gin.Context) error {
	if c.Query("filter") == "" {
		return nil
	}
	return scim.Errorf(http.StatusForbidden, "", "This endpoint describes the service and cannot be filtered.")
}

func describeResourceType(base string, rt *schema.ResourceType) *scim.Document {
	doc := rt.Document()
	doc.Set("meta", discoveryMeta("ResourceType", base+"/ResourceTypes/"+rt.Name))
	return doc
}

func describeSchema(base string, s *schema.Schema) *scim.Document {
	doc := s.Document()
	doc.Set("meta", discoveryMeta("Schema", base+"/Schemas/"+s.ID))
	return doc
}

func serviceProviderConfig(base string) *scim.Document {
	supported := func(yes bool, more ...any) *scim.Document {
		return scim.NewDocument(append([]any{"supported", yes}, more...)...)
	}
	return scim.NewDocument(
		"schemas", []any{scim.ServiceProviderConfigSchema},
		"patch", supported(true),
		"bulk", supported(true, "maxOperations", int64(limits.BulkOperations), "maxPayloadSize", int64(limits.BulkBody)),
		"filter", supported(true, "maxResults", int64(scim.MaxCount)),
		"changePassword", supported(false),
		"sort", supported(true),
		"etag", supported(true),
		"pagination", scim.NewDocument(
			"cursor", true, "index", true, "defaultPaginationMethod", "index",
			"defaultPageSize", int64(scim.DefaultCount), "maxPageSize", int64(scim.MaxCount), "cursorTimeout", int64(cursorLife/time.Second),
		),
		"authenticationSchemes", []any{scim.NewDocument(
			"type", "oauthbearertoken",
			"name", "API token",
			"description", "The token that DevRev shows once when SCIM is enabled, in the header Authorization with the scheme Bearer (RFC 6750).",
			"specUri", "https://www.rfc-editor.org/rfc/rfc6750",
			"primary", true,
		)},
		"meta", discoveryMeta("ServiceProviderConfig", base+"/ServiceProviderConfig"),
	)
}

func discoveryMeta(resourceType, location string) *scim.Document {
	return scim.NewDocument("resourceType", resourceType, "location", location)
}
