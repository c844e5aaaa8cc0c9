package apiclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Problem is a refusal of the service (RFC 9457). Every member is the service's own text.
type Problem struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail,omitempty"`
	RequestID string `json:"requestId,omitempty"`
	TraceID   string `json:"traceId,omitempty"`
	// RetryAfter is how long the service asks to wait; 0: it does not say.
	RetryAfter time.Duration `json:"-"`
	// Verbatim is the answer as it came, with members that have no field here.
	Verbatim json.RawMessage `json:"-"`
}

// Kind is the last part of Type, such as "sso-off"; "" where the status says it all.
func (p *Problem) Kind() string {
	kind, _ := strings.CutPrefix(p.Type, "urn:devrev:scim:problem:")
	if kind == "about:blank" {
		return ""
	}
	return kind
}

// Error is title, detail and the ids for DevRev's support, in one line.
func (p *Problem) Error() string {
	said := p.Title
	if p.Detail != "" {
		said += ": " + p.Detail
	}
	if p.RequestID != "" {
		said += " (requestId " + p.RequestID + ")"
	}
	return said
}

// NoAnswer is the error of a request without a whole answer. Whether it was carried out is not
// known.
type NoAnswer struct{ Cause error }

// Error names neither the URL nor the method: there is one service, and the caller knows what was
// asked.
func (e *NoAnswer) Error() string {
	if errors.Is(e.Cause, context.DeadlineExceeded) {
		return "no answer from the service in time"
	}
	cause := e.Cause
	if u, ok := errors.AsType[*url.Error](cause); ok {
		cause = u.Err
	}
	return "no answer from the service: " + cause.Error()
}

// Unwrap returns the cause.
func (e *NoAnswer) Unwrap() error { return e.Cause }

// UnexpectedResponse is an answer that this API does not give: something else answers at the URL,
// or is in front of the service.
type UnexpectedResponse struct{ Status int }

// Error says so.
func (e *UnexpectedResponse) Error() string {
	return fmt.Sprintf("an answer with status %d that is not the service's: check the URL, and any proxy in front of the service", e.Status)
}

func problemOf(resp *http.Response) error {
	const most = 64 << 10
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")) // "" is another one
	data, err := io.ReadAll(io.LimitReader(resp.Body, most))
	var p Problem
	if media != "application/problem+json" || err != nil || json.Unmarshal(data, &p) != nil || p.Title == "" {
		return &UnexpectedResponse{Status: resp.StatusCode}
	}
	p.Status, p.Verbatim = resp.StatusCode, data
	return &p
}
