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
	Members  Mass            `json:"members"`
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
	Group   string         `json:"group"`  // privileged, of which the last enabled person was to leave; "": a limit was exceeded
	Of      int            `json:"of"`     // how many people were enabled before
	People  map[string]int `json:"people"` // waiting, applied, rejected, dropped: how many
	Changes []struct {
		UserID string `json:"userId"`
		State  string `json:"state"`
	} `json:"changes"` // of people who were decided about by their ids
}

// HeldPage is a page of the people of a hold.
type HeldPage struct {
	Changes []HeldPerson `json:"changes"`
	Next    string       `json:"next"`
}

// HeldPerson is a person of a hold.
type HeldPerson struct {
	UserID string    `json:"userId"`
	Name   string    `json:"name"`
	Wanted string    `json:"wanted"` // deactivated or deleted
	State  string    `json:"state"`
	Client string    `json:"client"`
	At     time.Time `json:"at"`
}

// Guard returns what the guard has seen.
func (o *Organisation) Guard(ctx context.Context) (Guard, error) {
	return ask[Guard](ctx, o, request{to: directory, method: http.MethodGet, path: "/guard"})
}

// Held returns people of a hold.
func (o *Organisation) Held(ctx context.Context, hold string, query url.Values) (HeldPage, error) {
	return ask[HeldPage](ctx, o, request{to: directory, method: http.MethodGet, path: holdPath(hold) + "/changes", query: query})
}

// ApproveHold has these people of a hold leave, or all if there are none.
func (o *Organisation) ApproveHold(ctx context.Context, hold, note string, people ...string) (Hold, error) {
	return o.decide(ctx, hold, "approve", note, people)
}

// RejectHold has these people of a hold stay, or all if there are none.
func (o *Organisation) RejectHold(ctx context.Context, hold, note string, people ...string) (Hold, error) {
	return o.decide(ctx, hold, "reject", note, people)
}

func (o *Organisation) decide(ctx context.Context, hold, verdict, note string, people []string) (Hold, error) {
	body := map[string]any{"note": note}
	if len(people) > 0 {
		body["changes"] = people
	}
	return ask[Hold](ctx, o, request{to: directory, method: http.MethodPost, path: holdPath(hold) + "/" + verdict, body: body})
}

func holdPath(id string) string { return "/guard/holds/" + url.PathEscape(id) }
