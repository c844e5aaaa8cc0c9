package issuertest

import (
	"slices"
	"testing"

	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/token/issuer"
)

// Exposed is a Store whose data a test can alter behind its back.
type Exposed struct {
	issuer.Store
	Put     func(t *testing.T, e audit.Entry)               // stores e as it is; without a Seq it is one from before the chain
	Remove  func(t *testing.T, e audit.Entry)               // removes the entry with the ID and Org of e
	PutHead func(t *testing.T, org string, head audit.Head) // stores the head, which may be too low
}

// RunTampering proves that changes to the audit that bypass the Store are detected, and that
// entries of an earlier version do no harm. newStore is as for RunStore.
func RunTampering(t *testing.T, newStore func(t *testing.T) Exposed) {
	t.Helper()
	for _, r := range tamperingRules {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			s, org := newStore(t), organisation().ID
			r.run(t, s, org, five(t, s, org))
		})
	}
}

// five appends five entries and returns them.
func five(t *testing.T, s issuer.Store, org string) []audit.Entry {
	t.Helper()
	for range 5 {
		appendAudit(t, s, entry(org))
	}
	wantChain(t, s, org, 5)
	return readAudit(t, s, org, audit.Query{OldestFirst: true, Limit: 10})
}

// Each finds an organisation with the entries 1 to 5.
var tamperingRules = []struct {
	name string
	run  func(t *testing.T, s Exposed, org string, chain []audit.Entry)
}{
	{"a removed entry shows", func(t *testing.T, s Exposed, org string, chain []audit.Entry) {
		s.Remove(t, chain[2])
		wantFaults(t, s, org, "Entry 3 is missing.")
	}},
	{"an altered entry shows", func(t *testing.T, s Exposed, org string, chain []audit.Entry) {
		chain[2].Caller.Subject = "another"
		s.Put(t, chain[2])
		wantFaults(t, s, org, "Entry 3 was altered: its hash is not that of its content.")
	}},
	{"a last entry that was recomputed is detected", func(t *testing.T, s Exposed, org string, chain []audit.Entry) {
		chain[4].Caller.Subject = "another"
		s.Put(t, audit.Link(chain[3].Head(), chain[4]))
		wantFaults(t, s, org, "Entry 5 is not the one that was written: the head has another hash.")
	}},
	{"a cut tail shows, also when the audit goes on", func(t *testing.T, s Exposed, org string, chain []audit.Entry) {
		s.Remove(t, chain[3])
		s.Remove(t, chain[4])
		wantFaults(t, s, org, "Entries 4 to 5 are missing.")
		appendAudit(t, s, entry(org))
		wantFaults(t, s, org, "Entries 4 to 5 are missing.")
	}},
	{"an audit that was removed whole shows, also when it goes on", func(t *testing.T, s Exposed, org string, chain []audit.Entry) {
		for _, e := range chain {
			s.Remove(t, e)
		}
		wantFaults(t, s, org, "Entries 1 to 5 are missing.")
		appendAudit(t, s, entry(org))
		wantFaults(t, s, org, "Entries 1 to 5 are missing.")
	}},
	{"entries from before the chain are in front of it, and no fault", func(t *testing.T, s Exposed, _ string, _ []audit.Entry) {
		org := organisation().ID
		var want []audit.Entry
		for range 4 {
			e := entry(org)
			e.Once = ""
			s.Put(t, e)
			want = append(want, e)
		}
		want = append(want, appendAudit(t, s, entry(org)), appendAudit(t, s, entry(org)))
		for _, oldestFirst := range []bool{true, false} {
			var got []audit.Entry
			q := audit.Query{OldestFirst: oldestFirst, Limit: 3}
			for page := readAudit(t, s, org, q); len(page) > 0; page = readAudit(t, s, org, q) {
				got, q.After = append(got, page...), page[len(page)-1].Position()
			}
			wantEntries(t, unlinked(got), want)
			slices.Reverse(want)
		}
		if v := verification(t, s, org); !v.Intact || v.Unchained != 4 || v.Entries != 6 || v.From != 1 || v.To != 2 {
			t.Errorf("got %+v", v)
		}
	}},
}

func wantFaults(t *testing.T, s issuer.Store, org string, want ...string) {
	t.Helper()
	if v := verification(t, s, org); v.Intact || !slices.Equal(v.Faults, want) {
		t.Errorf("got %+v, want the faults %q", v, want)
	}
}

// RunRepair proves that a head which a crash left behind its entries is raised by the next append.
// It is for a Store that does not write both at once; newStore is as for RunStore.
func RunRepair(t *testing.T, newStore func(t *testing.T) Exposed) {
	t.Helper()
	for lacks, at := range map[string]int{"the last entry": 3, "several entries": 1} {
		t.Run("a head that lacks "+lacks+" is raised by the next append", func(t *testing.T) {
			t.Parallel()
			s, org := newStore(t), organisation().ID
			s.PutHead(t, org, five(t, s, org)[at].Head())
			if v := verification(t, s, org); !v.Intact {
				t.Errorf("a late head is a fault: %v", v.Faults)
			}
			appendAudit(t, s, entry(org))
			wantChain(t, s, org, 6)
		})
	}
}
