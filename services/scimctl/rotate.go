package main

import (
	"context"
	"crypto/rand"
	"io"
	"strings"
	"time"

	"github.com/devrev/scim/services/internal/apiclient"
	"github.com/devrev/scim/services/internal/prose"
)

type rotateCommand struct {
	delivery

	Current     tokenID `placeholder:"ID" help:"The token to replace. Without it, the one live token that no other has replaced."`
	Overlap     span    `default:"24h" help:"How long the current token goes on if it was ever used: whole hours, 7d at most."`
	Force       bool    `help:"End the token before the current one, if it still works."`
	Name        string  `placeholder:"NAME" help:"Without it, the name of the current token and a number."`
	Expires     *moment `placeholder:"WHEN" help:"Such as 90d, or 2030-01-31T12:00:00Z. Without it, never."`
	Wait        bool    `help:"Wait until the old token is safe to end, and end it."`
	WaitTimeout span    `default:"48h" help:"How long to wait."`
	Poll        span    `default:"30s" help:"How often to look."`
}

// Run rotates.
func (c rotateCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	rotation, err := c.rotation(out.now)
	if err != nil {
		return err
	}
	if rotation.Current == "" {
		if rotation.Current, err = current(ctx, api); err != nil {
			return err
		}
	}
	issued, err := c.make(out, func() (apiclient.Issued, error) { return api.Rotate(ctx, rand.Text(), rotation) })
	if err != nil {
		return err
	}
	c.tell(out, issued, rotation.Current)
	if !c.Wait || issued.Replaces == "" {
		return nil
	}
	// A program that reads the token from a pipe to its end goes on now.
	if closer, ok := out.stdout.(io.Closer); ok {
		_ = closer.Close()
	}
	watch := vigil{api: api, out: out, old: issued.Replaces, successor: issued.ID}
	return watch.keep(ctx, time.Duration(c.Poll), time.Duration(c.WaitTimeout))
}

func (c rotateCommand) rotation(now time.Time) (apiclient.Rotation, error) {
	overlap := time.Duration(c.Overlap)
	switch {
	case overlap%time.Hour != 0 || overlap > 7*day:
		return apiclient.Rotation{}, endWith(misused, "--overlap must be whole hours, 7d at most")
	case c.Poll <= 0 || c.WaitTimeout <= 0:
		return apiclient.Rotation{}, endWith(misused, "--poll and --wait-timeout must be lengths of time such as 30s and 48h")
	}
	return apiclient.Rotation{
		Current: string(c.Current), OverlapHours: int(overlap / time.Hour), Force: c.Force, Name: c.Name, ExpiresAt: c.Expires.ahead(now),
	}, nil
}

// tell prints what became of the tokens before.
func (c rotateCommand) tell(out *console, issued apiclient.Issued, current string) {
	out.note("Issued the token %s (%s) in the place of %s. It is shown this once.", issued.ID, issued.Name, current)
	switch issued.Replaces {
	case current:
		out.note("%s works for another %s at most. Enter the new one in the identity provider; `scimctl list` tells when %s can go.",
			current, prose.Duration(time.Duration(c.Overlap)), current)
	case "":
		out.note("%s was never used, and is revoked.", current)
	default:
		out.note("%s was never used, and is revoked. %s, before it, works as long as it did.", current, issued.Replaces)
	}
}

// current returns the one live token whose place no one has taken. Of two that were issued by
// themselves, only people know which.
func current(ctx context.Context, api *apiclient.Organisation) (string, error) {
	list, err := api.Tokens(ctx)
	if err != nil {
		return "", err
	}
	var ids, names []string
	for _, t := range live(list.Tokens) {
		if t.Verdict == nil || t.Verdict.Successor == "" {
			ids, names = append(ids, t.ID), append(names, t.ID+" ("+t.Name+")")
		}
	}
	switch len(ids) {
	case 0:
		return "", endWith(refused, "there is no live token to rotate: issue one instead")
	case 1:
		return ids[0], nil
	default:
		return "", endWith(misused, "which token is to be rotated, %s? Name it with --current", strings.Join(names, " or "))
	}
}
