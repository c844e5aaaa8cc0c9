package problem

import "net/http"

// The kinds of refusals that both services have on their side of /api/v1.
var (
	Unauthenticated = Problem{
		Status: http.StatusUnauthorized, Name: "unauthenticated", Title: "Not signed in",
		Detail: "The access token is missing, has expired or is not meant for this service. Sign in to DevRev again.",
	}
	Forbidden = Problem{Status: http.StatusForbidden, Name: "forbidden", Title: "Not allowed"}
	TooMany   = Problem{
		Status: http.StatusTooManyRequests, Name: "too-many-requests", Title: "Too many requests",
		Detail: "You send more requests than DevRev takes from one person at a time. Try again in a few seconds.",
	}
)

// WithDetail returns a problem of this kind with a detail of its own.
func WithDetail(kind Problem, detail string) *Problem {
	kind.Detail = detail
	return &kind
}

// Because returns a problem of this kind with its private cause.
func Because(kind Problem, cause error) *Problem {
	kind.Cause = cause
	return &kind
}
