package main

import (
	"context"
	"fmt"

	"github.com/devrev/scim/services/internal/apiclient"
	"github.com/devrev/scim/services/internal/audit"
)

type auditVerifyCommand struct {
	File string    `placeholder:"PATH" help:"Verify this export alone, without the service. Without it, the service's audit is fetched and verified."`
	Head *keptHead `placeholder:"SEQ:HASH" help:"An earlier last entry, as audit export and audit verify print it: it must still be there."`
}

// verification is the answer. Head is the last entry, to be kept somewhere else.
type verification struct {
	audit.Verification

	Organisation string         `json:"organisation,omitempty"`
	Head         apiclient.Head `json:"head"`
}

// Run verifies the audit on this machine: the service's own word is not asked for.
func (c auditVerifyCommand) Run(ctx context.Context, out *console, f flags) error {
	found, err := c.gather(ctx, out, f)
	if err != nil {
		return err
	}
	if c.Head != nil {
		found.heads = append(found.heads, c.Head.expected(out.now))
	}
	v := found.verify(out.now)
	if err := out.answer(v, v.lines()); err != nil {
		return err
	}
	if !v.Intact {
		return endWith(notIntact, "the audit is not intact")
	}
	if c.Head != nil && c.Head.seq < v.From {
		out.note("Nothing can be said of the head %d: what is there begins at %d, because older entries are forgotten.", c.Head.seq, v.From)
	}
	return nil
}

func (c auditVerifyCommand) gather(ctx context.Context, out *console, f flags) (evidence, error) {
	if c.File != "" {
		return fromFile(c.File)
	}
	api, err := f.connect(out)
	if err != nil {
		return evidence{}, err
	}
	return fromService(ctx, api)
}

func (v verification) lines() []string {
	if !v.Intact {
		return v.Faults
	}
	if v.Entries == 0 {
		return []string{"The audit is empty."}
	}
	lines := []string{
		fmt.Sprintf("The audit of %s is intact: %d entries, %d to %d.", v.Organisation, v.Entries, v.From, v.To),
		"Head: " + headText(v.Head),
	}
	if v.Unchained > 0 {
		lines = append(lines, fmt.Sprintf("Nothing can be said of %d entries from before the chain began.", v.Unchained))
	}
	return lines
}
