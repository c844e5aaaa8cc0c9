package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/devrev/scim/services/internal/apiclient"
	"github.com/devrev/scim/services/internal/prose"
)

type compareCommand struct {
	File string `arg:"" help:"An export of the identity provider's assignments: CSV, or a JSON object a line; - is standard input."`
}

// Run compares an export with the users. Where they differ, that is an error after the answer.
func (c compareCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	export, err := readFile(c.File, "export", apiclient.MaxExport)
	if err != nil {
		return err
	}
	found, err := api.Compare(ctx, export)
	if err != nil {
		tellBroken(out, err)
		return err
	}
	if err := out.answer(found, differencesOf(found)); err != nil {
		return err
	}
	if n := len(found.Differences); n > 0 {
		return endWith(differ, "%s between the export and DevRev", prose.Count(n, "difference"))
	}
	return nil
}

// tellBroken tells which lines the service could not read, which as JSON is in the problem.
func tellBroken(out *console, err error) {
	if out.json {
		return
	}
	for _, l := range apiclient.BrokenLines(err) {
		out.note("line %d: %s", l.Line, l.Sentence)
	}
}

func differencesOf(c apiclient.Comparison) []string {
	first := fmt.Sprintf("Lines of the export: %d. Users: %d.", c.Lines, c.Users)
	if len(c.Differences) == 0 {
		return []string{first, "There are no differences."}
	}
	rows := [][]string{{"KIND", "USER NAME", "ID", "LINE", "WHAT"}}
	for _, d := range c.Differences {
		line := ""
		if d.Line > 0 {
			line = strconv.Itoa(d.Line)
		}
		rows = append(rows, []string{d.Kind, d.UserName, d.ID, line, differenceOf(d)})
	}
	return append([]string{first}, table(rows)...)
}

// differenceOf says what differs, where the kind alone does not.
func differenceOf(d apiclient.Difference) string {
	var parts []string
	switch {
	case d.Active == nil:
	case *d.Active:
		parts = append(parts, "active here alone")
	default:
		parts = append(parts, "active in the export alone")
	}
	if len(d.Missing) > 0 {
		parts = append(parts, "only in the export: "+strings.Join(d.Missing, ", "))
	}
	if len(d.Extra) > 0 {
		parts = append(parts, "only here: "+strings.Join(d.Extra, ", "))
	}
	return strings.Join(parts, "; ")
}
