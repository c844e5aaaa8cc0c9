package scimhttp

import (
	"context"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/internal/web"
)

// WriteError is the only place that writes an error of the protocol (RFC 7644 section 3.12). What
// is no *scim.Error is a fault of ours: the client gets a fixed sentence, the access log the cause.
func WriteError(c *gin.Context, err error) {
	answer := asSCIM(err)
	if answer.Cause != nil {
		web.EventFrom(c.Request.Context()).SetErr(answer.Cause)
	}
	if answer.RetryAfter > 0 {
		web.RetryAfter(c, answer.RetryAfter)
	}
	web.RetryAfterError(c, answer.Status)
	_ = respond(c, answer.Status, errorDocument(c.Request.Context(), answer)) // texts always encode
}

func asSCIM(err error) *scim.Error {
	if e, ok := errors.AsType[*scim.Error](err); ok {
		return e
	}
	if e, ok := errors.AsType[web.Error](err); ok {
		return scim.Errorf(e.Status, typeOf(e.Status), "%s", e.Detail)
	}
	return scim.Errorf(http.StatusInternalServerError, "", "Something went wrong in DevRev. Try again; if the problem persists, contact DevRev support.")
}

// typeOf returns the scimType of what the listener refuses: a request that cannot be read is 400
// invalidSyntax.
func typeOf(status int) scim.ErrorType {
	if status == http.StatusBadRequest {
		return scim.InvalidSyntax
	}
	return ""
}

// errorDocument is the body of an error, of an answer or of one operation of a bulk request: the
// attributes of RFC 7644 section 3.12 and no others, since there are clients that refuse an error
// with more. The detail ends with the id of the request, which leads from an administrator's ticket
// to our logs: Okta shows an administrator nothing but the detail.
func errorDocument(ctx context.Context, e *scim.Error) *scim.Document {
	doc := e.Document()
	doc.Set("detail", e.Detail+" The id of this request is "+web.RequestID(ctx)+".")
	return doc
}
