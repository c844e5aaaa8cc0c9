package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/devrev/scim/services/internal/apiclient"
)

// maxRequest is the most that a file with a request may have, in bytes.
const maxRequest = 1 << 20

type tryCommand struct {
	File string `short:"f" required:"" placeholder:"FILE" help:"A file with the request, {\"method\": ..., \"path\": ..., \"body\": ...}; - is standard input."`
}

// Run has the request tried. One that would be refused is an error after the answer.
func (c tryCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	asked, err := readRequest(c.File)
	if err != nil {
		return err
	}
	o, err := api.DryRun(ctx, asked)
	if err != nil {
		return err
	}
	if err := out.relay(outcomeOf(o)); err != nil {
		return err
	}
	if o.Status >= http.StatusBadRequest {
		return endWith(refused, "the request would be refused")
	}
	return nil
}

// readRequest reads a JSON document. What is in it, the service checks.
func readRequest(path string) (json.RawMessage, error) {
	data, err := readFile(path, "request", maxRequest)
	if err == nil && !json.Valid(data) {
		return nil, endWith(misused, "the request is not JSON")
	}
	return data, err
}

func outcomeOf(o apiclient.Outcome) []string {
	lines := []string{fmt.Sprintf("It would be answered with %d %s.", o.Status, http.StatusText(o.Status))}
	changes := o.Changes
	if o.Change != nil {
		changes = append(changes, *o.Change)
	}
	for _, e := range changes {
		lines = append(lines, e.Sentence)
	}
	if len(changes) == 0 {
		lines = append(lines, "It would change nothing.")
	}
	for _, h := range o.WouldHold {
		who := h.UserID
		switch {
		case h.GroupID != "" && h.Wanted == "deleted":
			who = "group " + h.GroupID
		case h.GroupID != "":
			who = fmt.Sprintf("%d members of group %s", h.Count, h.GroupID)
		}
		lines = append(lines, "The guard would not let "+who+" be "+h.Wanted+": "+h.Sentence)
	}
	var rest []string
	for path, tag := range o.BasedOn {
		rest = append(rest, "Based on "+path+" at "+tag)
	}
	slices.Sort(rest)
	lines = append(lines, rest...)
	if len(o.Body) > 0 {
		if body, err := encode(o.Body, "  "); err == nil {
			lines = append(append(lines, ""), strings.Split(strings.TrimSuffix(body, "\n"), "\n")...)
		}
	}
	return lines
}
