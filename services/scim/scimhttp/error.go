package scimhttp

import (
	"context"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/internal/web"
)

// WriteError is the only place that writes an error of the protocol (RFC 7644 section 3.12). What is no *scim.Error is a fault of ours: the client
// gets a fixed sentence, the access log the cause.
func WriteError(c *gin.Context, err error) {
	answer := asSCIM(err)
	if answer.Cause != nil {
		web.EventFrom(c.Request.Context()).SetErr(answer.Cause)
	}
	web.RetryAfterError(c, answer.Status)
	_ = respond(c, answer.Status, errorDocument(c.Request.Context(), answer)) // texts always encode
}

func asSCIM(err error) *scim.Error {
	if e, ok := errors.AsType[*scim.Error](err); ok {
		return e
	}
	if e, ok := errors.AsType[web.Error](err); ok {
		return scim.Errorf(e.Status, "", "%s", e.Detail)
	}
	return scim.Errorf(http.StatusInternalServerError, "", "Something went wrong in DevRev. Try again; if it stays so, tell DevRev's support.")
}

// errorDocument is the body of an error, be it an answer's or that of one operation of a bulk request: what RFC 7644 section 3.12 has, and the
// ids of the request and its trace, which lead from an administrator's ticket to our logs. Where the fault is ours (5xx) the detail names the
// request too, since Okta shows an administrator nothing but the detail.
func errorDocument(ctx context.Context, e *scim.Error) *scim.Document {
	doc, request := e.Document(), web.RequestID(ctx)
	if e.Status >= http.StatusInternalServerError {
		doc.Set("detail", e.Detail+" The id of this request is "+request+".")
	}
	doc.Set("requestId", request)
	if trace := web.TraceID(ctx); trace != "" {
		doc.Set("traceId", trace)
	}
	return doc
}
