package audit

import (
	"time"

	"github.com/google/uuid"
)

// New returns the entry of an act that is about to begin. It is made once for an act, however often
// the act starts over: adding it again changes nothing.
func New(now time.Time, by Caller, action Action, org string) Entry {
	return Entry{
		ID: uuid.Must(uuid.NewV7()).String(), At: now.UTC().Truncate(time.Millisecond), Org: org, Action: action,
		Result: ResultBegun, Caller: by,
	}
}

// StaffRead returns the entry of a member of DevRev's staff who reads the organisation, of which an
// audit has one an hour for each person, whichever program adds it.
func StaffRead(now time.Time, by Caller, org string) Entry {
	e := New(now, by, ActionStaff, org)
	e.Result = ResultNoted
	e.Once = "staff/" + e.At.Truncate(time.Hour).Format("2006-01-02T15") + "/" + by.Subject
	return e
}
