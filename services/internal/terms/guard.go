package terms

import (
	"encoding/json"

	"github.com/devrev/scim/libs/token"
)

// Guard says what a mass change is: so many people, or members of one group, leave within so short
// a time that somebody should know. The zero value is DefaultGuard.
type Guard struct {
	Mode      GuardMode    `json:"mode"`
	People    Mass         `json:"people"`  // people who are deactivated or deleted, of those who were enabled
	Members   MemberMass   `json:"members"` // members who leave one group, of those that it had
	Undecided Undecided    `json:"undecidedAfter"`
	Clients   GuardClients `json:"clients"`
}

// GuardMode is what becomes of a mass change.
type GuardMode string

// The modes.
const (
	GuardOff     GuardMode = "off"
	GuardObserve GuardMode = "observe" // nothing is delayed; it is told
	GuardHold    GuardMode = "hold"    // people and members beyond the limit stay until somebody decides
)

// Mass is from when on it is one: more than Count, and more than Percent of all that were there
// before, within Minutes.
type Mass struct {
	Count   int `json:"count"`
	Percent int `json:"percent"`
	Minutes int `json:"minutes"`
}

// MemberMass is a Mass of members, and whose members GuardHold is about.
type MemberMass struct {
	Mass
	// OnlyPrivileged leaves groups that nobody has marked as privileged to GuardObserve.
	OnlyPrivileged bool `json:"onlyPrivileged"`
}

// Undecided is what becomes of a hold that nobody has decided about for so many hours.
type Undecided struct {
	Hours int  `json:"hours"`
	Then  Then `json:"then"`
}

// Then is what becomes of it.
type Then string

// What becomes of it.
const (
	ThenApply Then = "apply" // who was to leave leaves
	ThenDrop  Then = "drop"  // who was to leave stays
)

// GuardClients are how far the guard goes for the requests of each client; "" is as far as its mode
// says.
type GuardClients struct {
	Okta    GuardMode `json:"okta,omitempty"`
	Entra   GuardMode `json:"entra,omitempty"`
	Other   GuardMode `json:"other,omitempty"`
	Unnamed GuardMode `json:"unnamed,omitempty"`
}

// Bounds of a Guard.
const (
	MaxMassCount      = 1_000_000
	MaxMassMinutes    = 24 * 60
	MaxUndecidedHours = 7 * 24
)

// DefaultGuard is the guard of an organisation that has decided nothing. Entra ID counts what is
// held as failures and may pause the whole job, so nothing of it is held unless the organisation
// says so.
func DefaultGuard() Guard {
	return Guard{
		Mode: GuardObserve, People: Mass{20, 10, 60}, Members: MemberMass{Mass{50, 50, 60}, true}, Undecided: Undecided{24, ThenApply},
		Clients: GuardClients{Entra: GuardObserve, Unnamed: GuardObserve},
	}
}

// Effective returns g with all that it says, where the zero value says nothing.
func (g Guard) Effective() Guard {
	if g == (Guard{}) {
		return DefaultGuard()
	}
	return g
}

// ModeFor returns what becomes of mass changes that come from the client: as far as the mode says,
// and no further than the client's own.
func (g Guard) ModeFor(client string) GuardMode {
	g = g.Effective()
	own := map[token.Client]GuardMode{
		token.ClientOkta: g.Clients.Okta, token.ClientEntra: g.Clients.Entra, token.ClientOther: g.Clients.Other, token.ClientUnnamed: g.Clients.Unnamed,
	}[token.Client(client)]
	if own != "" && own.strength() < g.Mode.strength() {
		return own
	}
	return g.Mode
}

// HoldsMembers reports whether members who leave a group by a request of the client may be held.
func (g Guard) HoldsMembers(client string, privileged bool) bool {
	return g.ModeFor(client) == GuardHold && (privileged || !g.Effective().Members.OnlyPrivileged)
}

// strength sorts the modes by how far they go.
func (m GuardMode) strength() int {
	switch m {
	case GuardHold:
		return 2
	case GuardObserve:
		return 1
	default:
		return 0
	}
}

// Stored returns g as it is stored: zero if it is the default, which may change.
func (g Guard) Stored() Guard {
	if g == DefaultGuard() {
		return Guard{}
	}
	return g
}

// String returns g as one line of JSON, "" for the zero value.
func (g Guard) String() string {
	if g == (Guard{}) {
		return ""
	}
	text, _ := json.Marshal(g) // fails for no value of this type
	return string(text)
}

// ParseGuard reads what String returns. What it cannot read is zero; what an earlier version did
// not write is the default.
func ParseGuard(text string) Guard {
	if text == "" { // as most organisations have it; each request asks
		return Guard{}
	}
	g := Guard{Members: DefaultGuard().Members, Undecided: DefaultGuard().Undecided, Clients: DefaultGuard().Clients}
	var said struct {
		Clients *GuardClients `json:"clients"`
	}
	data := []byte(text)
	if json.Unmarshal(data, &g) != nil || json.Unmarshal(data, &said) != nil {
		return Guard{}
	}
	if said.Clients != nil {
		g.Clients = *said.Clients
	}
	return g
}
