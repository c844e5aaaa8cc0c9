package activity_test

import (
	"testing"

	"github.com/devrev/scim/services/scim/activity"
)

func TestARefusalSaysWhatWasAsked(t *testing.T) {
	t.Parallel()
	for want, request := range map[string]activity.Request{
		"Okta sent PATCH and was refused: No.":             {Method: "PATCH", Resource: activity.Resource{Type: "User", ID: "7"}},
		"Okta asked to read the user and was refused: No.": {Method: "GET", Resource: activity.Resource{Type: "User", ID: "7"}},
		"Okta asked to read groups and was refused: No.":   {Method: "GET", Resource: activity.Resource{Type: "Group"}},
		"Okta asked to read and was refused: No.":          {Method: "GET"},
	} {
		request.Client = "okta"
		e := activity.Entry{Request: request, Effect: activity.EffectRefused, Refusal: activity.Refusal{Detail: "No."}}
		if got := e.Sentence(); got != want {
			t.Errorf("it says %q, want %q", got, want)
		}
	}
}
