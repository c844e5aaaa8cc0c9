package drift

import (
	"context"
	"slices"

	"github.com/devrev/scim/services/scim/directory"
)

// Side is how an export and the users differ.
type Side string

// The differences.
const (
	MissingHere       Side = "missing-here"       // the export has the person as active, and no user has the name
	HereOnly          Side = "here-only"          // an enabled user, whom the export does not have
	StateDiffers      Side = "state-differs"      // active in the one, not in the other
	MembershipDiffers Side = "membership-differs" // the export has other groups
)

// Difference is one person in whom an export and the users differ.
type Difference struct {
	Kind     Side             `json:"kind"`
	UserName string           `json:"userName"`          // of the user, else of the export
	ID       directory.UserID `json:"id,omitempty"`      // of the user
	Line     int              `json:"line,omitempty"`    // of the export
	Active   *bool            `json:"active,omitempty"`  // of StateDiffers: of the user
	Missing  []string         `json:"missing,omitempty"` // groups that the export has and the user has not
	Extra    []string         `json:"extra,omitempty"`   // groups that the user has and the export has not
}

// Compared counts what Compare has seen.
type Compared struct {
	Lines  int          `json:"lines"`
	Users  int          `json:"users"`
	Differ map[Side]int `json:"differ"`
}

// compareAtOnce is how many users are read at a time.
const compareAtOnce = 200

// Compare calls emit with the differences between x and the users of the organisation, some at a
// time, and with what was compared up to then; where some users do not differ and others follow,
// without differences. It returns what was compared in all. Nothing is stored. Users who come or go
// meanwhile may be missing or too many.
func (r *Report) Compare(ctx context.Context, org directory.Organisation, x *Export, emit func([]Difference, Compared) error) (Compared, error) {
	done := Compared{Lines: len(x.order), Differ: map[Side]int{}}
	tell := func(found []Difference) error {
		for _, d := range found {
			done.Differ[d.Kind]++
		}
		return emit(found, done)
	}
	q := directory.Query{Limit: compareAtOnce, NoTotal: true}
	for more := true; more; {
		page, err := r.users.List(ctx, org, q)
		if err != nil {
			return done, err
		}
		found, err := r.compare(ctx, org, x, page.Items)
		if err != nil {
			return done, err
		}
		done.Users += len(page.Items)
		if n := len(page.Items); n > 0 {
			q.After = &directory.Position{ID: string(page.Items[n-1].ID)}
		}
		if more = len(page.Items) == q.Limit || page.Cut; !more && len(found) == 0 {
			break
		}
		if err := tell(found); err != nil {
			return done, err
		}
	}
	for some := range slices.Chunk(x.order, compareAtOnce) {
		var found []Difference
		for _, a := range some {
			if !a.seen && a.active {
				found = append(found, Difference{Kind: MissingHere, UserName: a.userName, Line: a.line})
			}
		}
		if len(found) == 0 {
			continue
		}
		if err := tell(found); err != nil {
			return done, err
		}
	}
	return done, nil
}

// compare returns in what users differ from the export.
func (r *Report) compare(ctx context.Context, org directory.Organisation, x *Export, users []directory.User) (found []Difference, err error) {
	var groups map[directory.UserID][]directory.GroupRef
	if x.withGroups {
		ids := make([]directory.UserID, len(users))
		for i, u := range users {
			ids[i] = u.ID
		}
		if groups, err = r.users.GroupsOf(ctx, org, ids...); err != nil {
			return nil, err
		}
	}
	for _, u := range users {
		enabled := u.State.Enabled()
		a := x.lines[directory.Fold(u.UserName())]
		d := Difference{UserName: u.UserName(), ID: u.ID}
		if a == nil {
			if enabled {
				d.Kind = HereOnly
				found = append(found, d)
			}
			continue
		}
		a.seen, d.Line = true, a.line
		if enabled != a.active {
			d := d
			d.Kind, d.Active = StateDiffers, &enabled
			found = append(found, d)
		}
		if a.groups == nil {
			continue
		}
		if d.Missing, d.Extra = apart(a.groups, groups[u.ID]); len(d.Missing)+len(d.Extra) > 0 {
			d.Kind = MembershipDiffers
			found = append(found, d)
		}
	}
	return found, nil
}

// apart returns the names that only the export has, and those that only the user has. Names are
// compared as the organisation's groups are.
func apart(said []string, is []directory.GroupRef) (missing, extra []string) {
	has, wanted := map[string]bool{}, map[string]bool{}
	for _, g := range is {
		has[directory.Fold(g.DisplayName)] = true
	}
	for _, name := range said {
		if key := directory.Fold(name); !wanted[key] {
			wanted[key] = true
			if !has[key] {
				missing = append(missing, name)
			}
		}
	}
	for _, g := range is {
		if !wanted[directory.Fold(g.DisplayName)] {
			extra = append(extra, g.DisplayName)
		}
	}
	slices.Sort(missing)
	slices.Sort(extra)
	return missing, extra
}
