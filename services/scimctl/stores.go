package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/devrev/scim/services/token/storecheck"
)

type checkStoresCommand struct {
	Mend            bool `help:"Write to Redis what MongoDB has, and adopt what Redis has later, as announcing the organisation again does."`
	EndUnlisted     bool `help:"End the tokens that no list shows: who uses them gets 401."`
	SameEnvironment bool `help:"Mark the two stores as one environment, whatever they are marked as."`
}

// Run compares the two stores. It is the one command that reaches them: the service may be down.
func (c checkStoresCommand) Run(ctx context.Context, out *console) error {
	stores, err := storecheck.Open(ctx, os.Environ())
	if err != nil {
		return endWith(misused, "%s", strings.ReplaceAll(err.Error(), "\n", "; ")) // one of each variable
	}
	defer func() { _ = stores.Close(context.WithoutCancel(ctx)) }()
	found, err := stores.Differences(ctx)
	if err == nil {
		err = c.change(ctx, stores, found)
	}
	if err != nil {
		return endWith(unavailable, "%w", err)
	}
	if err := out.answer(struct {
		Differences []storecheck.Difference `json:"differences"`
	}{append([]storecheck.Difference{}, found...)}, differenceLines(found)); err != nil {
		return err
	}
	for _, d := range found {
		if !d.Mended {
			return endWith(differ, "Redis and MongoDB disagree")
		}
	}
	return nil
}

func (c checkStoresCommand) change(ctx context.Context, stores *storecheck.Checker, found []storecheck.Difference) error {
	if c.SameEnvironment {
		if err := stores.SameEnvironment(ctx, found); err != nil {
			return err
		}
	}
	if storecheck.Apart(found) {
		return nil // nothing is written to what may be another environment's
	}
	if c.Mend {
		if err := stores.Mend(ctx, found); err != nil {
			return err
		}
	}
	if c.EndUnlisted {
		return stores.EndUnlisted(ctx, found)
	}
	return nil
}

func differenceLines(found []storecheck.Difference) []string {
	if len(found) == 0 {
		return []string{"Redis and MongoDB agree."}
	}
	var lines []string
	for _, d := range found {
		line := d.Detail + "."
		if d.Organisation != "" {
			line = d.Organisation + ": " + line
		}
		switch {
		case d.Mended:
			line += " Mended."
		case d.Mends:
			line += " --mend mends it."
		}
		lines = append(lines, fmt.Sprintf("%s: %s", d.Kind, line))
	}
	return lines
}
