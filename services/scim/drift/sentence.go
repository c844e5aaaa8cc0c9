package drift

import (
	"fmt"
	"net/http"

	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/history"
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

// remedyOf says what to do about a request about a user or a group that was refused with this
// status.
func remedyOf(resourceType string, status int) string {
	again, what, where := " Then send the person again: in Okta, retry the task under Dashboard > Tasks; in Entra ID, use Provision on demand.", "user", "the person's profile or the attribute mapping"
	if resourceType == history.Group {
		again, what, where = " Then push the group again: in Okta, under Push Groups; in Entra ID, use Provision on demand.", "group", "the group or its attribute mapping"
	}
	switch {
	case status == http.StatusForbidden && what == "user":
		return "Do what the sentence says: if the API token may only read, give the identity provider one that may write; if an administrator rejected the change under Security > Guard, assign the person again." + again
	case status == http.StatusForbidden:
		return "Do what the sentence says: if the API token may only read, give the identity provider one that may write." + again
	case status == http.StatusConflict:
		return "Another " + what + " has the value that must be unique. Change it on one side." + again
	case status == http.StatusPreconditionFailed:
		return "The " + what + " had changed since the identity provider read it. The identity provider reads it again and repeats the change by itself." + again
	default:
		return "Correct in the identity provider what the sentence names: " + where + "." + again
	}
}

// WhyWaiting says why w waits, and for what.
func WhyWaiting(w directory.Waiting) string {
	switch {
	case w.Reason == directory.WaitsDeleted && w.Count == 0:
		return "The person was a member when deleted, and is one again after the return."
	case w.Reason == directory.WaitsDeleted:
		return "The person was deleted. The identity provider has added the person since, who is a member after the return."
	case w.Reason == directory.WaitsAmbiguous:
		return "More than one person is meant by this value. Add the right one in the identity provider, or end the waiting."
	case w.Reason == directory.WaitsApproval:
		return "The person is here, and the group is privileged: an administrator has to let the person in."
	default:
		return "No person has this id. The identity provider may send an id of another service, or of before a restore."
	}
}

// remedyOfWaiting says what to do about a member that waits.
func remedyOfWaiting(w directory.Waiting) string {
	switch w.Reason {
	case directory.WaitsDeleted:
		return "If the person is to come back, assign the person in the identity provider again, and the group follows by itself. If not, nothing needs to be done."
	case directory.WaitsAmbiguous:
		return "Add the person who is meant to the group in the identity provider, by the id of DevRev, or end the waiting."
	case directory.WaitsApproval:
		return "Let the person in on the page of the group or with scimctl let-in, or end the waiting."
	default:
		return "Have the identity provider send the person, then the group: in Okta, unlink the pushed group and push it again; in Entra ID, restart the provisioning."
	}
}
