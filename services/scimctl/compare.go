package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/devrev/scim/services/internal/apiclient"
	"github.com/devrev/scim/services/internal/prose"
)

// maxExport is the most that an export of the identity provider's assignments may have, in bytes.
const maxExport = 16 << 20

type compareCommand struct {
	File string `arg:"" help:"An export of the identity provider's assignments: CSV, or a JSON object a line; - is standard input."`
}

// Run compares an export with the users. Where they differ, that is an error after the answer.
func (c compareCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	export, err := readFile(c.File, "export", maxExport)
	if err != nil {
		return err
	}
	found, err := api.Compare(ctx, export, mediaOf(export))
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

// mediaOf tells the two forms of an export apart: the name of a column does not begin with a brace.
func mediaOf(export []byte) string {
	if bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(export, []byte("\ufeff")), " \t\r\n"), []byte("{")) {
		return "application/x-ndjson"
	}
	return "text/csv"
}

// tellBroken tells which lines the service could not read, which as JSON is in the problem.
func tellBroken(out *console, err error) {
	p, ok := errors.AsType[*apiclient.Problem](err)
	if !ok || p.Kind() != "export-broken" || out.json {
		return
	}
	var broken struct {
		Lines []struct {
			Line     int    `json:"line"`
			Sentence string `json:"sentence"`
		} `json:"lines"`
	}
	if json.Unmarshal(p.Verbatim, &broken) != nil {
		return
	}
	for _, l := range broken.Lines {
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
