package guard

import (
	"context"
	"errors"
	"slices"

	"github.com/devrev/scim/services/internal/sets"
	"github.com/devrev/scim/services/scim/directory"
)

// returned drops what is held of a person who the identity provider says is active, and what was
// rejected: that the person leaves is then a new wish.
func (w *Watch) returned(ctx context.Context, t directory.Tenant, user directory.UserID) error {
	held, err := w.deps.Holds.Held(ctx, t, HeldPerson(user))
	if errors.Is(err, directory.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return w.drop(ctx, t, held)
}

// takenBack does what returned does, for users whom the identity provider says to be members of the
// group and, if it says that there is the group, for its deletion.
func (w *Watch) takenBack(ctx context.Context, t directory.Tenant, group directory.GroupID, isThere bool, members []directory.UserID) error {
	if !isThere && len(members) == 0 {
		return nil
	}
	of, err := w.deps.Holds.HeldOf(ctx, t, group)
	if err != nil || len(of) == 0 {
		return err
	}
	said := sets.Of(members)
	return w.drop(ctx, t, slices.DeleteFunc(of, func(h Held) bool {
		return h.Kind() == KindGroup && !isThere || h.Kind() == KindMember && !said[h.User]
	})...)
}

// drop ends what is wanted of these: the waiting of those who wait, and the rejections.
func (w *Watch) drop(ctx context.Context, t directory.Tenant, held ...Held) error {
	var rejected []Held
	waiting := map[string][]Held{} // by hold
	for _, h := range held {
		switch h.State {
		case HeldRejected:
			h.State = HeldDropped
			rejected = append(rejected, h)
		case Waiting:
			waiting[h.Hold] = append(waiting[h.Hold], h)
		default: // it is over
		}
	}
	for hold, these := range waiting {
		if err := w.settled(ctx, t, hold, these, HeldDropped); err != nil {
			return err
		}
	}
	return w.deps.Holds.Keep(ctx, t, rejected...)
}
