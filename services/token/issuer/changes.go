package issuer

import (
	"strconv"
	"time"

	"github.com/devrev/scim/services/internal/audit"
)

// changesBetween returns the differences of the terms and the settings, named as in the API.
// Whether SCIM is on is not among them: the action implies it.
func changesBetween(before, after Organisation) []audit.Change {
	was, is := told(before), told(after)
	var changes []audit.Change
	for n := range was {
		if was[n].value != is[n].value {
			changes = append(changes, audit.Change{Member: was[n].member, Before: was[n].value, After: is[n].value})
		}
	}
	return changes
}

type member struct{ member, value string }

// told returns the terms and settings of an organisation, in words.
func told(o Organisation) []member {
	t, s := o.Terms, o.Settings
	rate := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Format(time.RFC3339)
	}
	return []member{
		{"sso.enabled", strconv.FormatBool(t.SSO)},
		{"sso.connection", t.Connection},
		{"userNameFormat", string(t.UserNameFormat)},
		{"rate.perSecond", rate(t.Rate.PerSecond)},
		{"rate.burst", rate(t.Rate.Burst)},
		{"leavesAt", at(o.LeavesAt)},
		{"strict", strconv.FormatBool(s.Strict)},
		{"hideValues", strconv.FormatBool(s.HideValues)},
		{"restoreByExternalId", strconv.FormatBool(s.RestoreByExternalID)},
		{"restoreByUserName", strconv.FormatBool(s.RestoreByUserName)},
		{"forgetGroups", strconv.FormatBool(s.ForgetGroups)},
		{"matchByExternalId", strconv.FormatBool(s.MatchByExternalID)},
		{"matchByUserName", strconv.FormatBool(s.MatchByUserName)},
		{"schemas", string(s.Schemas)},
		{"guard", s.Guard.Effective().String()},
	}
}
