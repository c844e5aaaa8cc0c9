package tokenhttp

import (
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/token/issuer"
)

// guard is terms.Guard in an answer.
type guard struct {
	Mode    terms.GuardMode `json:"mode"`
	People  mass            `json:"people"`
	Members mass            `json:"members"`
}

type mass struct {
	Count   int `json:"count"`
	Percent int `json:"percent"`
	Minutes int `json:"minutes"`
}

func guardOf(g terms.Guard) guard {
	g = g.Effective()
	return guard{g.Mode, mass(g.People), mass(g.Members)}
}

// guardChange is a merge patch of a guard: missing members stay as they are, and null resets to the
// default.
type guardChange struct {
	Mode    setting[terms.GuardMode] `json:"mode"`
	People  setting[massChange]      `json:"people"`
	Members setting[massChange]      `json:"members"`
}

type massChange struct {
	Count   setting[int] `json:"count"`
	Percent setting[int] `json:"percent"`
	Minutes setting[int] `json:"minutes"`
}

// of returns g with the change, as it is stored. The error is *issuer.Invalid.
func (c guardChange) of(g terms.Guard) (terms.Guard, error) {
	g = g.Effective()
	c.Mode.into(&g.Mode, terms.DefaultGuard().Mode)
	for _, m := range []struct {
		change    setting[massChange]
		into      *terms.Mass
		otherwise terms.Mass
	}{{c.People, &g.People, terms.DefaultGuard().People}, {c.Members, &g.Members, terms.DefaultGuard().Members}} {
		if m.change.null {
			*m.into = m.otherwise
		}
		m.change.value.Count.into(&m.into.Count, m.otherwise.Count)
		m.change.value.Percent.into(&m.into.Percent, m.otherwise.Percent)
		m.change.value.Minutes.into(&m.into.Minutes, m.otherwise.Minutes)
	}
	return issuer.NewGuard(g)
}
