package audit

import (
	"fmt"
	"iter"
	"slices"
	"time"
)

// Retention is how long entries are kept: a year, and the time in which an auditor may ask about
// it.
const Retention = 400 * 24 * time.Hour

// leeway is how far clocks may be apart, and how long services may take to change from one version
// to the next.
const leeway = time.Hour

// maxFaults bounds the sentences of a Verification.
const maxFaults = 20

// Verification is what Verify found.
type Verification struct {
	Intact    bool     `json:"intact"`
	Entries   int      `json:"entries"`          // that were looked at
	From      int64    `json:"from"`             // the first Seq found; 0: none
	To        int64    `json:"to"`               // the last one
	Erased    int64    `json:"erased,omitempty"` // the last Seq that was erased with the organisation; 0: none was
	Unchained int      `json:"unchained"`        // of Entries, those from before the chain began, which cannot be verified
	Faults    []string `json:"faults"`           // sentences, 20 at most and one with the number of others; none if Intact
}

// Verify reports whether the entries of one organisation, in the order of Seq, are all those that
// were written up to head, as they were written. now is when they were read: an entry that is
// missing because it was older than Retention is not a fault, and neither are those right before an
// ActionErase, which says that they were erased. head MUST have been read before the
// entries, as later ones may follow; a zero one means that there is no entry.
//
// An attacker who can write entries and head can compute a whole new chain. Only someone who has
// kept an earlier head or export can detect that.
func Verify(entries iter.Seq[Entry], head Head, now time.Time) Verification {
	v := newVerifier(head, now)
	for e := range entries {
		v.add(e)
	}
	v.reached()
	for _, blanked := range v.blanked {
		v.unattested(blanked)
	}
	return v.found()
}

type verifier struct {
	Verification
	head      Head
	forgotten time.Time // entries up to this time may be missing
	first     time.Time // when the chain began, as far as it is there
	last      Head
	beside    Entry // the latest one without a Seq
	omitted   int
	blanked   []Entry // of which no entry has said yet that they were erased
}

func newVerifier(head Head, now time.Time) *verifier {
	return &verifier{Verification: Verification{Faults: []string{}}, head: head, forgotten: now.Add(leeway - Retention)}
}

func (v *verifier) add(e Entry) {
	v.Entries++
	if e.Seq == 0 {
		v.unchained(e)
	} else {
		v.chained(e)
	}
}

func (v *verifier) found() Verification {
	if !v.first.IsZero() && v.beside.At.After(v.first.Add(leeway)) {
		v.fault("The entry %s of %s is not chained, and the chain had begun.", v.beside.ID, v.beside.At.Format(time.RFC3339))
	}
	if v.omitted > 0 {
		v.Faults = append(v.Faults, fmt.Sprintf("There are %d more faults.", v.omitted))
	}
	v.Intact = len(v.Faults) == 0
	return v.Verification
}

func (v *verifier) fault(format string, args ...any) {
	if len(v.Faults) == maxFaults {
		v.omitted++
		return
	}
	v.Faults = append(v.Faults, fmt.Sprintf(format, args...))
}

func (v *verifier) unchained(e Entry) {
	v.Unchained++
	if e.At.After(v.beside.At) {
		v.beside = e
	}
}

func (v *verifier) chained(e Entry) {
	switch {
	case e.Erased > 0 && slices.ContainsFunc(e.Changes, Change.isLegible):
		v.fault("Entry %d was altered: it says that its content was erased, and has content.", e.Seq)
	case e.Erased > 0:
		v.blanked = append(v.blanked, e)
	case e.digest() != e.Hash:
		v.fault("Entry %d was altered: its hash is not that of its content.", e.Seq)
	case e.Action == ActionForget:
		v.blanked = slices.DeleteFunc(v.blanked, func(b Entry) bool { return b.Erased == e.Seq && e.forgets(b) })
	}
	if e.Seq == v.head.Seq && e.Hash != v.head.Hash {
		v.fault("Entry %d is not the one that was written: the head has another hash.", e.Seq)
	}
	switch {
	case e.Seq <= v.last.Seq:
		v.fault("Entry %d follows entry %d.", e.Seq, v.last.Seq)
		return
	case e.Seq == v.last.Seq+1:
		if e.Prev != v.last.Hash || !e.PrevAt.Equal(v.last.At) {
			v.fault("Entry %d is not linked to the one before it.", e.Seq)
		}
	case e.Action == ActionErase:
		v.Erased = e.Seq - 1
	case e.PrevAt.After(v.forgotten):
		v.missing(v.last.Seq+1, e.Seq-1)
	}
	if v.From == 0 {
		v.From, v.first = e.Seq, e.At
	}
	v.To, v.last = e.Seq, e.Head()
}

// reached compares the last entry of all with the head.
func (v *verifier) reached() {
	switch {
	case v.head.Seq > v.last.Seq && v.head.At.After(v.forgotten):
		v.missing(v.last.Seq+1, v.head.Seq)
	case v.head.Seq == 0 && v.last.Seq > 1: // a crash may leave the first entry without
		v.fault("The head is missing: it is unknown whether later entries were removed.")
	}
}

func (v *verifier) missing(from, to int64) {
	if from == to {
		v.fault("Entry %d is missing.", from)
		return
	}
	v.fault("Entries %d to %d are missing.", from, to)
}
