package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/devrev/scim/services/internal/apiclient"
)

// exitCode is what a pipeline branches on. The numbers stay as they are.
type exitCode int

const (
	done        exitCode = 0
	refused     exitCode = 1
	misused     exitCode = 2
	notAllowed  exitCode = 3
	unavailable exitCode = 4
	notSafe     exitCode = 5
	notIntact   exitCode = 6
	unused      exitCode = 7
	unwritten   exitCode = 8
	differ      exitCode = 9
	conflicting exitCode = 10
	interrupted exitCode = 130 // 128 and SIGINT, as shells have it
)

// exits says what each code means, for help.
var exits = []struct {
	code    exitCode
	meaning string
}{
	{done, "done"},
	{refused, "the service refused, and says why; doctor rehearse or reach: it did not pass; try: the request would be refused"},
	{misused, "the command, a flag or the environment is not right; nothing was changed"},
	{notAllowed, "the credential is not valid, or may not do this"},
	{unavailable, "the service is unavailable, or gave no answer in time"},
	{notSafe, "rotate --wait: the old token did not turn safe to end, and was not ended"},
	{notIntact, "audit verify: the audit is not intact"},
	{unused, "rotate --wait: the old token has ended, and no use of the new one is known"},
	{unwritten, "a file or stdout cannot be read or written"},
	{differ, "check-stores: Redis and MongoDB disagree on something that was not mended; compare: the export and DevRev differ"},
	{conflicting, "undo: some of it is in conflict and did not go back; the rest did"},
	{interrupted, "interrupted"},
}

// ending is an error that knows its exit code.
type ending struct {
	code exitCode
	error
}

func (e *ending) Unwrap() error { return e.error }

// endWith makes the error with which the program ends with code.
func endWith(code exitCode, format string, args ...any) error {
	return &ending{code, fmt.Errorf(format, args...)}
}

// exitOf returns the exit code of an error.
func exitOf(err error) exitCode {
	if e, ok := errors.AsType[*ending](err); ok {
		return e.code
	}
	if errors.Is(err, context.Canceled) { // also as the cause of what follows
		return interrupted
	}
	if p, ok := errors.AsType[*apiclient.Problem](err); ok {
		return exitOfStatus(p.Status)
	}
	if s, ok := errors.AsType[*apiclient.UnexpectedResponse](err); ok {
		return exitOfStatus(s.Status)
	}
	if _, ok := errors.AsType[*apiclient.NoAnswer](err); ok {
		return unavailable
	}
	if err != nil {
		return refused
	}
	return done
}

func exitOfStatus(status int) exitCode {
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return notAllowed
	case status >= http.StatusInternalServerError:
		return unavailable
	default:
		return refused
	}
}
