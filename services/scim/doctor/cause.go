package doctor

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// cause returns why a request was refused, and what to do. Refusals that have one cause have one
// sentence, so it holds no id of a single resource.
func (s *seen) cause(e activity.Entry) (sentence, remedy string) {
	if e.Is(activity.KindAuth) {
		return s.credential(e)
	}
	detail := e.Refusal.Detail
	has := func(part string) bool { return strings.Contains(detail, part) }
	isUser := e.Resource.Type == "User"
	switch {
	case has("accepts only what RFC 7643 and RFC 7644 allow"):
		return "The organisation is strict, and the identity provider sends what strict refuses: " + detail,
			"Turn strict off under Settings: Okta and Entra ID need it off."
	case has("it must be an e-mail address"):
		return "The user names that arrive are not e-mail addresses, which this organisation requires.",
			"In Okta set the application username format to Email; in Entra ID map an attribute that holds an e-mail address to userName."
	case e.Refusal.Status == http.StatusForbidden:
		return "The token may only read, so nothing can be created or changed.",
			"Issue a token that may write under Security, and enter it in your identity provider."
	case e.Refusal.Status == http.StatusTooManyRequests:
		return "The organisation sends more requests than its rate allows.",
			"The identity provider sends them again on its own. If it goes on for hours, ask DevRev for a higher rate."
	case e.Refusal.Status == http.StatusRequestEntityTooLarge:
		return "A request is larger than DevRev accepts: " + detail, "Map fewer attributes, or push a smaller group."
	case e.Refusal.Status == http.StatusUnsupportedMediaType:
		return "The requests are not in the format of SCIM: " + detail,
			"Set the content type application/scim+json in the client. Okta and Entra ID do so on their own; check what is between them and DevRev."
	case has("takes only users as members"):
		return "A pushed group has a group as a member; DevRev takes only users as members.",
			"Push the inner group on its own, or put its people into the outer one."
	case has("none of the values is an id of this service"):
		return "Members of a group arrive before their users do: they have no ids of DevRev.",
			"Assign these people to the application first. When they have arrived, push the group again."
	case e.Refusal.Status == http.StatusNotFound:
		return fmt.Sprintf("The identity provider asks for a %s by an id that this organisation does not have.", kindOf(e)),
			"It was connected to another organisation, or another environment, before. In Okta unassign and assign again, in Entra ID choose Restart provisioning."
	case e.Refusal.Type == scim.Uniqueness && isUser:
		return "The identity provider creates a user whose userName another user of this organisation has.",
			"Look for the name under Users. If both are one person, have the identity provider match users by userName; if not, change one of the two names."
	case e.Refusal.Type == scim.Uniqueness:
		return "A pushed group has a name that another group of this organisation has.",
			"Rename one of the two. In Okta, link the pushed group to the one that is here (Push Groups, Link Group)."
	default:
		return fmt.Sprintf("A %s is refused: %s", kindOf(e), detail),
			"Correct what the sentence names in the identity provider: the profile, or the attribute mapping."
	}
}

func kindOf(e activity.Entry) string {
	switch e.Resource.Type {
	case "User":
		return "user"
	case "Group":
		return "group"
	default:
		return "request"
	}
}

// credential is cause for a token that was not accepted.
func (s *seen) credential(e activity.Entry) (sentence, remedy string) {
	name, end := "the token "+e.TokenID, ""
	for _, r := range s.records {
		if r.ID != e.TokenID {
			continue
		}
		if r.Name != "" {
			name = fmt.Sprintf("the token %q (%s)", r.Name, r.ID)
		}
		if !r.End().IsZero() {
			end = " on " + directory.Timestamp(r.End())
		}
	}
	remedy = "Enter a live token in the identity provider; issue or rotate one under Security."
	switch e.Credential {
	case activity.CredentialMisplaced:
		return "Requests with a token of this organisation go to a path that does not exist, so the base URL is wrong.", "Enter " + s.baseURL + " as the base URL."
	case string(token.ReasonRevoked):
		return fmt.Sprintf("The identity provider still sends %s, which was revoked%s.", name, end), remedy
	case string(token.ReasonExpired):
		return fmt.Sprintf("The identity provider still sends %s, which expired%s.", name, end), remedy
	case string(token.ReasonSuperseded):
		return fmt.Sprintf("The identity provider still sends %s, which ended when SCIM was disabled.", name), remedy
	case string(token.ReasonDisabled):
		return "The identity provider still sends requests, and SCIM is disabled.", "Enable SCIM under Security, and enter the new token; or turn provisioning off in the identity provider."
	}
	if strings.Contains(e.Refusal.Detail, "Paste the token alone") {
		return "The token is not pasted alone: " + e.Refusal.Detail, "Paste the token again, as it was shown."
	}
	return fmt.Sprintf("The identity provider sends %s mistyped or cut off: its beginning is right, and the rest is not.", name),
		"Copy the token again. If you do not have it any more, rotate it under Security."
}

// ignored returns what of a change was left out, "" if nothing was.
func ignored(e activity.Entry) (sentence, remedy string) {
	if len(e.Ignored) == 0 {
		return "", ""
	}
	return fmt.Sprintf("%s arrives and is left out: %s.", scim.Quote(e.Ignored[0].Path), e.Ignored[0].Why),
		"Add an extension schema that has it under Settings, or remove the mapping in the identity provider."
}
