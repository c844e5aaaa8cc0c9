package audit

import (
	"context"
	"errors"
)

// The errors of an Appender.
var (
	// ErrTold: another entry of the organisation has the same Once.
	ErrTold = errors.New("recorded before")
	// ErrUnavailable wraps the cause of every answer that the audit could not give. Whether an
	// entry was added is then unknown.
	ErrUnavailable = errors.New("audit unavailable")
)

// Appender adds to the audits of organisations. It is safe for concurrent use, by several processes
// too.
type Appender interface {
	// AppendAudit adds e as the next entry of its organisation's chain: linked to the one before,
	// as Link does, whatever place it gives itself. However calls race, each entry MUST have
	// exactly one successor, and Seq no gap. An id that exists already MUST change nothing and
	// return no error. Otherwise, if Once is set and another entry of the organisation has it, it
	// MUST return ErrTold and change nothing. What it acknowledged survives a crash of the process.
	// Other errors wrap ErrUnavailable.
	AppendAudit(ctx context.Context, e Entry) error
}
