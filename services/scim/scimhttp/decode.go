package scimhttp

import (
	"io"
	"mime"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/scim/directory"
)

// decode reads the body as one JSON object. application/json is taken beside SCIM's own type, since Okta's test suite sends it, and a
// body without any type too. The error is 415, 413 or 400 invalidSyntax.
func decode(c *gin.Context) (doc *scim.Document, err error) {
	_, end := web.Step(c.Request.Context(), "decode")
	defer func() { end(err) }()
	if err := checkMediaType(c.GetHeader("Content-Type")); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(c.Request.Body)
	if err != nil {
		return nil, err
	}
	return scim.Limits{Values: c.GetInt(valuesKey)}.Decode(body)
}

func checkMediaType(contentType string) error {
	if contentType == "" {
		return nil
	}
	mediaType, _, err := mime.ParseMediaType(contentType)
	if err == nil && (mediaType == scim.MediaType || mediaType == "application/json") {
		return nil
	}
	return scim.Errorf(http.StatusUnsupportedMediaType, "", "The body must be %s, not %s.", scim.MediaType, scim.Quote(contentType))
}

// projection reads the attributes that a client wants in the answer.
func projection(c *gin.Context, rt *schema.ResourceType) (schema.Projection, error) {
	return projectionOf(rt, listing{attributes: c.Query("attributes"), excluded: c.Query("excludedAttributes")})
}

func projectionOf(rt *schema.ResourceType, l listing) (schema.Projection, error) {
	return schema.ParseProjection(rt, l.attributes, l.excluded)
}

// newChange returns a change on the terms that the request's headers state; with an error, one that is there to be told of.
func newChange(c *gin.Context) (*directory.Change, error) {
	condition, err := scim.ParsePrecondition(c.GetHeader("If-Match"), c.GetHeader("If-None-Match"))
	return &directory.Change{Condition: condition, Tolerance: *tolerance(c)}, err
}
