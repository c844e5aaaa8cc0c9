package terms_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/devrev/scim/libs/token/ratelimit"
	"github.com/devrev/scim/services/internal/terms"
)

// TestTermsSurviveTheirEncoding: what tokend writes is what scimd reads.
func TestTermsSurviveTheirEncoding(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := terms.Organisation{
			SSOOff:              rapid.Bool().Draw(t, "ssoOff"),
			UserNameFormat:      rapid.SampledFrom([]terms.UserNameFormat{"", terms.UserNameEmail, terms.UserNameAny}).Draw(t, "format"),
			Strict:              rapid.Bool().Draw(t, "strict"),
			HideValues:          rapid.Bool().Draw(t, "hideValues"),
			RestoreByExternalID: rapid.Bool().Draw(t, "restoreByExternalId"),
			RestoreByUserName:   rapid.Bool().Draw(t, "restoreByUserName"),
			ForgetGroups:        rapid.Bool().Draw(t, "forgetGroups"),
			MatchByExternalID:   rapid.Bool().Draw(t, "matchByExternalId"),
			MatchByUserName:     rapid.Bool().Draw(t, "matchByUserName"),
			Schemas:             rapid.SampledFrom([]terms.Schemas{"", `[{"id":"urn:example:acme"}]`}).Draw(t, "schemas"),
			Guard: rapid.SampledFrom([]terms.Guard{
				{}, {Mode: terms.GuardOff, People: terms.Mass{Count: 1, Minutes: 5}}, {Mode: terms.GuardHold, Undecided: terms.Undecided{Hours: 2, Then: terms.ThenDrop}, Clients: terms.GuardClients{Okta: terms.GuardOff}, Members: terms.MemberMass{Mass: terms.Mass{Count: 7, Percent: 100, Minutes: 1440}}},
			}).Draw(t, "guard"),
			Rate: ratelimit.Rate{PerSecond: rapid.IntRange(0, 1000).Draw(t, "perSecond"), Burst: rapid.IntRange(0, 10_000).Draw(t, "burst")},
		}
		if got := terms.Decode(want.Encode()); got != want {
			t.Fatalf("%+v became %+v", want, got)
		}
	})
}

// TestTheEncodingStaysAsItIs: what a tokend wrote years ago is what a scimd of today reads.
func TestTheEncodingStaysAsItIs(t *testing.T) {
	t.Parallel()
	stored := map[string]string{
		"ssoOff": "true", "userNameFormat": "any", "strict": "true", "hideValues": "true", "restoreByExternalId": "true", "restoreByUserName": "true", "schemas": "[]", "guard": `{"mode":"off","people":{"count":20,"percent":10,"minutes":60},"members":{"count":50,"percent":5,"minutes":90,"onlyPrivileged":false},"undecidedAfter":{"hours":24,"then":"apply"},"clients":{"entra":"observe"}}`, "perSecond": "200", "burst": "300",
	}
	want := terms.Organisation{
		SSOOff: true, UserNameFormat: terms.UserNameAny, Strict: true, HideValues: true, RestoreByExternalID: true, RestoreByUserName: true, Schemas: "[]",
		Guard: terms.Guard{Mode: terms.GuardOff, People: terms.Mass{Count: 20, Percent: 10, Minutes: 60}, Members: terms.MemberMass{Mass: terms.Mass{Count: 50, Percent: 5, Minutes: 90}}, Undecided: terms.Undecided{Hours: 24, Then: terms.ThenApply}, Clients: terms.GuardClients{Entra: terms.GuardObserve}}, Rate: ratelimit.Rate{PerSecond: 200, Burst: 300},
	}
	if got := terms.Decode(stored); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := (terms.Organisation{}).Encode(); len(got) != 0 {
		t.Errorf("terms that are all zero are stored as %v", got)
	}
}
