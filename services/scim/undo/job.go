package undo

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/history"
)

// Retention is how long jobs and their items are kept.
const Retention = 90 * 24 * time.Hour

// AtATime is how many jobs of an organisation may be under way.
const AtATime = 2

// Aspect is a part of what is taken back.
type Aspect string

// The aspects.
const (
	States     Aspect = "state" // of users; that a group is there
	Attributes Aspect = "attributes"
	Members    Aspect = "members" // of groups
)

// Aspects are all of them.
func Aspects() []Aspect { return []Aspect{States, Attributes, Members} }

// State says how far a job is.
type State string

// The states.
const (
	Planning State = "planning" // its items are being made
	Running  State = "running"
	Done     State = "done"
)

// Job is one undo, or the dry run of one.
type Job struct { //nolint:recvcheck // advance is a step of running one; what only reads it does not change it
	ID        string             `json:"id"` // UUIDv7
	At        time.Time          `json:"at"`
	Actor     string             `json:"actor,omitempty"` // the administrator who asked for it; "": DevRev's platform
	RequestID string             `json:"requestId"`
	TraceID   string             `json:"traceId,omitempty"`
	DryRun    bool               `json:"dryRun,omitempty"`
	Only      []Aspect           `json:"only,omitempty"` // none: all
	Spans     []Span             `json:"spans"`          // one of which a change is in
	Effects   []directory.Effect `json:"effects,omitempty"`
	Undoes    string             `json:"undoes,omitempty"` // the job that it takes back
	Key       string             `json:"key"`              // the same for jobs that take back the same
	Asked     string             `json:"asked,omitempty"`  // the same for jobs that were asked for in the same words
	UndoneBy  string             `json:"undoneBy,omitempty"`

	State   State           `json:"state"`
	Sweep   Sweep           `json:"sweep"`
	Users   int             `json:"users"`             // items of users, which are the first
	Items   int             `json:"items"`             // all items
	Counts  map[Outcome]int `json:"counts,omitempty"`  // of the items that are settled
	Client  string          `json:"client,omitempty"`  // which pushed what is taken back, as directory.Cause names it
	Hidden  bool            `json:"hidden,omitempty"`  // the values of some attributes are not in the history
	TooMany bool            `json:"tooMany,omitempty"` // it asks for more than Most changes, and takes none back
	DoneAt  time.Time       `json:"doneAt,omitzero"`

	Rev  int64  `json:"rev"`  // rises with each Put
	Slot string `json:"slot"` // unique in the organisation: there are AtATime for jobs under way
	// Claims are what no other job of the organisation may have, see claim.go.
	Claims []string  `json:"claims,omitempty"`
	Owner  string    `json:"owner,omitempty"` // the process that runs it
	Until  time.Time `json:"until,omitzero"`  // when another may
}

// wants reports whether the job takes this back.
func (j Job) wants(a Aspect) bool { return len(j.Only) == 0 || slices.Contains(j.Only, a) }

// Settled returns how many items have an outcome.
func (j Job) Settled() (n int) {
	for _, count := range j.Counts {
		n += count
	}
	return n
}

// Span is a set of changes: those that satisfy all that is set in it.
type Span struct {
	Since     time.Time        `json:"since"`
	Until     time.Time        `json:"until"`
	RequestID string           `json:"requestId,omitempty"`
	TokenID   string           `json:"tokenId,omitempty"`
	Client    string           `json:"client,omitempty"`
	Undo      string           `json:"undo,omitempty"`
	Resource  history.Resource `json:"resource,omitzero"` // and groups that this user left by being deleted
	Pushed    bool             `json:"pushed,omitempty"`  // by an identity provider, not in DevRev
}

// Sweep is where a job is: users and then groups are gone through until no more can be settled.
// What has to wait for a name is gone through again when the others have moved.
type Sweep struct {
	Groups  bool `json:"groups,omitempty"`
	Again   bool `json:"again,omitempty"` // only those that wait
	Last    bool `json:"last,omitempty"`  // what has to wait is a conflict
	Next    int  `json:"next"`            // the item
	Waiting int  `json:"waiting,omitempty"`
	Moved   int  `json:"moved,omitempty"` // that waited before this sweep
}

// Outcome is what became of an item.
type Outcome string

// The outcomes; "" is that of an item whose turn has not come.
const (
	Undone   Outcome = "undone"
	Partly   Outcome = "partly"    // some went back, some is in conflict
	Conflict Outcome = "conflict"  // nothing went back
	Nothing  Outcome = "no-effect" // everything was so already, or of what is to be taken back there is nothing
	Waits    Outcome = "waits"     // for a name that another may give up
)

// Item is one user or group of a job.
type Item struct { //nolint:recvcheck // settle is a step of taking one back; what only reads it does not change it
	N        int              `json:"n"` // 0, 1, ... in the job
	Resource history.Resource `json:"resource"`
	Versions []int64          `json:"versions"`        // which are taken back, in ascending order
	Entry    string           `json:"entry,omitempty"` // of the activity; set before the change, so that it is written once
	Result   Result           `json:"result"`
}

