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

// Held is the kind of drift of people who are to leave, and whom the guard holds back.
const Held directory.Drift = "held"

// Holds is what the report reads of guard.Store, whose contract it is.
type Holds interface {
	Hold(ctx context.Context, t directory.Tenant) (guard.Hold, error)
	ListHeld(ctx context.Context, t directory.Tenant, hold string, state guard.HeldState, after directory.UserID, limit int) ([]guard.Held, error)
	CountHeld(ctx context.Context, t directory.Tenant, hold string) (map[guard.HeldState]int, error)
}

// heldPage is page for the people whom the latest hold keeps.
func (r *Report) heldPage(ctx context.Context, org directory.Organisation, after directory.UserID, limit int) (rows []Row, looked int, last string, err error) {
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
	ids := make([]directory.UserID, len(held))
	for i, h := range held {
		ids[i] = h.User
	}
	users, err := r.named(ctx, org, ids, false)
	if err != nil {
		return nil, 0, "", err
	}
	for _, h := range held {
		u, there := users[h.User]
		if !there || !u.State.Enabled() { // who has left meanwhile does not differ
			continue
		}
		row := Row{
			Kind: Held, Resource: history.Resource{Type: org.Schemas.User.Name, ID: string(u.ID)}, Name: u.UserName(), Attribute: "active",
			Because: "The guard holds the change back: the person is to be " + string(h.Wanted) + ".", Since: h.At, RequestID: h.RequestID, Client: h.Client,
			Remedy: "Decide in DevRev under Security > Guard: approve, and the person leaves; reject, and assign the person again in the identity provider.",
		}
		if row.Withheld = org.HideValues; !row.Withheld {
			row.Stored, row.Said = true, false
		}
		rows = append(rows, row)
	}
	return rows, len(held), string(held[len(held)-1].User), nil
}

// countHeld returns how many people the latest hold keeps.
func (r *Report) countHeld(ctx context.Context, org directory.Organisation) (int, error) {
	hold, err := r.holds.Hold(ctx, org.Tenant)
	if errors.Is(err, directory.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, unreadable(err)
	}
	counts, err := r.holds.CountHeld(ctx, org.Tenant, hold.ID)
	return counts[guard.Waiting], unreadable(err)
}

// unreadable returns nil if err is.
func unreadable(err error) error {
	if err == nil {
		return nil
	}
	return scim.Errorf(http.StatusServiceUnavailable, "", "What the guard holds cannot be read at the moment. Try again.").Because(err)
}
