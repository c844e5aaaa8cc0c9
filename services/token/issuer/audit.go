package issuer

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Action is what was asked for.
type Action string

// The actions that change something.
const (
	ActionAnnounce  Action = "organisation.announce"
	ActionConfigure Action = "organisation.configure"
	ActionEnable    Action = "scim.enable"
	ActionDisable   Action = "scim.disable"
	ActionIssue     Action = "token.issue"
	ActionRotate    Action = "token.rotate"
	ActionCancel    Action = "token.rotate.cancel"
	ActionEndEarly  Action = "token.end"
	ActionRevoke    Action = "token.revoke"
	ActionRestore   Action = "token.restore"
	ActionLeaked    Action = "token.leaked" // the token was reported to stand in public
)

// EndingActions are those that end a token before its time, and the one that takes this back, except from a leaked one. From their entries Reconcile knows
// which tokens are to be dead.
func EndingActions() []Action {
	return []Action{ActionCancel, ActionEndEarly, ActionRevoke, ActionLeaked, ActionRestore}
}

// Result is what the asking led to.
type Result string

// The results. An entry is written before its act, so there is none that tells of the end: what was begun can be seen in
// the organisation and its tokens.
const (
	ResultBegun  Result = "begun"
	ResultDenied Result = "denied" // the actor may not do this in this organisation
)

// Caller is who asks, and from where.
type Caller struct {
	Subject string // of the access token
	Address string // of the client, as far as the proxies before it can be trusted
	TraceID string // of the request, "" if it is not traced
}

// Entry is one line of the audit.
type Entry struct {
	ID      string    // UUIDv7
	At      time.Time // UTC, milliseconds
	Org     string
	Action  Action
	TokenID string // "" if the action is about none
	OtherID string // of the token that this one replaces or is replaced by, if the action is about both
	Source  string // of ActionLeaked, where the token stands, for people: the kind of place, and its URL if it is known; else ""
	Result  Result
	Caller  Caller
}

// Denied records that the caller asked for what they may not do. An error means that it could not.
func (i *Issuer) Denied(ctx context.Context, by Caller, action Action, org string) error {
	e := i.entry(by, action, org)
	e.Result = ResultDenied
	return i.audit(ctx, e)
}

// entry is made once for an act, however often the act starts over: writing it again changes nothing.
func (i *Issuer) entry(by Caller, action Action, org string) Entry {
	return Entry{
		ID: uuid.Must(uuid.NewV7()).String(), At: i.clock(), Org: org, Action: action, Result: ResultBegun, Caller: by,
	}
}

// audit writes the entry. Without it, nothing must be done.
func (i *Issuer) audit(ctx context.Context, e Entry) error {
	if err := i.store.AppendAudit(ctx, e); err != nil {
		return fmt.Errorf("write audit: %w", err)
	}
	return nil
}
