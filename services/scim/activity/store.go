package activity

import (
	"context"
	"fmt"
	"time"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
)

// Store keeps the activity of many tenants. activitytest proves each MUST on every Store.
//
// All methods are safe for concurrent use, honour ctx, and except for Prune touch only the given
// tenant. An error that a method does not name wraps directory.ErrUnavailable. What a method
// acknowledged survives a crash of the process.
type Store interface {
	// Record adds e, and to the counts its coercions, those omitted not. moved are the users who
	// joined or left the group that e is about, each once, however many there are. If an entry of
	// this ID is there already it MUST change nothing.
	Record(ctx context.Context, t directory.Tenant, e Entry, moved []Moved) error
	// Moved returns whom the entry of this ID moved, as Record got them: those behind the first
	// skip, at most limit. They are no one if there is no such entry.
	Moved(ctx context.Context, t directory.Tenant, id string, skip, limit int) ([]Moved, error)
	// List returns the entries that q asks for, latest first: in descending order of ID, or in
	// ascending order if q says so.
	List(ctx context.Context, t directory.Tenant, q Query) ([]Entry, error)
	// Browse is List for people who look through it: it reads about most entries, and if it has not
	// found q.Limit by then, rest is the ID behind which the list goes on, else "". It reads only
	// what q selects as far as Resource, RequestID, TraceID, Kinds and Effects say.
	Browse(ctx context.Context, t directory.Tenant, q Query, most int) (entries []Entry, rest string, err error)
	// Glimpses returns what an overview shows of the entries since a time, latest first, at most
	// limit.
	Glimpses(ctx context.Context, t directory.Tenant, since time.Time, limit int) ([]Glimpse, error)
	// Entry returns the entry of this ID; the error wraps directory.ErrNotFound if there is none.
	Entry(ctx context.Context, t directory.Tenant, id string) (Entry, error)
	// Count adds to the counts. None MUST be lost when calls race.
	Count(ctx context.Context, t directory.Tenant, more Counts) error
	// Counts returns how often each coercion was counted, without those that never were.
	Counts(ctx context.Context, t directory.Tenant) (Counts, error)
	// Prune removes the entries of all tenants that are older than Retention at that time. A store
	// that forgets them by itself does nothing.
	Prune(ctx context.Context, now time.Time) error
}

// Counts says how often each coercion took place.
type Counts map[scim.Coercion]int64

// Add adds more to c.
func (c Counts) Add(more Counts) {
	for coercion, n := range more {
		c[coercion] += n
	}
}

// Counts returns what e adds to the counts of its organisation.
func (e *Entry) Counts() Counts {
	counts := make(Counts, len(e.Coercions))
	for _, c := range e.Coercions {
		counts[c.Coercion]++
	}
	return counts
}

// Query asks for entries that satisfy all that is set in it.
type Query struct {
	Resource     Resource
	WithGroups   bool   // of a user in Resource: also the entries of groups that the user joined or left by them, whose Members then name that user alone
	Type         string // of a resource that is named by its id; with Effects, entries about groups are found by themselves
	RequestID    string
	TraceID      string
	Kinds        []Kind             // one of these
	Effects      []directory.Effect // one of these
	Client       string
	TokenID      string
	Status       int       // of the refusal
	Since, Until time.Time // Since <= At < Until, both to the millisecond
	OldestFirst  bool
	After        string // an ID; the list goes on behind it, whether or not it is still there
	Limit        int    // at most so many; 0: none
}

// Span returns the range of IDs in which Since, Until and After ask for entries: from <= ID < to.
// "" means no bound.
func (q Query) Span() (from, to string) {
	if !q.Since.IsZero() {
		from = lowestID(q.Since)
	}
	if !q.Until.IsZero() {
		to = lowestID(q.Until)
	}
	switch {
	case q.After == "":
	case q.OldestFirst:
		from = max(from, q.After+"0") // which is behind it, and behind what a store may append to it with a slash
	case to == "" || q.After < to:
		to = q.After
	}
	return from, to
}

// lowestID returns what every UUIDv7 of t and later is not less than, and every earlier one is.
func lowestID(t time.Time) string {
	const most = 1<<48 - 1 // in the year 10889
	ms := min(max(t.UnixMilli(), 0), most)
	return fmt.Sprintf("%08x-%04x", ms>>16, ms&0xffff)
}
