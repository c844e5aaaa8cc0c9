// Package problem answers refusals of DevRev's own API as RFC 9457 says. The protocol's errors are
// scimhttp's.
package problem

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/services/internal/web"
)

// MediaType is the content type of a problem, RFC 9457 section 3.
const MediaType = "application/problem+json"

// typePrefix makes a URN of a problem's name. It identifies; there is nothing to fetch.
const typePrefix = "urn:devrev:scim:problem:"

// Problem is one refusal. Detail is a sentence for the person at the other end: it says what to do
// and holds no secret and nothing of another organisation. Cause is private, for the log.
type Problem struct {
	Status int
	Name   string // of the kind, such as "sso-off"; "" is about:blank, which says no more than the status
	Title  string // of the kind; "" is the status's own phrase
	Detail string
	// Members are further members of the body, for programs (RFC 9457 section 3.2).
	Members map[string]any
	Cause   error
}

// Error gives the detail.
func (p *Problem) Error() string { return p.Detail }

// ErrorType is the name or, where there is none, the status: a closed set, for telemetry.
func (p *Problem) ErrorType() string {
	if p.Name == "" {
		return strconv.Itoa(p.Status)
	}
	return p.Name
}

// Unwrap returns the private cause.
func (p *Problem) Unwrap() error { return p.Cause }

// Write answers the request with p. It is called by a WriteError only.
func Write(c *gin.Context, p *Problem) {
	if p.Cause != nil {
		web.EventFrom(c.Request.Context()).SetErr(p.Cause)
	}
	web.RetryAfterError(c, p.Status)
	if p.Status < http.StatusInternalServerError {
		web.EventFrom(c.Request.Context()).SetRefusal(p.ErrorType())
	}
	if p.Status == http.StatusUnauthorized {
		c.Header("WWW-Authenticate", `Bearer realm="DevRev SCIM"`)
	}
	body, _ := json.Marshal(struct { // strings and a number always encode
		Type      string `json:"type"`
		Title     string `json:"title"`
		Status    int    `json:"status"`
		Detail    string `json:"detail,omitempty"`
		RequestID string `json:"requestId,omitempty"`
		TraceID   string `json:"traceId,omitempty"`
	}{p.uri(), p.title(), p.Status, p.Detail, web.RequestID(c.Request.Context()), web.TraceID(c.Request.Context())})
	if len(p.Members) > 0 {
		more, _ := json.Marshal(p.Members)
		body = slices.Concat(body[:len(body)-1], []byte(","), more[1:])
	}
	c.Data(p.Status, MediaType, body)
}

func (p *Problem) uri() string {
	if p.Name == "" {
		return "about:blank"
	}
	return typePrefix + p.Name
}

func (p *Problem) title() string {
	if p.Title == "" {
		return http.StatusText(p.Status)
	}
	return p.Title
}
