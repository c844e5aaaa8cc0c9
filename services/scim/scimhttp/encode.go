package scimhttp

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
)

// locationOf returns the URI of a resource. It is made of the configured base URL alone: a Host header is the client's word.
func locationOf(base string, rt *schema.ResourceType, id string) string {
	return base + rt.Endpoint + "/" + id
}

// represent returns the resource as clients see it: meta with its location, and the attributes they want.
func represent(base string, rt *schema.ResourceType, r resource, want schema.Projection) *scim.Document {
	if meta := r.doc.Sub("meta"); meta != nil {
		meta.Set("location", locationOf(base, rt, r.id))
	}
	return want.Apply(rt, r.doc)
}

// respond writes body, which marshals to JSON, as SCIM.
func respond(c *gin.Context, status int, body any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	c.Header("Content-Type", scim.MediaType+"; charset=utf-8")
	c.Status(status)
	if c.Request.Method == http.MethodHead {
		return nil
	}
	_, _ = c.Writer.Write(data) // the client has gone; nobody is left to tell
	return nil
}
