package audit

import "time"

// Action is what was requested.
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
	ActionRename    Action = "token.rename"
	ActionEmail     Action = "user.email"
	ActionName      Action = "user.display_name"
	ActionUndo      Action = "changes.undo" // what a request, a push or a span of time changed is taken back
	ActionExport    Action = "user.export"
	ActionForget    Action = "user.erase" // what is kept of the person is erased, the texts in earlier entries too
	ActionLeave     Action = "organisation.leave"
	ActionApprove   Action = "guard.approve"         // what the guard held is made so
	ActionReject    Action = "guard.reject"          // what the guard held is refused
	ActionUnwait    Action = "group.waiting.end"     // a member that waits for its person does not join the group
	ActionLetIn     Action = "group.waiting.approve" // a member that waits for approval joins the group
	ActionPrivilege Action = "group.privileged"      // the group is one whose members may do more than others, or is so no longer
)

// The actions that the service records on its own.
const (
	ActionExpiring Action = "token.expiring"     // the end of a token is near and no other has replaced it
	ActionLeaked   Action = "token.leaked"       // a token was reported as leaked
	ActionObserved Action = "guard.observed"     // so many people or members left within a short time that it may be a mistake
	ActionHeld     Action = "guard.held"         // the guard began to hold changes back
	ActionExpired  Action = "guard.expired"      // nobody has decided about what is held, or SCIM was disabled
	ActionStaff    Action = "staff.read"         // DevRev's staff read the organisation; recorded once an hour for each person
	ActionErase    Action = "organisation.erase" // everything about the organisation is erased, the entries before this one too
)

// Actions are all that an entry may have.
func Actions() []Action {
	return []Action{
		ActionAnnounce, ActionConfigure, ActionEnable, ActionDisable, ActionIssue, ActionRotate, ActionCancel, ActionEndEarly, ActionRevoke,
		ActionRestore, ActionRename, ActionEmail, ActionName, ActionUndo, ActionExport, ActionForget, ActionLeave, ActionApprove, ActionReject,
		ActionUnwait, ActionLetIn, ActionPrivilege, ActionExpiring, ActionLeaked, ActionObserved, ActionHeld, ActionExpired, ActionStaff, ActionErase,
	}
}

// NoticeActions are those that an administrator should learn of without looking.
func NoticeActions() []Action {
	return []Action{ActionExpiring, ActionLeaked, ActionObserved, ActionHeld, ActionExpired}
}

// EndingActions are those that end a token before its time, and the one that takes this back,
// except from a leaked one. From their entries it is known which tokens are to be dead.
func EndingActions() []Action {
	return []Action{ActionCancel, ActionEndEarly, ActionRevoke, ActionLeaked, ActionRestore}
}

// Result is the outcome of the request.
type Result string

// The results. An entry is written before its act, so no result is its end: what was begun can be
// seen in the organisation and its tokens.
const (
	ResultBegun  Result = "begun"
	ResultDenied Result = "denied" // the actor, who belongs to this organisation, may not do it
	ResultNoted  Result = "noted"  // no request and no change: the service records an observation
)

// Caller is the sender of the request and its address.
type Caller struct {
	Subject string // of the access token
	Address string // of the client, as far as the proxies before it can be trusted
	TraceID string // of the request, "" if it is not traced
}

// Change is one thing that an act changes, as people read it: a setting, a name.
type Change struct {
	Member string `json:"member"` // as the API calls it
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Entry is one line of the audit. The last four fields are its place in the organisation's chain,
// which a Store gives it. They are zero in entries from before there were chains.
type Entry struct {
	ID      string    // UUIDv7
	At      time.Time // UTC, milliseconds
	Org     string
	Action  Action
	TokenID string // "" if the action is about none
	UserID  string // of the user that the action is about; "" if it is about none
	OtherID string // of the token that this one replaces or is replaced by, if the action is about both
	Source  string // for people: of ActionLeaked, where the token is: the kind of place, and its URL if it is known; of ResultDenied, the other organisation
	Result  Result
	Caller  Caller
	Once    string   // "" or a key that at most one entry of the organisation has
	Changes []Change // what the act changes, in words; nil if the action is enough
	Erased  int64    // the Seq of the ActionForget by which the texts of Changes were erased; 0: they are there

	Seq    int64     // 1, 2, ... in the organisation
	Prev   string    // the Hash of the entry before, "" in the first
	PrevAt time.Time // the At of the entry before, zero in the first. In a chain without its beginning, it shows whether that was due
	Hash   string    // over all other fields, see Link
}
