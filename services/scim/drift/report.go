package drift

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/guard"
	"github.com/devrev/scim/services/scim/history"
)

// Row is one difference. It has no values where the organisation keeps them out of its records, and
// where the attribute is one that is never returned.
type Row struct {
	Kind      directory.Drift  `json:"kind"`
	Resource  history.Resource `json:"resource"`
	Name      string           `json:"name"`                // the userName, or what the group is called
	Attribute string           `json:"attribute,omitempty"` // "" for one about the whole user
	Stored    any              `json:"stored,omitempty"`    // absent: there is no value
	Said      any              `json:"said,omitempty"`      // absent: the identity provider believes that there is none
	Withheld  bool             `json:"withheld,omitempty"`  // there are values, and they are not shown
	Because   string           `json:"because"`             // a sentence
	Since     time.Time        `json:"since"`               // when the two came apart
	RequestID string           `json:"requestId"`           // by which they came apart
	Client    string           `json:"client,omitempty"`    // that sent it; "" if it was a change in DevRev, or is not known
	Remedy    string           `json:"remedy"`              // what to do, a sentence
	People    []Person         `json:"people,omitempty"`    // who else it is about, by userName
}

// Person is a user who is named in a row about something else.
type Person struct {
	ID       directory.UserID `json:"id"`
	UserName string           `json:"userName"`
}

// Count is how much one kind of drift there is.
type Count struct {
	Kind    directory.Drift `json:"kind"`
	Users   int             `json:"users"`             // that have it; of Held, the changes that the guard holds back
	Groups  int             `json:"groups,omitempty"`  // that have it
	Members int             `json:"members,omitempty"` // of Waiting: how many wait
	AtLeast bool            `json:"atLeast,omitempty"` // there are more, or may be: the rest was not looked at
}

// mostCounted bounds what a summary counts of each kind.
const mostCounted = 10_000

// Report shows the drift of organisations. Its errors are *scim.Error.
type Report struct {
	users  *directory.Users
	groups *directory.Groups
	holds  Holds
}

// NewReport returns the report on these users, of whom the guard holds some, and groups.
func NewReport(users *directory.Users, groups *directory.Groups, holds Holds) *Report {
	return &Report{users, groups, holds}
}

// badAfter refuses a place that List has not given.
func badAfter() error {
	return scim.BadRequest(scim.InvalidValue, "The parameter after must be what the answer before gave as next, for the same kind.")
}

// List returns the rows of one kind or, if kind is "", of all, one kind after the other: those
// behind after, of at most limit users or members that wait. The users of a kind come in the order
// of creation. next is the after of the next page, "" at the end. A page costs what it looks at,
// however large the organisation is.
func (r *Report) List(ctx context.Context, org directory.Organisation, kind directory.Drift, after string, limit int) (rows []Row, next string, err error) {
	kinds := kinds()
	if kind != "" {
		if !slices.Contains(kinds, kind) {
			return nil, "", scim.BadRequest(scim.InvalidValue, "%s is not a kind of drift: there are %s.", scim.Quote(string(kind)), Kinds())
		}
		kinds = []directory.Drift{kind}
	}
	behind := ""
	if after != "" {
		from, place, ok := strings.Cut(after, "/")
		at := slices.Index(kinds, directory.Drift(from))
		if !ok || at < 0 {
			return nil, "", badAfter()
		}
		kinds, behind = kinds[at:], place
	}
	for _, kind := range kinds {
		if limit == 0 {
			break
		}
		found, looked, last, err := r.page(ctx, org, kind, behind, limit)
		if err != nil {
			return nil, "", err
		}
		rows = append(rows, found...)
		if limit -= looked; limit == 0 {
			next = string(kind) + "/" + last
		}
		behind = ""
	}
	return rows, next, nil
}

// page returns the rows of one kind about at most limit users, members or held changes behind
// after, how many it has looked at, and the place of the last of them.
func (r *Report) page(ctx context.Context, org directory.Organisation, kind directory.Drift, after string, limit int) (rows []Row, looked int, last string, err error) {
	switch kind {
	case Held:
		return r.heldPage(ctx, org, guard.HeldID(after), limit)
	case Waiting:
		return r.waitingPage(ctx, org, after, limit)
	case SameAddress:
		return r.addressPage(ctx, org, directory.UserID(after), limit)
	default: // what users and groups have in their Word
		return r.wordPage(ctx, org, kind, after, limit)
	}
}