// Result is what was taken back of a user or group, or would be.
type Result struct {
	Outcome    Outcome            `json:"outcome,omitempty"`
	Name       string             `json:"name,omitempty"`
	Effect     directory.Effect   `json:"effect,omitempty"`
	State      Transition         `json:"state,omitzero"`
	Attributes []Difference       `json:"attributes,omitempty"`
	Added      []directory.UserID `json:"added,omitempty"` // members who came back: the first 100
	Removed    []directory.UserID `json:"removed,omitempty"`
	MembersIn  int                `json:"membersAdded,omitempty"` // how many there are
	MembersOut int                `json:"membersRemoved,omitempty"`
	Conflicts  []Clash            `json:"conflicts,omitempty"`
	Hidden     bool               `json:"hidden,omitempty"`  // attributes are left alone: the history has no values
	Version    int64              `json:"version,omitempty"` // that was made
}

// People returns the ids of the users of whom i tells, each once.
func (i Item) People() []directory.UserID {
	ids := slices.Concat(i.Result.Added, i.Result.Removed)
	if i.Resource.Type == history.User {
		ids = append(ids, directory.UserID(i.Resource.ID))
	}
	for _, c := range i.Result.Conflicts {
		for _, id := range []string{c.Holder, c.User} {
			if id != "" {
				ids = append(ids, directory.UserID(id))
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Forget returns i without a user who is erased. The numbers stay, and so does what is about
// another user or a group.
func (i Item) Forget(user directory.UserID) Item {
	without := func(ids []directory.UserID) []directory.UserID {
		return slices.DeleteFunc(slices.Clone(ids), func(id directory.UserID) bool { return id == user })
	}
	i.Result.Added, i.Result.Removed, i.Result.Conflicts = without(i.Result.Added), without(i.Result.Removed), slices.Clone(i.Result.Conflicts)
	for n := range i.Result.Conflicts {
		c := &i.Result.Conflicts[n]
		if c.Holder == string(user) {
			c.Holder = ""
		}
		if c.User == string(user) {
			c.User = ""
		}
	}
	return i
}

// Transition is what a user or group is and becomes: shadow, active, deactivated, deleted or, of a
// group, there.
type Transition struct {
	Is      string `json:"is,omitempty"`
	Becomes string `json:"becomes,omitempty"`
}

// Difference is one attribute that goes back. One of Is and Becomes is absent where there is no
// value.
type Difference struct {
	Attribute string          `json:"attribute"`
	Is        json.RawMessage `json:"is,omitempty"`
	Becomes   json.RawMessage `json:"becomes,omitempty"`
}

// Clash is what cannot go back.
type Clash struct {
	What      Aspect          `json:"what"`
	Attribute string          `json:"attribute,omitempty"`
	Is        json.RawMessage `json:"is,omitempty"`     // now
	Left      json.RawMessage `json:"left,omitempty"`   // by what is taken back
	Was       json.RawMessage `json:"was,omitempty"`    // before it
	Holder    string          `json:"holder,omitempty"` // who has the name: an id
	User      string          `json:"user,omitempty"`   // the member
	Why       string          `json:"why"`              // a sentence
}

// What a Store answers with besides nil, directory.ErrNotFound, directory.ErrVersionConflict and
// directory.ErrUnavailable.
var (
	// ErrBusy: a job of the organisation has this Slot, or one of these Claims.
	ErrBusy = errors.New("the slot or a claim is taken")
)

// Store keeps jobs and their items; undotest proves each MUST on every Store.
//
// All methods are safe for concurrent use, honour ctx and, except for Open and Prune, touch only
// the given tenant. What a method acknowledged survives a crash of the process.
type Store interface {
	// Create stores j as given. It MUST return ErrBusy if a job of the tenant has the same Slot or
	// one of the Claims, also when calls race: exactly one wins.
	Create(ctx context.Context, t directory.Tenant, j Job) error
	// Job returns a job, else directory.ErrNotFound.
	Job(ctx context.Context, t directory.Tenant, id string) (Job, error)
	// Claimant returns the job that has this claim, else directory.ErrNotFound.
	Claimant(ctx context.Context, t directory.Tenant, claim string) (Job, error)
	// Jobs returns the latest jobs first: of this Key, if it is not "", behind the id after, if
	// that is not "", at most limit.
	Jobs(ctx context.Context, t directory.Tenant, key, after string, limit int) ([]Job, error)
	// Put stores j if the stored Rev equals j.Rev, and returns it with Rev+1; else it MUST return
	// directory.ErrVersionConflict, or directory.ErrNotFound.
	Put(ctx context.Context, t directory.Tenant, j Job) (Job, error)
	// PutItems stores items of a job, in the place of those of the same N, as of that time.
	PutItems(ctx context.Context, t directory.Tenant, job string, at time.Time, items []Item) error
	// Items returns the items of a job from this N on, in ascending order, at most limit.
	Items(ctx context.Context, t directory.Tenant, job string, from, limit int) ([]Item, error)
	// Open returns the jobs of all tenants that are not Done, the oldest of each tenant first.
	Open(ctx context.Context) ([]Ref, error)
	// Prune removes jobs and items that are older than Retention at that time. A store that forgets
	// by itself does nothing.
	Prune(ctx context.Context, now time.Time) error
}

// Ref names a job.
type Ref struct {
	Tenant directory.Tenant
	ID     string
}
