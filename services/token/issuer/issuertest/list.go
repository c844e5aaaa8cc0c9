package issuertest

import (
	"slices"
	"testing"

	"github.com/devrev/scim/services/token/issuer"
)

// many is more than a store can be expected to read at once.
const many = 250

var listRules = []rule{
	{"Organisations yields every organisation once", func(t *testing.T, s issuer.Store) {
		want := make(map[string]issuer.Organisation)
		for range many {
			o := create(t, s)
			want[o.ID] = o
		}
		for o, err := range s.Organisations(t.Context(), "") {
			if err != nil {
				t.Fatalf("Organisations: %v", err)
			}
			if w, ours := want[o.ID]; ours && w != o {
				t.Errorf("got %+v, want %+v", o, w)
			}
			delete(want, o.ID) // the store may have others
		}
		if len(want) > 0 {
			t.Errorf("%d organisations were not yielded", len(want))
		}
	}},
	{"Organisations yields those behind an id, in ascending order", func(t *testing.T, s issuer.Store) {
		var ids []string
		for range 3 {
			ids = append(ids, create(t, s).ID)
		}
		slices.Sort(ids)
		var got []string
		for o, err := range s.Organisations(t.Context(), ids[0]) {
			if err != nil {
				t.Fatalf("Organisations: %v", err)
			}
			if len(got) > 0 && o.ID <= got[len(got)-1] || o.ID <= ids[0] {
				t.Errorf("%s comes behind %v", o.ID, got)
			}
			got = append(got, o.ID)
		}
		for _, id := range ids[1:] {
			if !slices.Contains(got, id) {
				t.Errorf("%s was not yielded", id)
			}
		}
	}},
	{"Organisations lets the caller write between two of them", func(t *testing.T, s issuer.Store) {
		ours := make(map[string]bool)
		for range 3 {
			ours[create(t, s).ID] = true
		}
		for o, err := range s.Organisations(t.Context(), "") {
			if err != nil {
				t.Fatalf("Organisations: %v", err)
			}
			if !ours[o.ID] {
				continue
			}
			delete(ours, o.ID)
			o.Generation++
			if _, err := s.ReplaceOrganisation(t.Context(), o); err != nil {
				t.Errorf("ReplaceOrganisation: %v", err)
			}
			for range 20 {
				appendAudit(t, s, entry(o.ID)) // enough for a store to grow
			}
		}
		if len(ours) > 0 {
			t.Errorf("%d organisations were not yielded", len(ours))
		}
	}},
	{"Organisations can be left early", func(t *testing.T, s issuer.Store) {
		create(t, s)
		for _, err := range s.Organisations(t.Context(), "") {
			if err != nil {
				t.Fatalf("Organisations: %v", err)
			}
			break
		}
		create(t, s)
	}},
}
