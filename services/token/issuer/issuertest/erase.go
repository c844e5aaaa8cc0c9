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
	{"what is forgotten of a person leaves an intact chain, and a blank that no entry tells of does not", func(t *testing.T, s issuer.Store) {
		book := s.(audit.Book)
		o := create(t, s)
		e := appendAudit(t, s, entry(o.ID))
		appendAudit(t, s, entry(o.ID+"-2"))
		other := entry(o.ID)
		other.UserID = "0190a1b2-0000-7000-8000-000000000002"
		appendAudit(t, s, other)
		for range 2 { // again adds an entry
			if err := audit.Forget(t.Context(), book, now(), e.Caller, o.ID, e.UserID); err != nil {
				t.Fatalf("Forget: %v", err)
			}
		}
		entries := readAudit(t, s, o.ID, audit.Query{OldestFirst: true, Limit: 10})
		if len(entries) != 4 || entries[0].Erased != 3 || entries[0].Changes[0] != (audit.Change{Member: "strict"}) || entries[1].Erased != 0 {
			t.Errorf("the entries are %+v", entries)
		}
		if v := verification(t, s, o.ID); !v.Intact {
			t.Errorf("after Forget: %+v", v)
		}
		for name, spoil := range map[string]func(e *audit.Entry){
			"one of another person": func(e *audit.Entry) {
				*e = entries[1]
				e.Erased, e.Changes = 3, []audit.Change{{Member: "strict"}, {Member: "schemas"}}
			},
			"one whose actor was altered": func(e *audit.Entry) { *e = entries[0]; e.Caller.Subject = "nobody" },
			"one that names itself":       func(e *audit.Entry) { *e = entries[0]; e.Erased = e.Seq },
		} {
			var spoiled audit.Entry
			spoil(&spoiled)
			if err := book.BlankAudit(t.Context(), spoiled); err != nil {
				t.Fatalf("BlankAudit: %v", err)
			}
			if v := verification(t, s, o.ID); v.Intact {
				t.Errorf("a blank of %s is not found", name)
			}
			if err := book.BlankAudit(t.Context(), entries[spoiled.Seq-1]); err != nil {
				t.Fatalf("BlankAudit: %v", err)
			}
		}
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
