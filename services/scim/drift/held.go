package drift

import (
	"context"
	"errors"
	"net/http"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/guard"
	"github.com/devrev/scim/services/scim/history"
)

// Held is the kind of drift of people who are to leave, also a group, and whom the guard holds
// back; and of groups that are to be deleted.
const Held directory.Drift = "held"

// Holds is what the report reads of guard.Store, whose contract it is.
type Holds interface {
	Hold(ctx context.Context, t directory.Tenant) (guard.Hold, error)
	ListHeld(ctx context.Context, t directory.Tenant, hold string, state guard.HeldState, after guard.HeldID, limit int) ([]guard.Held, error)
	CountHeld(ctx context.Context, t directory.Tenant, hold string) (guard.Counts, error)
}

// heldPage is page for what the latest hold keeps.
func (r *Report) heldPage(ctx context.Context, org directory.Organisation, after guard.HeldID, limit int) (rows []Row, looked int, last string, err error) {
	hold, err := r.holds.Hold(ctx, org.Tenant)
	if errors.Is(err, directory.ErrNotFound) {
		return nil, 0, "", nil
	}
	if err != nil {
		return nil, 0, "", unreadable(err)
	}
	held, err := r.holds.ListHeld(ctx, org.Tenant, hold.ID, guard.Waiting, after, limit)
	if err != nil || len(held) == 0 {
		return nil, 0, "", unreadable(err)
	}
	var ids []directory.UserID
	var groups []directory.GroupID
	for _, h := range held {
		if h.Kind() == guard.KindGroup {
			groups = append(groups, h.Group)
		} else {
			ids = append(ids, h.User)
		}
	}
	users, err := r.named(ctx, org, ids, false)
	if err != nil {
		return nil, 0, "", err
	}
	ending, err := r.groupsOf(ctx, org, groups)
	if err != nil {
		return nil, 0, "", err
	}
	for _, h := range held {
		row, differs := heldRow(org, h, users)
		if h.Kind() == guard.KindGroup {
			var g directory.Group
			if g, differs = ending[h.Group]; differs {
				row.Name = g.DisplayName()
			}
		}
		if differs {
			rows = append(rows, row)
		}
	}
	return rows, len(held), string(held[len(held)-1].ID()), nil
}

// heldRow returns the row of what is held, and reports whether it differs still.
func heldRow(org directory.Organisation, h guard.Held, users map[directory.UserID]directory.User) (Row, bool) {
	row := Row{
		Kind: Held, Resource: history.Resource{Type: org.Schemas.User.Name, ID: string(h.User)}, Since: h.At, RequestID: h.RequestID, Client: h.Client,
	}
	const decide = "Decide in DevRev under Security > Guard: "
	u, there := users[h.User]
	switch h.Kind() {
	case guard.KindGroup:
		row.Resource = history.Resource{Type: org.Schemas.Group.Name, ID: string(h.Group)}
		row.Because = "The guard holds the change back: the group is to be deleted."
		row.Remedy = decide + "approve, and the group is deleted; reject, and push the group again in the identity provider."
		return row, true
	case guard.KindMember:
		row.Name, row.Attribute = u.UserName(), "groups"
		row.Because = "The guard holds the change back: the person is to leave the group " + string(h.Group) + "."
		row.Remedy = decide + "approve, and the person leaves the group; reject, and add the person to it again in the identity provider."
		if row.Withheld = org.HideValues; !row.Withheld {
			row.Stored = string(h.Group)
		}
		return row, there
	default:
		row.Name, row.Attribute = u.UserName(), "active"
		row.Because = "The guard holds the change back: the person is to be " + string(h.Wanted) + "."
		row.Remedy = decide + "approve, and the person leaves; reject, and assign the person again in the identity provider."
		if row.Withheld = org.HideValues; !row.Withheld {
			row.Stored, row.Said = true, false
		}
		return row, there && u.State.Enabled() // who has left meanwhile does not differ
	}
}

// countHeld returns how many changes the latest hold keeps.
func (r *Report) countHeld(ctx context.Context, org directory.Organisation) (int, error) {
	hold, err := r.holds.Hold(ctx, org.Tenant)
	if errors.Is(err, directory.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, unreadable(err)
	}
	counts, err := r.holds.CountHeld(ctx, org.Tenant, hold.ID)
	return counts[guard.KindPerson][guard.Waiting] + counts[guard.KindMember][guard.Waiting] + counts[guard.KindGroup][guard.Waiting], unreadable(err)
}

// unreadable returns nil if err is.
func unreadable(err error) error {
	if err == nil {
		return nil
	}
	return scim.Errorf(http.StatusServiceUnavailable, "", "What the guard holds cannot be read at the moment. Try again.").Because(err)
}
