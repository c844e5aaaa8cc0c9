package main

import (
	"context"
	"encoding/json"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/devrev/scim/services/internal/apiclient"
)

type userCommand struct {
	User  string `arg:"" name:"user" placeholder:"ID|NAME" help:"The user's id, or userName."`
	Lines most   `default:"10" placeholder:"N" help:"How much of the timeline, latest first, 1 to 200; without it, 10."`
}

// person is the answer about one user: what three calls answer, as it came.
type person struct {
	User     json.RawMessage `json:"user"`
	Why      json.RawMessage `json:"why"`
	Timeline json.RawMessage `json:"timeline"`
}

// Run shows a user, why the user is in this state, and what happened last.
func (c userCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	id, err := userID(ctx, api, c.User)
	if err != nil {
		return err
	}
	var all person
	u, err := api.Verbatim(&all.User).User(ctx, id)
	if err != nil {
		return err
	}
	why, err := api.Verbatim(&all.Why).Why(ctx, id)
	if err != nil {
		return err
	}
	timeline, err := api.Verbatim(&all.Timeline).UserTimeline(ctx, id, url.Values{"limit": {strconv.Itoa(int(c.Lines))}})
	if err != nil {
		return err
	}
	lines := append(userOf(u, out.now), "", why.Why)
	if len(timeline.Timeline) > 0 {
		lines = append(append(lines, ""), timelineOf(timeline.Timeline, out.now)...)
	}
	return out.answer(all, lines)
}

var uuids = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// userID returns the id of a user who is named by it, or by the userName. Of several deleted users
// who had the name, it is the one who changed last.
func userID(ctx context.Context, api *apiclient.Organisation, name string) (string, error) {
	if uuids.MatchString(name) {
		return name, nil
	}
	for _, query := range []url.Values{
		{"userName": {name}, "limit": {"1"}},
		{"userName": {name}, "limit": {"1"}, "state": {"deleted"}, "sort": {"-modified"}},
	} {
		page, err := api.Users(ctx, query)
		if err != nil {
			return "", err
		}
		if len(page.Users) > 0 {
			return page.Users[0].ID, nil
		}
	}
	return "", endWith(refused, "there is no user of this name. To see why: scimctl why %s", name)
}

func userOf(u apiclient.User, now time.Time) []string {
	groups := make([]string, len(u.Groups))
	for i, g := range u.Groups {
		groups[i] = g.DisplayName
	}
	signedIn := "never"
	if u.SignedIn {
		signedIn = "yes"
	}
	return table([][]string{
		{"Id", u.ID},
		{"User name", u.UserName},
		{"Name", u.DisplayName},
		{"E-mail", u.Email},
		{"External id", u.ExternalID},
		{"State", stateOf(u)},
		{"Signed in", signedIn},
		{"Groups", strings.Join(groups, ", ")},
		{"Created", when(u.Created, now, "")},
		{"Changed", when(u.Modified, now, "")},
	})
}

func timelineOf(entries []apiclient.ActivityEntry, now time.Time) []string {
	rows := [][]string{{"AT", "WHAT HAPPENED"}}
	for _, e := range entries {
		rows = append(rows, []string{when(e.At, now, ""), e.Sentence})
	}
	return table(rows)
}
