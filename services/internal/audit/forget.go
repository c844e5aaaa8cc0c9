package audit

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Book is an audit whose entries about a person can be blanked.
type Book interface {
	Appender
	// ReadAudit returns those of the organisation's entries that q selects.
	ReadAudit(ctx context.Context, org string, q Query) ([]Entry, error)
	// BlankAudit stores e in the place of the entry of its ID and Hash. It is not an error if there
	// is none.
	BlankAudit(ctx context.Context, e Entry) error
}

// memberEntries is what an ActionForget says: the mark of each entry whose texts it erases.
const memberEntries = "entries"

// Forget adds the entry of an act that erases a person, and then erases what the person's earlier
// entries say in words. Each keeps its hash and names the entry by which it was blanked, which
// names it: so Verify can tell an erasure from a forgery. It may be repeated, and then goes on.
func Forget(ctx context.Context, book Book, now time.Time, by Caller, org, user string) error {
	e := New(now, by, ActionForget, org)
	e.UserID = user
	for again := false; ; again = true {
		told, err := legible(ctx, book, org, user)
		if err != nil || again && len(told) == 0 {
			return err
		}
		if again { // entries that came meanwhile
			e.ID = New(now, by, ActionForget, org).ID
		}
		for i := range told {
			told[i] = told[i].blank()
		}
		e.Changes = nil
		if len(told) > 0 {
			e.Changes = []Change{{Member: memberEntries, After: marks(told)}}
		}
		if err := book.AppendAudit(ctx, e); err != nil {
			return err
		}
		for _, t := range told {
			if err := store(ctx, book, e, t); err != nil {
				return err
			}
		}
	}
}

// legible returns the chained entries about the person that say something in words.
func legible(ctx context.Context, book Book, org, user string) (told []Entry, err error) {
	const most = 100 // of one ActionForget, whose text is bounded by that
	q := Query{UserID: user, OldestFirst: true, Limit: verifyPage}
	for len(told) < most {
		page, err := book.ReadAudit(ctx, org, q)
		if err != nil {
			return nil, err
		}
		for _, e := range page {
			q.After = e.Position()
			if e.Seq > 0 && e.Action != ActionForget && e.Erased == 0 && len(told) < most && slices.ContainsFunc(e.Changes, Change.isLegible) {
				told = append(told, e)
			}
		}
		if len(page) < verifyPage {
			break
		}
	}
	return told, nil
}

func (c Change) isLegible() bool { return c.Before != "" || c.After != "" }

// blank returns e without its texts.
func (e Entry) blank() Entry {
	e.Changes = slices.Clone(e.Changes)
	for n := range e.Changes {
		e.Changes[n] = Change{Member: e.Changes[n].Member}
	}
	return e
}

// mark names a blanked entry and what is left of it: its own hash is that of what it was.
func (e Entry) mark() string { return fmt.Sprintf("%d:%.32s", e.Seq, e.digest()) }

func marks(blanked []Entry) string {
	all := make([]string, len(blanked))
	for i, e := range blanked {
		all[i] = e.mark()
	}
	return strings.Join(all, " ")
}

// store stores a blanked entry, once the entry of forget's ID, which names it, is found.
func store(ctx context.Context, book Book, forget, blanked Entry) error {
	latest, err := book.ReadAudit(ctx, forget.Org, Query{UserID: forget.UserID, Action: ActionForget, Limit: verifyPage})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(latest, func(e Entry) bool { return e.ID == forget.ID })
	if i < 0 {
		return fmt.Errorf("%w: an entry that was added is not found", ErrUnavailable)
	}
	blanked.Erased = latest[i].Seq
	return book.BlankAudit(ctx, blanked)
}

// forgets reports whether e says that it erased the texts of the entry.
func (e Entry) forgets(blanked Entry) bool {
	return e.Action == ActionForget && e.UserID == blanked.UserID && e.digest() == e.Hash &&
		slices.ContainsFunc(e.Changes, func(c Change) bool {
			return c.Member == memberEntries && slices.Contains(strings.Fields(c.After), blanked.mark())
		})
}

// unattested reports a blanked entry of which no entry says that it was erased.
func (v *verifier) unattested(blanked Entry) {
	v.fault("Entry %d was altered: no entry says that its content was erased.", blanked.Seq)
}

// checkBlanked reports the blanked entries of which none of what verified says that they were
// erased, and asks read about those that name an entry beyond that.
func (v *verifier) checkBlanked(ctx context.Context, read Reader) error {
	for _, b := range v.blanked {
		if b.Erased <= b.Seq {
			v.unattested(b)
			continue
		}
		found, err := read(ctx, Query{OldestFirst: true, After: Position{Seq: b.Erased - 1}, Limit: 1})
		if err != nil {
			return err
		}
		if len(found) == 0 || found[0].Seq != b.Erased || !found[0].forgets(b) {
			v.fault("Entry %d was altered: entry %d does not say that its content was erased.", b.Seq, b.Erased)
		}
	}
	v.blanked = nil
	return nil
}
