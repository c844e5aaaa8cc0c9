package issuer

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/devrev/scim/services/internal/audit"
)

// noticeLag is how long an entry may take from the creation of its id until it can be read,
// including the differences of the processes' clocks. An act creates its id at once and writes
// within the time that a request has, a minute.
const noticeLag = 5 * time.Minute

// NoticeCursor is where a reader of notices continues; the zero one is at their beginning. Once a
// reader is among entries before which later ones may still appear, settled is the last id before
// these: the reader goes back to it in the end.
type NoticeCursor struct{ id, settled string }

// String is the text of a cursor, "" of the zero one.
func (c NoticeCursor) String() string {
	if c.settled == "" {
		return c.id
	}
	return c.id + "." + c.settled
}

// ParseNoticeCursor parses the text that String returns, and reports whether it is one.
func ParseNoticeCursor(text string) (c NoticeCursor, ok bool) {
	if text == "" {
		return c, true
	}
	id, settled, two := strings.Cut(text, ".")
	return NoticeCursor{id, settled}, uuid.Validate(id) == nil && (!two || uuid.Validate(settled) == nil)
}

// Notices returns the entries that administrators should learn of, in all organisations, in the
// order of ids, at most limit, and where to continue.
//
// Ids are created before they are written, by several clocks, so that an entry may be written after
// others whose ids are greater. Therefore a reader that has read all goes back over the last
// noticeLag: younger entries are returned again, and the caller recognises them by their ID.
func (i *Issuer) Notices(ctx context.Context, from NoticeCursor, limit int) (entries []audit.Entry, next NoticeCursor, err error) {
	if limit <= 0 {
		return nil, from, nil
	}
	if from.settled == "" {
		from.settled = lowestID(i.clock().Add(-noticeLag)) // before anything is read
	}
	entries, err = i.store.Notices(ctx, from.id, limit)
	if err != nil {
		return nil, NoticeCursor{}, fmt.Errorf("read notices: %w", err)
	}
	if len(entries) < limit {
		return entries, NoticeCursor{id: from.settled}, nil
	}
	last := entries[len(entries)-1].ID
	if last < from.settled {
		return entries, NoticeCursor{id: last}, nil
	}
	return entries, NoticeCursor{last, from.settled}, nil
}

// lowestID returns what every UUIDv7 of t and later is not less than, and every earlier one is.
func lowestID(t time.Time) string {
	ms := uint64(t.UnixMilli())
	return fmt.Sprintf("%08x-%04x-0000-0000-000000000000", ms>>16, ms&0xffff)
}
