package console

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/devrev/scim/services/internal/apiclient"
)

// settingsPage is what the organisation has decided.
type settingsPage struct {
	Switches []toggle
	Text     string // the organisation's own schemas, as JSON
}

// toggle is a setting that is on or off.
type toggle struct {
	Name  string // of the API
	Title string
	Means string // what it does when it is on
	On    bool
}

func togglesOf(s apiclient.Settings) []toggle {
	return []toggle{
		{"strict", "Strict", "When on, what departs from the standard is refused instead of corrected. Okta and Entra ID depart from it in each push, so leave it off for them.", s.Strict},
		{"hideValues", "Hide values", "When on, the activity names the attributes that changed, and keeps no values of them. It applies to what arrives from then on.", s.HideValues},
		{
			"restoreByUserName", "Restore by user name",
			"Your organisation never gives an address to another person. When on, a user who is created with the address of a deactivated or deleted user and another externalId gets that user's id and history, " +
				"without the groups. When off, such a create is refused for a deactivated user, and makes a new user for a deleted one.",
			s.RestoreByUserName,
		},
		{
			"restoreByExternalId", "Restore by externalId",
			"Your identity provider never gives an externalId to another person, as Okta's user ids and Entra ID's object ids. When on, a user who is created with the externalId of a deactivated or deleted user " +
				"gets that user's id and history under the new address, without the groups. When off, such a create makes a new user.",
			s.RestoreByExternalID,
		},
		{
			"forgetGroups", "Forget groups",
			"When on, a person who is deleted and comes back is in none of the groups from before. When off, the person is in them again, unless your identity provider has said otherwise meanwhile.",
			s.ForgetGroups,
		},
		{
			"matchByUserName", "Match members by user name",
			"When on, a group's member that DevRev does not have waits for the person who has its value as user name, and not only as id. Whoever can choose user names in your identity provider " +
				"can then enter groups by them. Into a privileged group, an administrator lets each one.",
			s.MatchByUserName,
		},
		{
			"matchByExternalId", "Match members by externalId",
			"The same by the externalId of the person, as scripts send it in place of the id.",
			s.MatchByExternalID,
		},
	}
}

func (s *Console) settings(v *visit) error {
	current, err := v.api.Settings(v.Request.Context())
	if err != nil {
		return err
	}
	p := settingsPage{Switches: togglesOf(current)}
	if len(current.Schemas) > 0 {
		text, err := json.MarshalIndent(current.Schemas, "", "  ")
		if err != nil {
			return err
		}
		p.Text = string(text)
	}
	return v.show(http.StatusOK, "settings", "Settings", p)
}

// changeSettings changes the one setting that the form is about, and leaves the others.
func (s *Console) changeSettings(v *visit) error {
	setting, typed := v.PostForm("setting"), v.PostForm("value")
	var value any
	switch {
	case slices.ContainsFunc(togglesOf(apiclient.Settings{}), func(t toggle) bool { return t.Name == setting }):
		value = typed == "on"
	case setting == "schemas":
		schemas := []json.RawMessage{}
		if text := strings.TrimSpace(typed); text != "" {
			if err := json.Unmarshal([]byte(text), &schemas); err != nil {
				return v.wrong("The schemas are not a JSON list. Check the brackets and commas.", s.settings)
			}
		}
		value = schemas
	default:
		return errNothingHere
	}
	if _, err := v.api.PatchSettings(v.Request.Context(), "", map[string]any{setting: value}); err != nil {
		return v.again(err, s.settings)
	}
	return v.done("settings", v.path("settings"))
}

// auditPage is who asked for what.
type auditPage struct {
	apiclient.AuditPage

	Pager pager
}

func (s *Console) audit(v *visit) error {
	found, err := v.api.Audit(v.Request.Context(), apiclient.AuditQuery{
		Limit: pageSize, After: v.Query("after"), Action: v.Query("action"), TokenID: v.Query("tokenId"),
	})
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "audit", "Audit", auditPage{found, v.pager(found.Next)}, crumb{"Settings", v.path("settings")})
}

func (s *Console) verify(v *visit) error {
	found, err := v.api.VerifyAudit(v.Request.Context())
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "verify", "Is the audit whole?", found, crumb{"Settings", v.path("settings")}, crumb{"Audit", v.path("settings", "audit")})
}
