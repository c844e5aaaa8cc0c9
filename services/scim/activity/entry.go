package activity

import (
	"encoding/json"
	"time"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/patch"
	"github.com/devrev/scim/services/scim/directory"
)

// Retention is how long an entry is kept.
const Retention = 90 * 24 * time.Hour

// EffectRefused is the effect of a request that changed nothing because it was refused.
const EffectRefused directory.Effect = "refused"

// Effects are all effects of entries.
func Effects() []directory.Effect {
	return []directory.Effect{
		directory.EffectCreated, directory.EffectRestored, directory.EffectUpdated, directory.EffectDeactivated, directory.EffectReactivated,
		directory.EffectDeleted, directory.EffectUnchanged, directory.EffectAttached, directory.EffectLeft, EffectRefused, EffectObserved,
	}
}

// Entry is one line of an organisation's activity. Its JSON is what stores keep and what the
// organisation reads.
//
// Of an unchanged resource it says no state.
type Entry struct {
	ID   string    `json:"id"` // UUIDv7, whose time is At
	At   time.Time `json:"at"` // UTC, milliseconds
	Kind Kind      `json:"kind,omitempty"`
	Request

	Name           string           `json:"name,omitempty"` // what the user or group was called then, or was to be called; "" if that is hidden
	Effect         directory.Effect `json:"effect"`
	Refusal        Refusal          `json:"refusal,omitzero"`     // set if Effect is EffectRefused
	Credential     string           `json:"credential,omitempty"` // of KindAuth: why the token was not accepted, a token.Reason or CredentialMisplaced; its client is never told
	Times          int              `json:"times,omitempty"`      // of EffectRefused: above 0, it stands for so many of its kind, the latest of which it tells of
	State          Transition       `json:"state,omitzero"`       // of a user
	Attributes     []Difference     `json:"attributes,omitempty"`
	Operations     []Operation      `json:"operations,omitempty"` // of a PATCH
	Coercions      []Coercion       `json:"coercions,omitempty"`
	Ignored        []Ignored        `json:"ignored,omitempty"` // what was left out, except for what Operations tell
	Kept           []string         `json:"kept,omitempty"`    // attributes whose new value was not applied, being the person's own
	Skipped        []string         `json:"skipped,omitempty"` // ids in members that no user has
	Waits          int              `json:"waits,omitempty"`   // how many of them wait for their person
	MembersAdded   int              `json:"membersAdded,omitempty"`
	MembersRemoved int              `json:"membersRemoved,omitempty"`
	Members        Members          `json:"members,omitzero"` // of a group: who these are
	Mass           Mass             `json:"mass,omitzero"`    // of KindGuard
	Omitted        Omitted          `json:"omitted,omitzero"`
}

// EffectObserved is the effect of what was noticed, of KindGuard.
const EffectObserved directory.Effect = "observed"

// Mass is how many left within how many minutes, and how many there were before: people who were
// enabled, or members of a group.
type Mass struct {
	Left    int `json:"left"`
	Of      int `json:"of"`
	Minutes int `json:"minutes"`
}

// CredentialMisplaced is the Credential of a request that has a token and leads to no path of the
// protocol.
const CredentialMisplaced = "misplaced"

// Kind says what an entry is about. Entries from before there were kinds have none; they record
// changes.
type Kind string

// The kinds.
const (
	KindChange Kind = "change"  // the identity provider creates, changes or removes something
	KindEdit   Kind = "edit"    // an administrator, the person, or DevRev itself, changes something in DevRev
	KindSignIn Kind = "sign-in" // the person signs in; the first time, and then once a day
	KindAuth   Kind = "auth"    // a request with a token of the organisation that is not accepted
	KindRead   Kind = "read"    // a read that is refused
	KindGuard  Kind = "guard"   // so many leave within a short time that it may be a mistake; the request is the latest of them
)

// Kinds are all kinds.
func Kinds() []Kind { return []Kind{KindChange, KindEdit, KindSignIn, KindAuth, KindRead, KindGuard} }

// Voice is the source of an attribute's value.
type Voice string

