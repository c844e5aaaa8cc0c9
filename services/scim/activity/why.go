package activity

import (
	"context"
	"fmt"

	"github.com/devrev/scim/services/scim/directory"
)

// turning are the effects that decide over a user's state. A sign-in does so as well; it is no
// request of the identity provider.
var turning = []directory.Effect{
	directory.EffectCreated, directory.EffectRestored, directory.EffectDeactivated, directory.EffectReactivated, directory.EffectDeleted,
}

// Why explains to the administrator why u, who may be deleted, is in its state: since when, by
// which token and which request. The entry is the one that tells so, nil if there is none.
func (l *Log) Why(ctx context.Context, org directory.Organisation, u directory.User) (string, *Entry, error) {
	latest, err := l.List(ctx, org, Query{Resource: Resource{Type: org.Schemas.User.Name, ID: string(u.ID)}, Effects: turning, Limit: 1})
	if err != nil {
		return "", nil, err
	}
	if len(latest) == 0 || !latest[0].explains(u) {
		return untold(u), nil, nil
	}
	return signedIn(u) + latest[0].sentence(), &latest[0], nil
}

// explains reports whether u is as e left it, except for a sign-in.
func (e *Entry) explains(u directory.User) bool {
	return u.Deleted == (e.Effect == directory.EffectDeleted) && u.State.Enabled() == e.State.After.Enabled()
}

// sentence describes an entry whose effect is one of turning.
func (e *Entry) sentence() string {
	var done, did string
	switch e.Effect {
	case directory.EffectCreated:
		done, did = "Created", "created the user"
	case directory.EffectRestored:
		done, did = "Brought back", "created the user again"
	case directory.EffectReactivated:
		done, did = "Reactivated", "set active to true"
	case directory.EffectDeactivated:
		done, did = "Deactivated", "set active to false"
	default:
		done, did = "Deleted", "removed the user"
	}
	if e.Undo != "" {
		by := "an undo"
		if e.Actor != "" {
			by += " of the administrator " + e.Actor
		}
		return fmt.Sprintf("%s on %s by %s (request %s).", done, directory.Timestamp(e.At), by, e.RequestID)
	}
	if e.Method == "POST" && !e.State.After.Enabled() {
		done, did = done+" as deactivated", did+" with active set to false"
	}
	return fmt.Sprintf("%s on %s by the identity provider (token %s, request %s): %s %s.",
		done, directory.Timestamp(e.At), e.TokenID, e.RequestID, e.Method, did)
}

// signedIn says what the state of an enabled user follows from besides the identity provider's
// word.
func signedIn(u directory.User) string {
	switch u.State {
	case directory.StateShadow:
		return "Shadow: the person has never signed in. "
	case directory.StateActive:
		return "Active: the person has signed in. "
	default:
		return ""
	}
}

// untold says what can be said without an entry, because it is too old, or of a change that was
// never acknowledged.
func untold(u directory.User) string {
	const none = "%s. No activity tells of it, which is kept for %d days; the user last changed on %s."
	days, changed := int(Retention.Hours()/24), directory.Timestamp(u.Modified)
	switch {
	case u.Deleted:
		return fmt.Sprintf(none, "Deleted", days, changed)
	case !u.State.Enabled():
		return fmt.Sprintf(none, "Deactivated", days, changed)
	default:
		return signedIn(u) + fmt.Sprintf("Created on %s.", directory.Timestamp(u.Created))
	}
}
