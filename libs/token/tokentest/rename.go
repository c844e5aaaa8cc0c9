package tokentest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/devrev/scim/libs/token"
)

var renameRules = []rule{
	{"Rename gives another name and leaves the rest, of a dead token too", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		r := insert(t, s, record(o, now()))
		for _, name := range []string{"Okta 2027", "Ωkta \"prod\"", r.Name} {
			r.Name = name
			got, err := s.Rename(t.Context(), o.ID, r.ID, name)
			if diff := cmp.Diff(r, got, equal); diff != "" || err != nil {
				t.Errorf("Rename: %v (-want +got):\n%s", err, diff)
			}
			wantLookup(t, s, r, o)
			wantList(t, s, o.ID, r)
		}
		r = revoke(t, s, r, now())
		r.Name = "gone"
		if got, err := s.Rename(t.Context(), o.ID, r.ID, r.Name); err != nil || got.Name != "gone" || got.RevokedAt != r.RevokedAt {
			t.Errorf("Rename of a revoked token: %+v, %v", got, err)
		}
		wantLookup(t, s, r, o)
	}},
	{"Rename of an unknown id, or of another organisation's, is ErrNotFound", func(t *testing.T, s token.Store) {
		o, other := put(t, s, organisation()), put(t, s, organisation())
		r := insert(t, s, record(o, now()))
		for org, id := range map[string]string{o.ID: token.New(o.Tag).ID(), other.ID: r.ID, organisation().ID: r.ID} {
			_, err := s.Rename(t.Context(), org, id, "stolen")
			wantErr(t, "Rename", err, token.ErrNotFound)
		}
		wantLookup(t, s, r, o)
	}},
}
