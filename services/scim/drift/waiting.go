package drift

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/history"
)

// Waiting is the kind of drift of members that wait in a group for their person.
const Waiting directory.Drift = "waiting"

// waitingPage is page for the members that wait. It reads the page, the groups and the people who
// were deleted: three lists, each of which costs what it returns.
func (r *Report) waitingPage(ctx context.Context, org directory.Organisation, after string, limit int) (rows []Row, looked int, last string, err error) {
	q := directory.WaitingQuery{Limit: limit}
	if after != "" {
		var ok bool
		if q.After, ok = directory.WaitingAt(after); !ok {
			return nil, 0, "", badAfter()
		}
	}
	waits, err := r.groups.Waiting(ctx, org, q)
	if err != nil || len(waits) == 0 {
		return nil, 0, "", err
	}
	var left []directory.UserID
	ids := make([]directory.GroupID, len(waits))
	for i, w := range waits {
		ids[i] = w.Group
		if w.Reason == directory.WaitsDeleted {
			left = append(left, directory.UserID(w.Value))
		}
	}
	groups, err := r.groupsOf(ctx, org, ids)
	if err != nil {
		return nil, 0, "", err
	}
	people, err := r.named(ctx, org, slices.Compact(left), true) // one person's are side by side
	if err != nil {
		return nil, 0, "", err
	}
	for _, w := range waits {
		g, there := groups[w.Group]
		if !there { // deleted meanwhile
			continue
		}
		row := Row{
			Kind: Waiting, Resource: history.Resource{Type: org.Schemas.Group.Name, ID: string(w.Group)}, Name: g.DisplayName(), Attribute: "members",
			Because: WhyWaiting(w), Since: w.First.At, RequestID: w.First.RequestID, Remedy: remedyOfWaiting(w),
		}
		if row.Withheld = org.HideValues && uuid.Validate(w.Value) != nil; !row.Withheld { // an id is no value of a person's
			row.Said = w.Value
		}
		if u, ok := people[directory.UserID(w.Value)]; ok {
			row.People = []Person{{u.ID, u.UserName()}}
		}
		rows = append(rows, row)
	}
	return rows, len(waits), waits[len(waits)-1].Place(), nil
}

// groupsOf returns those of ids that are groups.
func (r *Report) groupsOf(ctx context.Context, org directory.Organisation, ids []directory.GroupID) (map[directory.GroupID]directory.Group, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	wanted, err := among(org.Schemas.Group, ids)
	if err != nil {
		return nil, err
	}
	found, err := r.groups.List(ctx, org, directory.Query{Filter: wanted, Limit: len(ids), NoTotal: true})
	groups := make(map[directory.GroupID]directory.Group, len(found.Items))
	for _, g := range found.Items {
		groups[g.ID] = g
	}
	return groups, err
}

// named returns those of ids who are users or, if gone, those who were deleted.
func (r *Report) named(ctx context.Context, org directory.Organisation, ids []directory.UserID, gone bool) (map[directory.UserID]directory.User, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	wanted, err := among(org.Schemas.User, ids)
	if err != nil {
		return nil, err
	}
	found, err := r.users.List(ctx, org, directory.Query{Filter: wanted, Limit: len(ids), NoTotal: true, Deleted: gone})
	users := make(map[directory.UserID]directory.User, len(found.Items))
	for _, u := range found.Items {
		users[u.ID] = u
	}
	return users, err
}

// among is the filter that selects the resources with these ids.
func among[ID ~string](rt *schema.ResourceType, ids []ID) (filter.Expr, error) {
	id, err := rt.Resolve("id")
	if err != nil {
		return nil, err
	}
	terms := make([]filter.Expr, len(ids))
	for i, wanted := range ids {
		terms[i] = &filter.Comparison{Path: id, Op: filter.Equal, Value: string(wanted)}
	}
	return filter.AnyOf(terms), nil
}
