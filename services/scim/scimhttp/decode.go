package scimhttp

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/limits"
)

// decode reads the body as one JSON object. application/json is accepted in addition to SCIM's own
// type, since Okta's test suite sends it, and a body without any type too. A byte order mark is
// skipped (RFC 8259 section 8.1). The error is 415, 413, 408, 400 invalidSyntax, or 429 for a body
// that costs more of the rate than is left.
func (h *handler) decode(c *gin.Context) (doc *scim.Document, err error) {
	_, end := web.Step(c.Request.Context(), "decode")
	defer func() { end(err) }()
	if err := checkRepresentation(c.Request.Header); err != nil {
		c.Header("Accept-Encoding", identity) // RFC 9110 section 15.5.16
		return nil, err
	}
	body, err := h.admitBody(c)
	if err != nil {
		return nil, err
	}
	allowed := scim.Limits{Values: c.GetInt(valuesKey)}
	if length := c.Request.ContentLength; length < 0 || length > int64(2*allowed.Values) { // a value and what follows it take 2 bytes
		body = allowed.Reader(body)
	}
	var text bytes.Buffer
	text.Grow(int(min(max(c.Request.ContentLength, 0), firstRead)) + bytes.MinRead)
	if _, err := text.ReadFrom(body); err != nil {
		return nil, err
	}
	return allowed.Decode(bytes.TrimPrefix(text.Bytes(), []byte("\ufeff")))
}

// firstRead is for how many bytes of a body there is room before they come: who says that many
// follow has sent none yet.
const firstRead = 64 << 10

// admitBody returns the body of a request once the organisation has places for it and its rate has
// paid for it: for all of it where Content-Length says how long it is, so that what is refused is
// not read either. A body of unknown length takes and pays while it comes.
func (h *handler) admitBody(c *gin.Context) (io.Reader, error) {
	take := func(before, now int64) error {
		if err := takePlaces(c, min(limits.Place+now/limits.PlaceBytes, limits.BodyPlaces)); err != nil {
			return err
		}
		return h.charge(c, int(now/limits.CostBytes-before/limits.CostBytes))
	}
	if length := c.Request.ContentLength; length >= 0 {
		return c.Request.Body, take(0, length)
	}
	return &admittedBody{Reader: c.Request.Body, take: take}, nil
}

type admittedBody struct {
	io.Reader

	take     func(before, now int64) error
	received int64
}

func (b *admittedBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	before := b.received
	b.received += int64(n)
	if refused := b.take(before, b.received); refused != nil {
		return n, refused
	}
	return n, err
}

// identity is the content coding of a body as it is, RFC 9110 section 12.5.3.
const identity = "identity"

// checkRepresentation refuses with 415 a body that its headers say is not JSON, not in UTF-8 (RFC
// 8259 section 8.1) or packed.
func checkRepresentation(header http.Header) error {
	if encoding := strings.Join(header.Values("Content-Encoding"), ", "); encoding != "" && !strings.EqualFold(encoding, identity) {
		return scim.Errorf(http.StatusUnsupportedMediaType, "", "The body must be sent as it is, without the Content-Encoding %s.", scim.Quote(encoding))
	}
	contentType := header.Get("Content-Type")
	if contentType == "" {
		return nil
	}
	mediaType, parameters, err := mime.ParseMediaType(contentType)
	if err != nil || mediaType != scim.MediaType && mediaType != "application/json" {
		return scim.Errorf(http.StatusUnsupportedMediaType, "", "The body must be %s, not %s.", scim.MediaType, scim.Quote(contentType))
	}
	if charset := strings.ToLower(parameters["charset"]); charset != "" && charset != "utf-8" && charset != "utf8" {
		return scim.Errorf(http.StatusUnsupportedMediaType, "", "The body must be in UTF-8, not %s.", scim.Quote(charset))
	}
	return nil
}

// projection reads the attributes that a client wants in the answer.
func projection(c *gin.Context, rt *schema.ResourceType, tol *scim.Tolerance) (schema.Projection, error) {
	return schema.ParseProjection(rt, c.Query("attributes"), c.Query("excludedAttributes"), tol)
}

// newChange returns a change on the terms that the request's headers state; with an error, one that
// is there to be told of.
func newChange(c *gin.Context) (*directory.Change, error) {
	condition, err := scim.ParsePrecondition(c.GetHeader("If-Match"), c.GetHeader("If-None-Match"))
	return &directory.Change{Condition: condition, Tolerance: *tolerance(c), Cause: causeOf(c)}, err
}

// causeOf says which request a change is made by.
func causeOf(c *gin.Context) directory.Cause {
	ctx := c.Request.Context()
	return directory.Cause{
		RequestID: web.RequestID(ctx), TraceID: web.TraceID(ctx),
		TokenID: c.MustGet(principalKey).(token.Principal).TokenID, Client: string(web.EventFrom(ctx).Client()),
	}
}
