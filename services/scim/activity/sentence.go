package activity

import (
	"fmt"
	"slices"
	"strings"

	"github.com/devrev/scim/services/scim/directory"
)

// Sentence describes e in words. The only value of an attribute in it is the name.
func (e *Entry) Sentence() string {
	who, what := e.who(), strings.ToLower(e.Resource.Type)
	switch {
	case e.Kind == KindGuard && what == "group":
		return fmt.Sprintf("%d of %d members left the group within %d minutes.", e.Mass.Left, e.Mass.Of, e.Mass.Minutes)
	case e.Kind == KindGuard:
		return fmt.Sprintf("%d of %d enabled people were deactivated or deleted within %d minutes.", e.Mass.Left, e.Mass.Of, e.Mass.Minutes)
	case e.Kind == KindSignIn && e.Effect == directory.EffectUpdated:
		return "The person signed in for the first time."
	case e.Kind == KindSignIn:
		return "The person signed in."
	case e.Effect == EffectRefused:
		return fmt.Sprintf("%s %s and was refused: %s", who, e.sent(), e.Refusal.Detail)
	case e.Effect == directory.EffectDeleted && what == "group":
		return fmt.Sprintf("%s deleted the group%s.", who, e.called())
	case e.Effect == directory.EffectAttached:
		return fmt.Sprintf("A member who waited joined the group%s.", e.called())
	case e.Effect == directory.EffectLeft:
		return fmt.Sprintf("%s deleted a member of the group%s.", who, e.called())
	case e.onlyMoves():
		return fmt.Sprintf("%s changed the members of the group%s: %s.", who, e.called(), e.moves())
	case e.Effect == directory.EffectUnchanged:
		return fmt.Sprintf("%s sent what the %s was already.", who, what)
	case e.Effect == directory.EffectUpdated:
		return fmt.Sprintf("%s changed %s of the %s%s.", who, e.changed(), what, e.called())
	default:
		did := map[directory.Effect]string{
			directory.EffectCreated: "created", directory.EffectRestored: "brought back", directory.EffectDeactivated: "deactivated",
			directory.EffectReactivated: "reactivated", directory.EffectDeleted: "deleted",
		}[e.Effect]
		return fmt.Sprintf("%s %s the %s%s.", who, did, what, e.called())
	}
}

// sent says what a request was that was refused.
func (e *Entry) sent() string {
	what := strings.ToLower(e.Resource.Type)
	switch {
	case e.Method != "GET":
		return "sent " + e.Method
	case what == "":
		return "asked to read"
	case e.Resource.ID == "":
		return "asked to read " + what + "s"
	default:
		return "asked to read the " + what
	}
}

// SentenceFor is Sentence for those who read what happened to a user: of a group that the user
// joined or left by e, it says that.
func (e *Entry) SentenceFor(user directory.UserID) string {
	switch {
	case e.Resource.Type != "Group":
	case e.Effect == directory.EffectAttached && slices.Contains(e.Members.Added, user):
		return fmt.Sprintf("The person joined the group%s, where the membership waited.", e.called())
	case slices.Contains(e.Members.Added, user):
		return fmt.Sprintf("%s added the person to the group%s.", e.who(), e.called())
	case slices.Contains(e.Members.Removed, user) && e.Effect == directory.EffectDeleted:
		return fmt.Sprintf("%s deleted the group%s, which the person was in.", e.who(), e.called())
	case e.Effect == directory.EffectLeft && slices.Contains(e.Members.Removed, user):
		return fmt.Sprintf("The person left the group%s with the deletion.", e.called())
	case slices.Contains(e.Members.Removed, user):
		return fmt.Sprintf("%s removed the person from the group%s.", e.who(), e.called())
	}
	return e.Sentence()
}

// who returns the sender of the request.
func (e *Entry) who() string {
	switch {
	case e.Undo != "" && e.Actor == "":
		return "An undo"
	case e.Undo != "":
		return "An undo by the administrator " + e.Actor
	case e.By == VoiceAdministrator:
		return "The administrator " + e.Actor
	case e.By == VoicePerson:
		return "The person"
	case e.By == VoiceService:
		return "DevRev"
	case e.Client == "okta":
		return "Okta"
	case e.Client == "entra":
		return "Entra ID"
	default:
		return "The identity provider"
	}
}

// called is the name of a group behind a space; users are known where their entries are read.
func (e *Entry) called() string {
	if e.Name == "" || e.Resource.Type != "Group" {
		return ""
	}
	return " " + e.Name
}

// onlyMoves reports whether e records members who joined or left, and nothing else.
func (e *Entry) onlyMoves() bool {
	return e.Effect == directory.EffectUpdated && len(e.Attributes) == 0 && e.MembersAdded+e.MembersRemoved > 0
}

// moves says how many joined and left.
func (e *Entry) moves() string {
	var parts []string
	if e.MembersAdded > 0 {
		parts = append(parts, fmt.Sprintf("%d joined", e.MembersAdded))
	}
	if e.MembersRemoved > 0 {
		parts = append(parts, fmt.Sprintf("%d left", e.MembersRemoved))
	}
	return strings.Join(parts, " and ")
}

// changed names the attributes that changed, and says that members did.
func (e *Entry) changed() string {
	var names []string
	for _, d := range e.Attributes {
		names = append(names, d.Attribute)
	}
	if e.MembersAdded+e.MembersRemoved > 0 {
		names = append(names, "members ("+e.moves()+")")
	}
	if n := e.Omitted.Attributes; n > 0 {
		names = append(names, fmt.Sprintf("%d more", n))
	}
	if len(names) == 0 {
		return "the state"
	}
	return strings.Join(names, ", ")
}
