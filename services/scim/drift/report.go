package drift

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/history"
)

// Row is one difference. It has no values where the organisation keeps them out of its records, and
// where the attribute is one that is never returned.
type Row struct {
	Kind      directory.Drift  `json:"kind"`
	Resource  history.Resource `json:"resource"`
	Name      string           `json:"name"`                // what the user is called
	Attribute string           `json:"attribute,omitempty"` // "" for one about the whole user
	Stored    any              `json:"stored,omitempty"`    // absent: there is no value
	Said      any              `json:"said,omitempty"`      // absent: the identity provider believes that there is none
	Withheld  bool             `json:"withheld,omitempty"`  // there are values, and they are not shown
	Because   string           `json:"because"`             // a sentence
	Since     time.Time        `json:"since"`               // when the two came apart
	RequestID string           `json:"requestId"`           // by which they came apart
	Client    string           `json:"client,omitempty"`    // that sent it; "" if it was a change in DevRev
	Remedy    string           `json:"remedy"`              // what to do, a sentence
}

// Count is how many users have one kind of drift.
type Count struct {
	Kind    directory.Drift `json:"kind"`
	Users   int             `json:"users"`
	AtLeast bool            `json:"atLeast,omitempty"` // there are more
}

// mostCounted bounds what a summary counts of each kind.
const mostCounted = 10_000

// Report shows the drift of organisations. Its errors are *scim.Error.
type Report struct {
	users *directory.Users
	holds Holds
}

// NewReport returns the report on these users, of whom the guard holds some.
func NewReport(users *directory.Users, holds Holds) *Report { return &Report{users, holds} }

// List returns the rows of one kind or, if kind is "", of all, one kind after the other, and in
// each the users in the order of creation: those of at most limit users behind after. next is the
// after of the next page, "" at the end.
func (r *Report) List(ctx context.Context, org directory.Organisation, kind directory.Drift, after string, limit int) (rows []Row, next string, err error) {
	kinds := kinds()
	if kind != "" {
		if !slices.Contains(kinds, kind) {
			return nil, "", scim.BadRequest(scim.InvalidValue, "%s is not a kind of drift: there are %s.", scim.Quote(string(kind)), Kinds())
		}
		kinds = []directory.Drift{kind}
	}
	var behind directory.UserID
	if after != "" {
		from, id, ok := strings.Cut(after, "/")
		at := slices.Index(kinds, directory.Drift(from))
		if !ok || at < 0 {
			return nil, "", scim.BadRequest(scim.InvalidValue, "The parameter after must be what the answer before gave as next, for the same kind.")
		}
		kinds, behind = kinds[at:], directory.UserID(id)
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
			next = string(kind) + "/" + string(last)
		}
		behind = ""
	}
	return rows, next, nil
}

// page returns the rows of one kind about at most limit users behind after, how many it has looked
// at, and the last of them.
func (r *Report) page(ctx context.Context, org directory.Organisation, kind directory.Drift, after directory.UserID, limit int) (rows []Row, looked int, last directory.UserID, err error) {
	if kind == Held {
		return r.heldPage(ctx, org, after, limit)
	}
	users, err := r.users.Drifting(ctx, org, kind, after, limit)
	for _, u := range users {
		rows, last = append(rows, rowsOf(org, kind, u)...), u.ID
	}
	return rows, len(users), last, err
}

// Summary returns how many users have each kind of drift.
func (r *Report) Summary(ctx context.Context, org directory.Organisation) ([]Count, error) {
	var counts []Count
	for _, kind := range directory.Drifts() {
		n, err := r.users.CountDrifting(ctx, org, kind, mostCounted+1)
		if err != nil {
			return nil, err
		}
		counts = append(counts, Count{kind, min(n, mostCounted), n > mostCounted})
	}
	n, err := r.countHeld(ctx, org)
	return append(counts, Count{Kind: Held, Users: n}), err
}

// kinds are all kinds of drift.
func kinds() []directory.Drift { return append(directory.Drifts(), Held) }

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
		r := u.Word.Refused
		row.Because, row.Since, row.RequestID, row.Client, row.Remedy = r.Detail, r.Since, r.RequestID, r.Client, remedyOf(r.Status)
		return []Row{row}
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
