package tokenhttp_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/devrev/scim/services/internal/terms"
)

// guardOf reads the setting guard.
func (a *api) guardOf() terms.Guard {
	a.t.Helper()
	var s struct{ Guard terms.Guard }
	a.admin("org-a", "GET", settingsPath, "").want(http.StatusOK).into(&s)
	return s.Guard
}

// TestTheGuardIsSetMemberByMember: what a change does not name stays, and what is refused changes
// nothing.
func TestTheGuardIsSetMemberByMember(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.organisation("org-a")
	otherwise := terms.DefaultGuard()
	want := otherwise
	for n, step := range []struct {
		rule, method, body string
		status             int
		change             func(g *terms.Guard) // of what holds then; nil: none
	}{
		{"an organisation that decided nothing has the default", "PATCH", `{}`, 200, nil},
		{"a limit changes in one member", "PATCH", `{"guard":{"people":{"count":5}}}`, 200, func(g *terms.Guard) { g.People.Count = 5 }},
		{"the mode changes alone", "PATCH", `{"guard":{"mode":"off"}}`, 200, func(g *terms.Guard) { g.Mode = terms.GuardOff }},
		{"another setting leaves the guard", "PATCH", `{"strict":true}`, 200, nil},
		{"a limit changes whole", "PATCH", `{"guard":{"members":{"count":7,"percent":0,"minutes":1440}}}`, 200, func(g *terms.Guard) { g.Members.Mass = terms.Mass{Count: 7, Minutes: 1440} }},
		{"ordinary groups are held as well", "PATCH", `{"guard":{"members":{"onlyPrivileged":false}}}`, 200, func(g *terms.Guard) { g.Members.OnlyPrivileged = false }},
		{"people know no privilege", "PATCH", `{"guard":{"people":{"onlyPrivileged":false}}}`, 400, nil},
		{"null resets a member", "PATCH", `{"guard":{"people":{"count":null},"mode":null}}`, 200, func(g *terms.Guard) { g.People, g.Mode = otherwise.People, otherwise.Mode }},
		{"null resets a limit", "PATCH", `{"guard":{"members":null}}`, 200, func(g *terms.Guard) { g.Members = otherwise.Members }},
		{"a mode that there is not is refused", "PATCH", `{"guard":{"mode":"panic"}}`, 400, nil},
		{"a count of none is refused", "PATCH", `{"guard":{"people":{"count":0}}}`, 400, nil},
		{"a percentage above all is refused", "PATCH", `{"guard":{"people":{"percent":101}}}`, 400, nil},
		{"a window of more than a day is refused", "PATCH", `{"guard":{"members":{"minutes":1441}}}`, 400, nil},
		{"an unknown member is refused", "PATCH", `{"guard":{"persons":{}}}`, 400, nil},
		{"another type is refused", "PATCH", `{"guard":{"people":20}}`, 400, nil},
		{"a client has its own mode", "PATCH", `{"guard":{"mode":"hold","clients":{"entra":"hold"}}}`, 200, func(g *terms.Guard) { g.Mode, g.Clients.Entra = terms.GuardHold, terms.GuardHold }},
		{"a client that is not known is refused", "PATCH", `{"guard":{"clients":{"google":"off"}}}`, 400, nil},
		{"a client's mode that there is not is refused", "PATCH", `{"guard":{"clients":{"okta":"all"}}}`, 400, nil},
		{"who is undecided drops", "PATCH", `{"guard":{"undecidedAfter":{"then":"drop"}}}`, 200, func(g *terms.Guard) { g.Undecided.Then = terms.ThenDrop }},
		{"no time to decide is refused", "PATCH", `{"guard":{"undecidedAfter":{"hours":0}}}`, 400, nil},
		{"an end that there is not is refused", "PATCH", `{"guard":{"undecidedAfter":{"then":"wait"}}}`, 400, nil},
		{"null resets these", "PATCH", `{"guard":{"undecidedAfter":null,"clients":null,"mode":null}}`, 200, func(g *terms.Guard) {
			g.Undecided, g.Clients, g.Mode = otherwise.Undecided, otherwise.Clients, otherwise.Mode
		}},
		{"a change, for what follows", "PATCH", `{"guard":{"people":{"minutes":5}}}`, 200, func(g *terms.Guard) { g.People.Minutes = 5 }},
		{"PUT that would lose it is refused", "PUT", `{"strict":true}`, 400, nil},
		{"PUT sets the rest to the default", "PUT", `{"strict":true,"guard":{"members":{"count":9}}}`, 200, func(g *terms.Guard) { *g = otherwise; g.Members.Count = 9 }},
		{"null resets all of it", "PATCH", `{"guard":null}`, 200, func(g *terms.Guard) { *g = otherwise }},
	} {
		a.admin("org-a", step.method, settingsPath, step.body).want(step.status)
		if step.change != nil {
			step.change(&want)
		}
		if got := a.guardOf(); got != want {
			text, _ := json.Marshal(got)
			t.Errorf("%d %s: it is %s, want %s", n, step.rule, text, want.String())
		}
	}
}
