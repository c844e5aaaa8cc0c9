package issuertest

import (
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/token/issuer"
)

var chainRules = []rule{
	{"AuditHead of an organisation without entries is zero", func(t *testing.T, s issuer.Store) {
		appendAudit(t, s, entry(organisation().ID))
		if head := wantChain(t, s, organisation().ID, 0); head != (audit.Head{}) {
			t.Errorf("AuditHead: %+v", head)
		}
	}},
	{"AppendAudit links an entry to the one before, whatever place it gives itself", func(t *testing.T, s issuer.Store) {
		org := organisation().ID
		for range 5 {
			e := entry(org)
			e.Seq, e.Prev, e.PrevAt, e.Hash = 7, "forged", now(), "forged"
			appendAudit(t, s, e)
		}
		head := wantChain(t, s, org, 5)
		if last := readAudit(t, s, org, audit.Query{Limit: 1}); len(last) != 1 || last[0].Head() != head {
			t.Errorf("the last entry is %+v, the head %+v", last, head)
		}
	}},
	{"the chains of two organisations do not meet", func(t *testing.T, s issuer.Store) {
		org := organisation().ID
		for range 3 {
			appendAudit(t, s, entry(org))
			appendAudit(t, s, entry(org+"-2"))
		}
		wantChain(t, s, org, 3)
		wantChain(t, s, org+"-2", 3)
	}},
	{"AppendAudit, when calls race, loses none and gives each entry one successor", func(t *testing.T, s issuer.Store) {
		org := organisation().ID
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				if err := s.AppendAudit(t.Context(), entry(org)); err != nil {
					t.Errorf("AppendAudit: %v", err)
				}
			})
		}
		wg.Wait()
		wantChain(t, s, org, 64)
	}},
	{"AppendAudit of one id, when calls race, adds one entry", func(t *testing.T, s issuer.Store) {
		e := entry(organisation().ID)
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				if err := s.AppendAudit(t.Context(), e); err != nil {
					t.Errorf("AppendAudit: %v", err)
				}
			})
		}
		wg.Wait()
		wantChain(t, s, e.Org, 1)
	}},
	{"AppendAudit of an entry whose Once is recorded is ErrTold and changes nothing", func(t *testing.T, s issuer.Store) {
		e := appendAudit(t, s, entry(organisation().ID))
		again := entry(e.Org)
		again.Once = e.Once
		wantErr(t, "AppendAudit", s.AppendAudit(t.Context(), again), issuer.ErrTold)
		appendAudit(t, s, e) // which is itself
		wantChain(t, s, e.Org, 1)
		for _, other := range []audit.Entry{{Org: e.Org, Once: "that"}, {Org: e.Org}, {Org: e.Org}, {Org: e.Org + "-2", Once: e.Once}} {
			other.ID, other.At = uuid.Must(uuid.NewV7()).String(), now()
			appendAudit(t, s, other)
		}
		wantChain(t, s, e.Org, 4)
	}},
	{"AppendAudit of entries with one Once, when calls race: exactly one wins", func(t *testing.T, s issuer.Store) {
		org := organisation().ID
		wantOneWinner(t, issuer.ErrTold, func() error {
			e := entry(org)
			e.Once = "this"
			return s.AppendAudit(t.Context(), e)
		})
		wantChain(t, s, org, 1)
	}},
}

// wantChain fails the test unless the organisation's chain is intact and has n entries, and returns
// its head, which is the last of them.
func wantChain(t *testing.T, s issuer.Store, org string, n int) audit.Head {
	t.Helper()
	head, err := s.AuditHead(t.Context(), org)
	if err != nil {
		t.Fatalf("AuditHead: %v", err)
	}
	if v := verification(t, s, org); !v.Intact || v.Entries != n || v.To != int64(n) || head.Seq != int64(n) || v.Unchained > 0 {
		t.Errorf("the chain is %+v and the head %+v, want %d entries and no fault", v, head, n)
	}
	return head
}

func verification(t *testing.T, s issuer.Store, org string) audit.Verification {
	t.Helper()
	v, err := New(t, issuer.Deps{Store: s, Now: now}).VerifyAudit(t.Context(), org, audit.Position{})
	if err != nil {
		t.Fatalf("VerifyAudit: %v", err)
	}
	return v.Verification
}
