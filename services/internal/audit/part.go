package audit

import (
	"context"
	"time"
)

// Bounds of the verification of one part of an audit.
const (
	verifyPage  = 500 // entries that are read at once
	verifyPages = 10  // of a part
)

// Part is the verification of a part of an audit. Intact is about this part alone, and its link to
// the part before.
type Part struct {
	Verification

	Next string `json:"next"` // a Position: where the next part begins; "": this was the last, and it reaches the head
}

// Reader returns the entries of one organisation that q selects.
type Reader func(ctx context.Context, q Query) ([]Entry, error)

// VerifyPart reads 5,000 entries of an organisation's audit, oldest first, beginning behind after,
// and verifies them as Verify does, with the same head and now. An audit is whole if each of its
// parts is, from the zero Position to the one without Next. Its error is read's.
func VerifyPart(ctx context.Context, read Reader, head Head, now time.Time, after Position) (Part, error) {
	v := newVerifier(head, now)
	if err := v.anchor(ctx, read, after); err != nil {
		return Part{}, err
	}
	q := Query{OldestFirst: true, After: after, Limit: verifyPage}
	for range verifyPages {
		page, err := read(ctx, q)
		if err != nil {
			return Part{}, err
		}
		for _, e := range page {
			v.add(e)
			q.After = e.Position()
		}
		if len(page) < verifyPage {
			v.reached()
			err := v.checkBlanked(ctx, read)
			return Part{Verification: v.found()}, err
		}
	}
	err := v.checkBlanked(ctx, read)
	return Part{v.found(), q.After.String()}, err
}

// anchor gives v what it needs from outside of the part after after: the entry there, to which the
// part must be linked, or when the chain begins, before which every unchained entry must be.
func (v *verifier) anchor(ctx context.Context, read Reader, after Position) error {
	q := Query{OldestFirst: true, Limit: 1, After: Position{ID: beyondIDs}}
	if after.Seq > 0 {
		v.last.Seq = after.Seq - 1 // so that a missing one shows
		q.After = Position{Seq: after.Seq - 1}
		if after.Seq == 1 {
			q.After = Position{ID: beyondIDs}
		}
	}
	found, err := read(ctx, q)
	if err != nil || len(found) == 0 {
		return err
	}
	switch e := found[0]; {
	case after.Seq == 0:
		v.first = e.At
	case e.Seq == after.Seq:
		v.last = e.Head()
	}
	return nil
}

// beyondIDs is behind the id of every entry, and before every Seq.
const beyondIDs = "ffffffff-ffff-ffff-ffff-ffffffffffff"
