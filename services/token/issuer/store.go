package issuer

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/devrev/scim/services/internal/audit"
)

// The errors of a Store.
var (
	// ErrNoOrganisation: no such organisation.
	ErrNoOrganisation = errors.New("no such organisation")
	// ErrExists: the id or the tag is another organisation's.
	ErrExists = errors.New("organisation or tag exists")
	// ErrVersionConflict: the stored version is another than the given one.
	ErrVersionConflict = errors.New("version conflict")
	// ErrTold: another entry of the organisation has the same Once.
	ErrTold = audit.ErrTold
	// ErrUnavailable wraps the cause of every answer that the store could not give. Whether a
	// change took place is then unknown. Organisations and audit are in one store.
	ErrUnavailable = audit.ErrUnavailable
)

// Store keeps what must outlive the token store: organisations and the audit. issuertest proves
// each MUST on every Store.
//
// All methods are safe for concurrent use and honour ctx. Errors are nil, a sentinel above
// (errors.Is), or ErrUnavailable wrapping the cause; a Store returns no other error. What a method
// acknowledged survives a crash of the process.
type Store interface {
	audit.Appender

	// Organisation MUST return ErrNoOrganisation for an id never created.
	Organisation(ctx context.Context, id string) (Organisation, error)
	// CreateOrganisation stores o as given (Version 1). It MUST return ErrExists if the id or the
	// tag is there already, also when calls race: exactly one wins.
	CreateOrganisation(ctx context.Context, o Organisation) error
	// ReplaceOrganisation stores o if the stored version equals o.Version, and returns it with
	// Version+1. It MUST return ErrVersionConflict, also when calls race: exactly one wins; or
	// ErrNoOrganisation.
	ReplaceOrganisation(ctx context.Context, o Organisation) (Organisation, error)
	// Organisations yields every organisation behind the id after that was there all the while,
	// once, in ascending order of id; "" is before all. An error is the last thing it yields. The
	// caller may use the Store, and whatever shares a file with it, between two of them.
	Organisations(ctx context.Context, after string) iter.Seq2[Organisation, error]

	// DirectoryErased reports whether the SCIM service has erased what it had of an organisation
	// that has left, as of o's generation.
	DirectoryErased(ctx context.Context, o Organisation) (bool, error)

	// EraseAudit removes entries of the organisation whose Seq is less than before, those from
	// before the chain too: a number that no other caller has to wait for, the latest first, so
	// that what is missing is always right before the entry that says so. It reports whether there
	// may be more. The head stays.
	EraseAudit(ctx context.Context, org string, before int64) (more bool, err error)
	// AuditHead returns what the organisation's chain has reached: its last acknowledged entry or a
	// later one, zero if there is none. It MUST be kept apart from the entries, so that removed
	// ones are detected. After a crash it may be one entry behind until the next one is added.
	AuditHead(ctx context.Context, org string) (audit.Head, error)
	// ReadAudit returns those of the organisation's entries that q selects. A Store may remove
	// entries older than audit.Retention.
	ReadAudit(ctx context.Context, org string, q audit.Query) ([]audit.Entry, error)
	// Revocations returns the entries of all organisations with one of audit.EndingActions that
	// were begun at that time or later, in no order.
	Revocations(ctx context.Context, since time.Time) ([]audit.Entry, error)
	// Notices returns the entries of all organisations with one of audit.NoticeActions whose asking
	// was not denied and whose ID is greater than after, in the order of ID, at most limit.
	Notices(ctx context.Context, after string, limit int) ([]audit.Entry, error)
}
