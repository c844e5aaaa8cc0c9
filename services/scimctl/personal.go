package main

import (
	"context"
	"encoding/json"
	"io"

	"github.com/devrev/scim/services/internal/apiclient"
)

type exportUserCommand struct {
	User string `arg:"" name:"user" placeholder:"ID|NAME" help:"The user's id, or userName."`
	File string `arg:"" help:"The path of a new file, readable by its owner only."`
}

// exportedUser is the answer of an export about a user.
type exportedUser struct {
	ID    string `json:"id"`
	File  string `json:"file"`
	Lines int    `json:"lines"`
}

// Run writes everything that is kept about a person. What breaks off leaves no file.
func (c exportUserCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	id, err := userID(ctx, api, c.User)
	if err != nil {
		return err
	}
	file, err := openNew(c.File)
	if err != nil {
		return err
	}
	answer := exportedUser{ID: id, File: c.File}
	err = file.fill(func(w io.Writer) error {
		body, err := api.ExportUser(ctx, id)
		if err != nil {
			return err
		}
		defer func() { _ = body.Close() }()
		return eachLine(body, func(n int, line []byte) error {
			answer.Lines = n
			if _, err := w.Write(line); err != nil {
				return endWith(unwritten, "write the file: %w", err)
			}
			return nil
		})
	})
	if err != nil {
		file.abandon()
		return err
	}
	if err := out.answer(answer, []string{answer.ID}); err != nil {
		return err
	}
	out.note("What is kept about the user is in %s: the user, what the user was before, the activity and the audit, one JSON object per line.", c.File)
	return nil
}

type eraseUserCommand struct {
	ID          string `arg:"" help:"The user's id, and no name: names may be given to others."`
	Irrevocably bool   `required:"" help:"Say that you know: nothing brings the person's data back."`
}

// Run erases everything that is kept about a person.
func (c eraseUserCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	if !uuids.MatchString(c.ID) {
		return endWith(misused, "the user must be named by the id; `scimctl user NAME` shows it")
	}
	if err := api.EraseUser(ctx, c.ID); err != nil {
		return err
	}
	return out.answer(map[string]string{"id": c.ID}, []string{"Everything that was kept about the user " + c.ID + " is erased."})
}

type removeCommand struct{}

// Run has the organisation erased.
func (removeCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	var text json.RawMessage
	o, err := api.Verbatim(&text).Remove(ctx)
	if err != nil {
		return err
	}
	line := "SCIM is off, and all tokens have ended."
	if o.Leaving != nil {
		line += " Everything else is erased " + when(o.Leaving.EraseAt, out.now, "") + ", unless the organisation is announced again until then."
	}
	return out.answer(text, []string{line})
}
