package drift

import (
	"fmt"
	"net/http"

	"github.com/devrev/scim/services/scim/directory"
)

// reasonOf says why an attribute differs, and what to do.
func reasonOf(s directory.Said) (because, remedy string) {
	switch {
	case s.Because == directory.DriftKept:
		return fmt.Sprintf("The identity provider sent another %s. It was not applied: once a person has one, it is the person's own.", s.Attribute),
			fmt.Sprintf("Nothing needs to be done. To end the difference, remove %s from the attribute mapping in the identity provider.", s.Attribute)
	case s.Because == directory.DriftUndone:
		return fmt.Sprintf("An administrator undid the identity provider's change of %s. The identity provider still believes what it sent.", s.Attribute),
			fmt.Sprintf("Correct %s in the identity provider. It sends the person again only when something changes there, and may then send the same.", s.Attribute)
	case s.Attribute == "active":
		return fmt.Sprintf("The %s changed in DevRev whether the person may sign in.", voice(s.By)),
			"Make the same change in the identity provider: assign the person to the application, or remove the assignment."
	default:
		return fmt.Sprintf("The %s changed %s in DevRev.", voice(s.By), s.Attribute),
			fmt.Sprintf("Change %s in the identity provider as well. Otherwise it may put its own value back when it next updates the person.", s.Attribute)
	}
}

// voice names who changed something in DevRev.
func voice(by string) string {
	if by == "person" {
		return "person"
	}
	return "administrator"
}

// remedyOf says what to do about a request that was refused with this status.
func remedyOf(status int) string {
	const again = " Then send the person again: in Okta, retry the task under Dashboard > Tasks; in Entra ID, use Provision on demand."
	switch status {
	case http.StatusForbidden:
		return "Do what the sentence says: if the API token may only read, give the identity provider one that may write; if an administrator rejected the change under Security > Guard, assign the person again." + again
	case http.StatusConflict:
		return "Another user has the value that must be unique. Change it on one side." + again
	case http.StatusPreconditionFailed:
		return "The user had changed since the identity provider read it. The identity provider reads it again and repeats the change by itself; if it does not, send the person again."
	default:
		return "Correct in the identity provider what the sentence names: the person's profile or the attribute mapping." + again
	}
}