// The voices.
const (
	VoiceProvider      Voice = "provider"
	VoiceAdministrator Voice = "administrator"
	VoicePerson        Voice = "person"
	VoiceService       Voice = "service" // DevRev itself, which finishes what a process has left
)

// Request identifies a request and its sender.
type Request struct {
	RequestID string   `json:"requestId"`
	TraceID   string   `json:"traceId,omitempty"`
	By        Voice    `json:"by,omitempty"`    // "": the identity provider
	Actor     string   `json:"actor,omitempty"` // the subject of an administrator's token
	Undo      string   `json:"undo,omitempty"`  // the undo that made the change, by its id
	TokenID   string   `json:"tokenId"`         // the public id of the token; "" where By is set
	Client    string   `json:"client"`          // as web.Event.Client names it; "" where By is set
	Method    string   `json:"method"`          // of the request, or of the operation of a bulk request
	Resource  Resource `json:"resource"`
}

// Cause says the same of the versions that the request makes.
func (r Request) Cause() directory.Cause {
	return directory.Cause{RequestID: r.RequestID, TraceID: r.TraceID, By: string(r.By), Actor: r.Actor, TokenID: r.TokenID, Client: r.Client}
}

// Resource names a user or a group: by its id or, in a refused create, by the name that was asked
// for.
type Resource struct {
	Type    string `json:"type,omitempty"`    // the name of the resource type, "User" or "Group"; "" if it is about neither
	ID      string `json:"id,omitempty"`      // as the request gave it; "" for a refused create
	NameKey string `json:"nameKey,omitempty"` // stands for the userName of a refused create; stores alone see it
}

// Refusal is the error that the identity provider received.
type Refusal struct {
	Status int            `json:"status"`
	Type   scim.ErrorType `json:"scimType,omitempty"`
	Detail string         `json:"detail"`
}

// Is reports whether e is of this kind.
func (e *Entry) Is(k Kind) bool { return e.Kind == k || e.Kind == "" && k == KindChange }

// Transition is the state of a user before and after; Before is "" for a created one.
type Transition struct {
	Before directory.State `json:"before,omitempty"`
	After  directory.State `json:"after,omitempty"`
}

// Difference is one attribute that changed, those of an extension after its URN and a colon. Before
// and After are JSON; one is absent where the attribute was, and both where the values are
// withheld.
type Difference struct {
	Attribute string          `json:"attribute"`
	Before    json.RawMessage `json:"before,omitempty"`
	After     json.RawMessage `json:"after,omitempty"`
	Withheld  Reason          `json:"withheld,omitempty"`
}

// Reason says why values are withheld.
type Reason string

// The reasons.
const (
	ReasonHidden  Reason = "hidden"  // the organisation wants none in its activity
	ReasonSecret  Reason = "secret"  // the attribute is one that is never returned
	ReasonTooLong Reason = "tooLong" // one has more than maxValue bytes, or all have more than maxValues
)

// Operation is what became of one PATCH operation, or of one attribute of the object that it
// carried.
type Operation struct {
	Operation int              `json:"operation"` // 1-based place in the request
	Op        patch.Op         `json:"op"`
	Path      string           `json:"path,omitempty"`
	Result    directory.Result `json:"result"`
	Why       string           `json:"why,omitempty"` // a phrase; "" where Result says it all
}

// Coercion is one departure from the RFCs that was corrected.
type Coercion struct {
	Coercion scim.Coercion `json:"coercion"`
	Path     string        `json:"path,omitempty"`
}

// Ignored is one thing in a request that was left out by tolerance, which its path names as the
// client did.
type Ignored struct {
	Path string `json:"path"`
	Why  string `json:"why"` // a phrase
}

// Omitted counts what an entry leaves out because there was more of it than an entry holds.
type Omitted struct {
	Attributes int `json:"attributes,omitempty"`
	Operations int `json:"operations,omitempty"`
	Coercions  int `json:"coercions,omitempty"`
	Ignored    int `json:"ignored,omitempty"`
	Skipped    int `json:"skipped,omitempty"`
	Members    int `json:"members,omitempty"`
}
