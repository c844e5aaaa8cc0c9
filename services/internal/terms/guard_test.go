package terms_test

import (
	"testing"

	"github.com/devrev/scim/services/internal/terms"
)

// TestAClientsModeOnlyLimits: whatever the guard may do, it does no more to a client than either
// mode says.
func TestAClientsModeOnlyLimits(t *testing.T) {
	t.Parallel()
	hold := terms.DefaultGuard()
	hold.Mode = terms.GuardHold
	off := hold
	off.Mode = terms.GuardOff
	all := hold
	all.Clients = terms.GuardClients{Okta: terms.GuardOff}
	for _, c := range []struct {
		rule   string
		guard  terms.Guard
		client string
		want   terms.GuardMode
	}{
		{"nothing is decided", terms.Guard{}, "okta", terms.GuardObserve},
		{"Okta is held", hold, "okta", terms.GuardHold},
		{"another client is held", hold, "other", terms.GuardHold},
		{"Entra ID is observed by default", hold, "entra", terms.GuardObserve},
		{"so is a client without a name", hold, "unnamed", terms.GuardObserve},
		{"off is off for all", off, "entra", terms.GuardOff},
		{"a client may be left out", all, "okta", terms.GuardOff},
		{"and others held", all, "entra", terms.GuardHold},
	} {
		if got := c.guard.ModeFor(c.client); got != c.want {
			t.Errorf("%s: %s, want %s", c.rule, got, c.want)
		}
	}
}

// TestWhoseMembersMayBeHeld: those of marked groups or, where the organisation says so, of all.
func TestWhoseMembersMayBeHeld(t *testing.T) {
	t.Parallel()
	hold := terms.DefaultGuard()
	hold.Mode = terms.GuardHold
	all := hold
	all.Members.OnlyPrivileged = false
	for _, c := range []struct {
		rule       string
		guard      terms.Guard
		client     string
		privileged bool
		want       bool
	}{
		{"nothing is decided", terms.Guard{}, "okta", true, false},
		{"a privileged group", hold, "okta", true, true},
		{"an ordinary group", hold, "okta", false, false},
		{"an ordinary group where all are meant", all, "okta", false, true},
		{"a client that is only observed", all, "entra", true, false},
	} {
		if got := c.guard.HoldsMembers(c.client, c.privileged); got != c.want {
			t.Errorf("%s: %t", c.rule, got)
		}
	}
}

// TestAnEarlierGuardIsRead: what it did not write has the default.
func TestAnEarlierGuardIsRead(t *testing.T) {
	t.Parallel()
	want := terms.DefaultGuard()
	want.People.Count = 5
	if got := terms.ParseGuard(`{"mode":"observe","people":{"count":5,"percent":10,"minutes":60},"members":{"count":50,"percent":50,"minutes":60}}`); got != want {
		t.Errorf("it is %+v, want %+v", got, want)
	}
	if got := terms.ParseGuard("no guard"); got != (terms.Guard{}) {
		t.Errorf("what cannot be read is %+v", got)
	}
}
