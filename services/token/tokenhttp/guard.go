package tokenhttp

import (
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/token/issuer"
)

// guardChange is a merge patch of a guard: missing members stay as they are, and null resets to the
// default.
type guardChange struct {
	Mode      setting[terms.GuardMode]    `json:"mode"`
	People    setting[massChange]         `json:"people"`
	Members   setting[memberMassChange]   `json:"members"`
	Undecided setting[undecidedChange]    `json:"undecidedAfter"`
	Clients   setting[guardClientsChange] `json:"clients"`
}

type undecidedChange struct {
	Hours setting[int]        `json:"hours"`
	Then  setting[terms.Then] `json:"then"`
}

type guardClientsChange struct {
	Okta    setting[terms.GuardMode] `json:"okta"`
	Entra   setting[terms.GuardMode] `json:"entra"`
	Other   setting[terms.GuardMode] `json:"other"`
	Unnamed setting[terms.GuardMode] `json:"unnamed"`
}

type massChange struct {
	Count   setting[int] `json:"count"`
	Percent setting[int] `json:"percent"`
	Minutes setting[int] `json:"minutes"`
}

type memberMassChange struct {
	Count          setting[int]  `json:"count"`
	Percent        setting[int]  `json:"percent"`
	Minutes        setting[int]  `json:"minutes"`
	OnlyPrivileged setting[bool] `json:"onlyPrivileged"`
}

// into makes the change of m, which is otherwise by default.
func (c massChange) into(m *terms.Mass, otherwise terms.Mass) {
	c.Count.into(&m.Count, otherwise.Count)
	c.Percent.into(&m.Percent, otherwise.Percent)
	c.Minutes.into(&m.Minutes, otherwise.Minutes)
}

// of returns g with the change, as it is stored. The error is *issuer.Invalid.
func (c guardChange) of(g terms.Guard) (terms.Guard, error) {
	g = g.Effective()
	otherwise := terms.DefaultGuard()
	c.Mode.into(&g.Mode, otherwise.Mode)
	if c.People.null {
		g.People = otherwise.People
	}
	c.People.value.into(&g.People, otherwise.People)
	if c.Members.null {
		g.Members = otherwise.Members
	}
	members := c.Members.value
	massChange{members.Count, members.Percent, members.Minutes}.into(&g.Members.Mass, otherwise.Members.Mass)
	members.OnlyPrivileged.into(&g.Members.OnlyPrivileged, otherwise.Members.OnlyPrivileged)
	if c.Undecided.null {
		g.Undecided = otherwise.Undecided
	}
	c.Undecided.value.Hours.into(&g.Undecided.Hours, otherwise.Undecided.Hours)
	c.Undecided.value.Then.into(&g.Undecided.Then, otherwise.Undecided.Then)
	if c.Clients.null {
		g.Clients = otherwise.Clients
	}
	c.Clients.value.Okta.into(&g.Clients.Okta, otherwise.Clients.Okta)
	c.Clients.value.Entra.into(&g.Clients.Entra, otherwise.Clients.Entra)
	c.Clients.value.Other.into(&g.Clients.Other, otherwise.Clients.Other)
	c.Clients.value.Unnamed.into(&g.Clients.Unnamed, otherwise.Clients.Unnamed)
	return issuer.NewGuard(g)
}
