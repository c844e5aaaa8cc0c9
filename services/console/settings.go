package console

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/devrev/scim/services/internal/apiclient"
)

// settingsPage is what the organisation has decided.
type settingsPage struct {
	apiclient.Settings

	Text string // the organisation's own schemas, as JSON
}

func (s *Console) settings(v *visit) error {
	current, err := v.api.Settings(v.Request.Context())
	if err != nil {
		return err
	}
	p := settingsPage{Settings: current}
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
	switch setting {
	case "strict", "hideValues":
		value = typed == "on"
	case "schemas":
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
	if _, err := v.api.PatchSettings(v.Request.Context(), map[string]any{setting: value}); err != nil {
		return v.again(err, s.settings)
	}
	return v.done("settings", v.path("settings"))
}

// auditPage is who asked for what.
type auditPage struct {
	apiclient.AuditPage

	Pager pager
}

// auditChange is what an act changed, as its entry says.
type auditChange struct{ Member, Before, After string }

// changed returns what the act of an entry changed; nothing, if the action says it all.
func changed(e apiclient.Entry) (changes []auditChange) {
	_ = json.Unmarshal(e.Rest["changes"], &changes) // absent, or of a service that says it otherwise
	return changes
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