// wordPage is page for what the identity provider last said of users and, behind them, of groups.
func (r *Report) wordPage(ctx context.Context, org directory.Organisation, kind directory.Drift, after string, limit int) (rows []Row, looked int, last string, err error) {
	behind, ofGroup := strings.CutPrefix(after, inGroups)
	if !ofGroup {
		users, err := r.users.Drifting(ctx, org, kind, directory.UserID(after), limit)
		if err != nil {
			return nil, 0, "", err
		}
		for _, u := range users {
			rows, last = append(rows, rowsOf(org, kind, u)...), string(u.ID)
		}
		looked, behind = len(users), ""
	}
	if kind != directory.DriftRefused || looked == limit {
		return rows, looked, last, nil
	}
	groups, err := r.groups.Drifting(ctx, org, kind, directory.GroupID(behind), limit-looked)
	for _, g := range groups {
		rows, last = append(rows, refusedRow(history.Resource{Type: org.Schemas.Group.Name, ID: string(g.ID)}, g.DisplayName(), g.Word.Refused)), inGroups+string(g.ID)
	}
	return rows, looked + len(groups), last, err
}

// inGroups begins the place of a group, which comes behind all users.
const inGroups = "group/"

// refusedRow is the row about a request that was refused.
func refusedRow(of history.Resource, name string, r *directory.Refused) Row {
	return Row{
		Kind: directory.DriftRefused, Resource: of, Name: name, Because: r.Detail, Since: r.Since, RequestID: r.RequestID, Client: r.Client,
		Remedy: remedyOf(of.Type, r.Status),
	}
}

// Summary returns how much of each kind of drift there is.
func (r *Report) Summary(ctx context.Context, org directory.Organisation) ([]Count, error) {
	var counts []Count
	for _, kind := range directory.Drifts() {
		n, err := r.users.CountDrifting(ctx, org, kind, mostCounted+1)
		if err != nil {
			return nil, err
		}
		counts = append(counts, Count{Kind: kind, Users: min(n, mostCounted), AtLeast: n > mostCounted})
	}
	refused, err := r.groups.CountDrifting(ctx, org, directory.DriftRefused, mostCounted)
	if err != nil {
		return nil, err
	}
	counts[0].Groups = refused
	held, err := r.countHeld(ctx, org)
	if err != nil {
		return nil, err
	}
	waiting, err := r.groups.CountWaiting(ctx, org, mostCounted+1)
	if err != nil {
		return nil, err
	}
	sharing, more, err := r.countSharing(ctx, org)
	return append(counts,
		Count{Kind: Held, Users: held}, Count{Kind: Waiting, Members: min(waiting, mostCounted), AtLeast: waiting > mostCounted},
		Count{Kind: SameAddress, Users: sharing, AtLeast: more}), err
}

// kinds are all kinds of drift.
func kinds() []directory.Drift { return append(directory.Drifts(), Held, Waiting, SameAddress) }

// Kinds are all kinds of drift, in words.
func Kinds() string {
	var names []string
	for _, kind := range kinds() {
		names = append(names, string(kind))
	}
	return strings.Join(names, ", ")
}

// Of returns the rows about u, a user with its Word.
func Of(org directory.Organisation, u directory.User) (rows []Row) {
	for _, kind := range u.Word.Drifts() {
		rows = append(rows, rowsOf(org, kind, u)...)
	}
	return rows
}

// rowsOf returns the rows of one kind about u.
func rowsOf(org directory.Organisation, kind directory.Drift, u directory.User) (rows []Row) {
	row := Row{Kind: kind, Resource: history.Resource{Type: org.Schemas.User.Name, ID: string(u.ID)}, Name: u.UserName()}
	if kind == directory.DriftRefused {
		return []Row{refusedRow(row.Resource, row.Name, u.Word.Refused)}
	}
	for _, s := range u.Word.Said {
		if s.Because != kind {
			continue
		}
		row := row
		row.Attribute, row.Since, row.RequestID, row.Client = s.Attribute, s.Since, s.RequestID, s.Client
		row.Because, row.Remedy = reasonOf(s)
		if row.Withheld = org.HideValues || org.Schemas.User.IsSecret(s.Attribute); !row.Withheld {
			row.Stored, row.Said = u.Apart(s)
		}
		rows = append(rows, row)
	}
	return rows
}
