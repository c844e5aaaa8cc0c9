package apiclient

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Guard is how the guard is set, what it has seen and what it holds.
type Guard struct {
	Mode   string `json:"mode"` // off, observe or hold
	People struct {
		Mass
		Left int `json:"left"` // people who left in the window before now
	} `json:"people"`
	Members struct {
		Mass
		OnlyPrivileged bool `json:"onlyPrivileged"` // of other groups, members are only observed
	} `json:"members"`
	Observed []ActivityEntry `json:"observed"` // latest first
	Hold     *Hold           `json:"hold"`     // the latest one; nil: there never was one
}

// Mass is a limit: more than Count, and more than Percent of all, within Minutes.
type Mass struct {
	Count   int `json:"count"`
	Percent int `json:"percent"`
	Minutes int `json:"minutes"`
}

// Hold is what the guard holds back until an administrator decides.
type Hold struct {
	ID      string         `json:"id"`
	State   string         `json:"state"`   // open, deciding or decided
	Verdict string         `json:"verdict"` // approved, rejected or dropped; "" while it is open
	Opened  time.Time      `json:"openedAt"`
	Decided time.Time      `json:"decidedAt"`
	By      string         `json:"by"`
	Note    string         `json:"note"`
	Limit   Mass           `json:"limit"`
	Group   string         `json:"group"`   // whose members were to leave; "": the limit of people was exceeded
	Of      int            `json:"of"`      // how many people or members there were before
	People  map[string]int `json:"people"`  // waiting, applied, rejected, dropped: how many
	Members map[string]int `json:"members"` // as People, of groups
	Groups  map[string]int `json:"groups"`  // as People, to be deleted
	Changes []struct {
		ID    string `json:"id"`
		State string `json:"state"`
	} `json:"changes"` // about which was decided by their ids
}

// Last reports whether the hold was opened because nobody enabled would be left in its Group, which
// is privileged.
func (h Hold) Last() bool { return h.Group != "" && h.Limit == Mass{} }

// HeldPage is a page of what a hold keeps.
type HeldPage struct {
	Changes []Held `json:"changes"`
	Next    string `json:"next"`
}

// Held is what a hold keeps: that a person leave or, with a GroupID, that a member leave a group;
// without a UserID, that the group be deleted.
type Held struct {
	ID        string    `json:"id"` // by which a decision names it
	UserID    string    `json:"userId"`
	Name      string    `json:"name"`
	GroupID   string    `json:"groupId"`
	GroupName string    `json:"groupName"`
	Wanted    string    `json:"wanted"` // deactivated, deleted or removed
	State     string    `json:"state"`
	Client    string    `json:"client"`
	At        time.Time `json:"at"`
}

// Guard returns what the guard has seen.
func (o *Organisation) Guard(ctx context.Context) (Guard, error) {
	return ask[Guard](ctx, o, request{to: directory, method: http.MethodGet, path: "/guard"})
}

// Held returns what a hold keeps.
func (o *Organisation) Held(ctx context.Context, hold string, query url.Values) (HeldPage, error) {
	return ask[HeldPage](ctx, o, request{to: directory, method: http.MethodGet, path: holdPath(hold) + "/changes", query: query})
}

// ApproveHold has these changes of a hold made, or all if there are none.
func (o *Organisation) ApproveHold(ctx context.Context, hold, note string, changes ...string) (Hold, error) {
	return o.decide(ctx, hold, "approve", note, changes)
}

// RejectHold has these changes of a hold refused, or all if there are none.
func (o *Organisation) RejectHold(ctx context.Context, hold, note string, changes ...string) (Hold, error) {
	return o.decide(ctx, hold, "reject", note, changes)
}

func (o *Organisation) decide(ctx context.Context, hold, verdict, note string, changes []string) (Hold, error) {
	body := map[string]any{"note": note}
	if len(changes) > 0 {
		body["changes"] = changes
	}
	return ask[Hold](ctx, o, request{to: directory, method: http.MethodPost, path: holdPath(hold) + "/" + verdict, body: body})
}

func holdPath(id string) string { return "/guard/holds/" + url.PathEscape(id) }
