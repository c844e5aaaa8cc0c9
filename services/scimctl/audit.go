package main

import (
	"context"
	"strconv"
	"time"

	"github.com/devrev/scim/services/internal/apiclient"
)

type auditCommand struct {
	List   auditListCommand   `cmd:"" help:"A page of the audit, latest first."`
	Export auditExportCommand `cmd:"" help:"Write the whole audit to a new file, oldest first, a JSON object in each line."`
	Verify auditVerifyCommand `cmd:"" help:"Check that the audit, or an export, is complete and unchanged."`
}

type auditListCommand struct {
	Limit   most    `default:"100" placeholder:"N" help:"At most so many, 1 to 200; without it, 100."`
	After   string  `placeholder:"POSITION" help:"Continue after the page that printed this value."`
	Action  string  `placeholder:"ACTION" help:"Such as token.revoke."`
	TokenID tokenID `name:"token-id" placeholder:"ID" help:"What is about this token."`
	Since   *moment `placeholder:"WHEN" help:"A time, or how long ago, such as 7d."`
	Until   *moment `placeholder:"WHEN" help:"The same; what is earlier."`
}

// Run lists a page.
func (c auditListCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	page, err := api.Audit(ctx, apiclient.AuditQuery{
		Limit: int(c.Limit), After: c.After, Action: c.Action, TokenID: string(c.TokenID), Since: c.Since.back(out.now), Until: c.Until.back(out.now),
	})
	if err != nil {
		return err
	}
	return out.page(entriesOf(page.Audit, out.now), page.Next)
}

func entriesOf(entries []apiclient.Entry, now time.Time) []string {
	if len(entries) == 0 {
		return []string{"There are no such entries."}
	}
	rows := [][]string{{"SEQ", "AT", "ACTION", "RESULT", "TOKEN", "OTHER TOKEN", "ACTOR", "ADDRESS"}}
	for _, e := range entries {
		seq := ""
		if e.Seq > 0 {
			seq = strconv.FormatInt(e.Seq, 10)
		}
		rows = append(rows, []string{seq, when(e.At, now, ""), e.Action, e.Result, e.TokenID, e.OtherID, e.Actor, e.Address})
	}
	return table(rows)
}
