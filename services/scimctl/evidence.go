package main

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"slices"
	"time"

	"github.com/devrev/scim/services/internal/apiclient"
	"github.com/devrev/scim/services/internal/audit"
)

// evidence is what is verified: the entries, oldest first, and each head that they have to hold.
type evidence struct {
	entries []audit.Entry
	heads   []audit.Head
}

// fromFile reads an export. It says nothing of what it once led to: the last entry that is there is
// taken for the head.
func fromFile(path string) (evidence, error) {
	file, err := os.Open(path) //nolint:gosec // the path is the user's own
	if err != nil {
		return evidence{}, endWith(unwritten, "read the export: %w", err)
	}
	defer func() { _ = file.Close() }()
	entries, err := entriesFrom(file)
	if err != nil && exitOf(err) != notIntact {
		err = endWith(unwritten, "read the export: %w", err)
	}
	var head audit.Head
	if n := len(entries); n > 0 {
		head = entries[n-1].Head()
	}
	return evidence{entries, []audit.Head{head}}, err
}

// fromService reads the service's head, and then all entries: there may be later ones by then.
func fromService(ctx context.Context, api *apiclient.Organisation) (evidence, error) {
	page, err := api.Audit(ctx, apiclient.AuditQuery{})
	if err != nil {
		return evidence{}, err
	}
	body, err := api.ExportAudit(ctx)
	if err != nil {
		return evidence{}, err
	}
	defer func() { _ = body.Close() }()
	entries, err := entriesFrom(body)
	return evidence{entries, []audit.Head{audit.Head(page.Head)}}, err
}

func entriesFrom(r io.Reader) (entries []audit.Entry, err error) {
	err = eachLine(r, func(n int, text []byte) error {
		var line audit.Line
		if err := json.Unmarshal(text, &line); err != nil {
			return endWith(notIntact, "line %d is not an entry of the audit", n)
		}
		entries = append(entries, line.Entry())
		return nil
	})
	return entries, err
}

// verify holds the entries against each head, until one shows faults.
func (e evidence) verify(now time.Time) verification {
	var v verification
	for _, head := range e.heads {
		if v.Verification = audit.Verify(slices.Values(e.entries), head, now); !v.Intact {
			break
		}
	}
	if n := len(e.entries); n > 0 {
		last := e.entries[n-1]
		v.Organisation, v.Head = last.Org, apiclient.Head(last.Head())
	}
	return v
}
