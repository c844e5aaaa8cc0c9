package issuertest

import (
	"testing"

	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/token/issuer"
)

var eraseRules = []rule{
	{"EraseAudit removes what is before an entry, and none of another organisation", func(t *testing.T, s issuer.Store) {
		org, once := organisation().ID, entry("").Once
		appendAudit(t, s, entry(org+"-2"))
		for n := range 5 {
			e := entry(org)
			if n == 0 {
				e.Once = once
			}
			appendAudit(t, s, e)
		}
		e := entry(org)
		e.Action = audit.ActionErase
		appendAudit(t, s, e)
		later := appendAudit(t, s, entry(org))
		for more := true; more; {
			var err error
			if more, err = s.EraseAudit(t.Context(), org, 6); err != nil {
				t.Fatalf("EraseAudit: %v", err)
			}
		}
		wantAudit(t, s, org, 10, later, e)
		wantChain(t, s, org+"-2", 1)
		if v := verification(t, s, org); !v.Intact || v.From != 6 || v.To != 7 || v.Erased != 5 {
			t.Errorf("the chain is %+v, want entries 6 and 7, and that 5 are erased", v)
		}
		again := entry(org)
		again.Once = once
		appendAudit(t, s, again) // which no entry tells any more
	}},
	{"an organisation keeps when it leaves, left and was erased", func(t *testing.T, s issuer.Store) {
		o := create(t, s)
		o.LeavesAt, o.LeftAt, o.ErasedAt = now(), now(), now()
		next, err := s.ReplaceOrganisation(t.Context(), o)
		if err != nil {
			t.Fatalf("ReplaceOrganisation: %v", err)
		}
		wantOrganisation(t, s, next)
	}},
	{"DirectoryErased is false until the SCIM service says so", func(t *testing.T, s issuer.Store) {
		if done, err := s.DirectoryErased(t.Context(), create(t, s)); done || err != nil {
			t.Errorf("DirectoryErased: %v, %v", done, err)
		}
	}},
}
