package terms

import "encoding/json"

// Guard says what a mass change is: so many people, or members of one group, leave within so short
// a time that somebody should know. The zero value is DefaultGuard.
type Guard struct {
	Mode    GuardMode `json:"mode"`
	People  Mass      `json:"people"`  // people who are deactivated or deleted, of those who were enabled
	Members Mass      `json:"members"` // members who leave one group, of those that it had
}

// GuardMode is what becomes of a mass change.
type GuardMode string

// The modes.
const (
	GuardOff     GuardMode = "off"
	GuardObserve GuardMode = "observe" // nothing is delayed; it is told
)

// Mass is from when on it is one: more than Count, and more than Percent of all that were there
// before, within Minutes.
type Mass struct {
	Count   int `json:"count"`
	Percent int `json:"percent"`
	Minutes int `json:"minutes"`
}

// Bounds of a Mass.
const (
	MaxMassCount   = 1_000_000
	MaxMassMinutes = 24 * 60
)

// DefaultGuard is the guard of an organisation that has decided nothing.
func DefaultGuard() Guard { return Guard{GuardObserve, Mass{20, 10, 60}, Mass{50, 50, 60}} }

// Effective returns g with all that it says, where the zero value says nothing.
func (g Guard) Effective() Guard {
	if g == (Guard{}) {
		return DefaultGuard()
	}
	return g
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

// ParseGuard reads what String returns. What it cannot read is zero.
func ParseGuard(text string) (g Guard) {
	if err := json.Unmarshal([]byte(text), &g); err != nil {
		return Guard{}
	}
	return g
}
