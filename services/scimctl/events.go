package main

import (
	"cmp"
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/devrev/scim/services/internal/apiclient"
)

// eventWait is how long one request waits for an event. After an answer without one, eventRest is
// the pause before the next request: where too many wait, the service answers at once.
const (
	eventWait = 5 * time.Second
	eventRest = time.Second
)

type eventsCommand struct {
	After  int64 `placeholder:"SEQ" help:"What came after the event of this number; without it, from the beginning."`
	Limit  most  `default:"100" placeholder:"N" help:"At most so many at a time, 1 to 200; without it, 100."`
	Follow bool  `help:"Go on with what happens, until it is interrupted."`
}

// Run prints events in their order: a page of them or, with --follow, each as it comes.
func (c eventsCommand) Run(ctx context.Context, out *console, all flags, api *apiclient.Organisation) error {
	if c.Follow {
		return c.follow(ctx, out, api, min(eventWait, all.Timeout/2))
	}
	page, err := api.Events(ctx, c.After, int(c.Limit), 0)
	if err != nil {
		return err
	}
	lines := []string{"There are no such events."}
	if len(page.Events) > 0 {
		lines = eventLines(page.Events)
	}
	next := ""
	if page.More {
		next = strconv.FormatInt(page.Next, 10)
	}
	return out.page(lines, next)
}

// follow prints events until ctx ends, where one request waits for up to wait. As JSON, each event
// is a document in a line of its own.
func (c eventsCommand) follow(ctx context.Context, out *console, api *apiclient.Organisation, wait time.Duration) error {
	for after := c.After; ; {
		page, err := api.Events(ctx, after, int(c.Limit), wait)
		if err != nil {
			return err
		}
		lines := eventLines(page.Events)
		if out.json {
			if lines, err = eventDocuments(out.heard); err != nil {
				return err
			}
		}
		for _, line := range lines {
			if err := out.write(line + "\n"); err != nil {
				return err
			}
		}
		after = page.Next
		if len(page.Events) > 0 {
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(eventRest):
		}
	}
}

// eventLines returns a line for each event, for people.
func eventLines(events []apiclient.Event) (lines []string) {
	for _, e := range events {
		by := cmp.Or(e.Cause.By, e.Cause.Client, "-")
		lines = append(lines, clean(strings.Join([]string{
			strconv.FormatInt(e.Seq, 10), e.At.Format("2006-01-02T15:04:05.000Z07:00"), e.Type, e.Resource.ID, "version", strconv.FormatInt(e.Version, 10), "by", by, e.Cause.RequestID,
		}, " ")))
	}
	return lines
}

// eventDocuments returns the events of an answer as they came, each in a line.
func eventDocuments(answer json.RawMessage) (lines []string, err error) {
	var page struct {
		Events []json.RawMessage `json:"events"`
	}
	if err := json.Unmarshal(answer, &page); err != nil {
		return nil, err
	}
	for _, e := range page.Events {
		text, err := encode(e, "")
		if err != nil {
			return nil, err
		}
		lines = append(lines, strings.TrimSuffix(text, "\n"))
	}
	return lines, nil
}
