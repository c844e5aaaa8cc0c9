package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/devrev/scim/services/internal/apiclient"
)

type activityCommand struct {
	stretch

	User      string  `placeholder:"ID" help:"What is about this user."`
	Group     string  `placeholder:"ID" help:"What is about this group; not together with --user."`
	Kind      string  `placeholder:"change|edit|sign-in|auth|read" help:"What is of this kind."`
	Effect    string  `placeholder:"created|restored|updated|deactivated|reactivated|deleted|unchanged|attached|left|refused" help:"What had this effect."`
	Client    string  `placeholder:"okta|entra|other|unnamed" help:"What this client sent."`
	TokenID   tokenID `name:"token-id" placeholder:"ID" help:"What was sent with this token."`
	Status    string  `placeholder:"STATUS" help:"Refusals with this status, such as 409."`
	RequestID string  `name:"request-id" placeholder:"ID" help:"What this request did."`
	TraceID   string  `name:"trace-id" placeholder:"ID" help:"What is of this trace."`
	Since     *moment `placeholder:"WHEN" help:"A time, or how long ago, such as 7d."`
	Until     *moment `placeholder:"WHEN" help:"The same; what is earlier."`
}

// Run lists what the identity provider did, latest first.
func (c activityCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	page, err := api.Activity(ctx, c.query(map[string]string{
		"user": c.User, "group": c.Group, "kind": c.Kind, "effect": c.Effect, "client": c.Client, "tokenId": string(c.TokenID), "status": c.Status,
		"requestId": c.RequestID, "traceId": c.TraceID, "since": timestamp(c.Since.back(out.now)), "until": timestamp(c.Until.back(out.now)),
	}))
	if err != nil {
		return err
	}
	return out.page(activityOf(page.Activity, out.now), page.Next)
}

// timestamp is a time as the API takes it; "" of none.
func timestamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

func activityOf(entries []apiclient.ActivityEntry, now time.Time) []string {
	if len(entries) == 0 {
		return []string{"There are no such entries."}
	}
	rows := [][]string{{"AT", "BY", "REQUEST", "EFFECT", "ABOUT", "WHY"}}
	for _, e := range entries {
		about := strings.TrimSpace(e.Resource.Type + " " + cmp.Or(e.Name, e.Resource.ID))
		rows = append(rows, []string{when(e.At, now, ""), cmp.Or(e.By, e.Client), e.RequestID, e.Effect, about, reasonOf(e)})
	}
	return table(rows)
}

// reasonOf is why an entry's request was refused; "" if it was not.
func reasonOf(e apiclient.ActivityEntry) string {
	why := ""
	if e.Refusal != nil {
		why = fmt.Sprintf("%d: %s", e.Refusal.Status, e.Refusal.Detail)
	}
	if e.Credential != "" {
		why = strings.TrimSpace(why + " (the token: " + strings.ReplaceAll(e.Credential, "_", " ") + ")")
	}
	if e.Times > 1 {
		why = fmt.Sprintf("%s (%d times)", why, e.Times)
	}
	return why
}
