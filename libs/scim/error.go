package scim

import (
	"fmt"
	"strconv"
	"time"
)

// ErrorType is the scimType of an error response. The constants are in the order of RFC 7644
// table 9; the last three are those of RFC 9865 section 2.1.
type ErrorType string

// The error types a service provider answers with.
const (
	InvalidFilter ErrorType = "invalidFilter"
	TooMany       ErrorType = "tooMany"
	Uniqueness    ErrorType = "uniqueness"
	Mutability    ErrorType = "mutability"
	InvalidSyntax ErrorType = "invalidSyntax"
	InvalidPath   ErrorType = "invalidPath"
	NoTarget      ErrorType = "noTarget"
	InvalidValue  ErrorType = "invalidValue"
	InvalidVers   ErrorType = "invalidVers"
	Sensitive     ErrorType = "sensitive"

	InvalidCursor ErrorType = "invalidCursor"
	ExpiredCursor ErrorType = "expiredCursor"
	InvalidCount  ErrorType = "invalidCount"
)

// Error is the refusal of a SCIM request.
//
// Status is the HTTP status, Type the scimType ("" where RFC 7644 has none), Detail one or two
// sentences for the administrator of the identity provider, who reads it in Okta's or Entra's log:
// it never holds a secret, another organisation's data or a driver's words. RetryAfter is after
// what time the client may repeat the request, where that is known; 0 elsewhere. Cause is private;
// it is for the log only.
type Error struct {
	Status     int
	Type       ErrorType
	Detail     string
	RetryAfter time.Duration
	Cause      error
}

// Errorf returns an Error whose Detail is the formatted text.
func Errorf(status int, typ ErrorType, format string, args ...any) *Error {
	return &Error{Status: status, Type: typ, Detail: fmt.Sprintf(format, args...)}
}

// BadRequest returns an Error of status 400, which is where all types but uniqueness and sensitive
// belong.
func BadRequest(typ ErrorType, format string, args ...any) *Error {
	return Errorf(400, typ, format, args...)
}

// Because returns a copy of e with its private cause set.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.Cause = cause
	return &c
}

// Later returns a copy of e that says after what time the client may repeat the request.
func (e *Error) Later(after time.Duration) *Error {
	c := *e
	c.RetryAfter = after
	return &c
}

// Error gives status, type and detail, without the cause, so that it can be shown.
func (e *Error) Error() string {
	if e.Type == "" {
		return strconv.Itoa(e.Status) + ": " + e.Detail
	}
	return strconv.Itoa(e.Status) + " " + string(e.Type) + ": " + e.Detail
}

// ErrorType is the scimType or, where RFC 7644 has none, the status: a closed set, for telemetry.
func (e *Error) ErrorType() string {
	if e.Type == "" {
		return strconv.Itoa(e.Status)
	}
	return string(e.Type)
}

// Unwrap returns the private cause.
func (e *Error) Unwrap() error { return e.Cause }

// Document returns the body of RFC 7644 section 3.12; status is a string there.
func (e *Error) Document() *Document {
	doc := NewDocument("schemas", []any{ErrorSchema}, "status", strconv.Itoa(e.Status))
	if e.Type != "" {
		doc.Set("scimType", string(e.Type))
	}
	doc.Set("detail", e.Detail)
	return doc
}

// Quote makes s fit for a Detail: in quotes, control characters escaped, at most 120 bytes.
func Quote(s string) string {
	const most = 120
	if len(s) > most {
		s = s[:most] + "..."
	}
	return strconv.Quote(s)
}
