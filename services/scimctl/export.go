package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/devrev/scim/services/internal/apiclient"
)

type auditExportCommand struct {
	File string `arg:"" help:"The path of a new file, readable by its owner only."`
}

// export is the answer of an export. Head is its last entry, to be kept somewhere else.
type export struct {
	File    string         `json:"file"`
	Entries int            `json:"entries"`
	Head    apiclient.Head `json:"head"`
}

// Run exports the audit. In text, stdout has the head alone, as --head takes it. What breaks off
// leaves no file.
func (c auditExportCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	file, err := openNew(c.File)
	if err != nil {
		return err
	}
	done := export{File: c.File}
	err = file.fill(func(w io.Writer) error {
		body, err := api.ExportAudit(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = body.Close() }()
		return done.copy(w, body)
	})
	if err != nil {
		file.abandon()
		return err
	}
	if err := out.answer(done, []string{headText(done.Head)}); err != nil {
		return err
	}
	out.note("%d entries are in %s. Keep the last one's number and hash where those who can write the audit cannot write, for audit verify --head.",
		done.Entries, done.File)
	return nil
}

// copy copies the lines as they are, and counts them.
func (e *export) copy(w io.Writer, from io.Reader) error {
	return eachLine(from, func(n int, line []byte) error {
		var entry apiclient.Entry
		if err := json.Unmarshal(line, &entry); err != nil {
			return fmt.Errorf("line %d of the answer is not an entry of the audit", n)
		}
		e.Entries, e.Head = n, apiclient.Head{Seq: entry.Seq, Hash: entry.Hash, At: entry.At}
		if _, err := w.Write(line); err != nil {
			return endWith(unwritten, "write the file: %w", err)
		}
		return nil
	})
}

// eachLine calls visit for each line, counted from 1, with the end of line that it has. The line is
// visit's own.
func eachLine(from io.Reader, visit func(n int, line []byte) error) error {
	lines := bufio.NewReader(from)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		last := errors.Is(err, io.EOF)
		if err != nil && !last {
			return err
		}
		if len(line) > 0 {
			if err := visit(n, line); err != nil {
				return err
			}
		}
		if last {
			return nil
		}
	}
}
