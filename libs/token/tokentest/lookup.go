package tokentest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/devrev/scim/libs/token"
)

var lookupRules = []rule{
	{"Lookup of an unknown id or tag is ErrNotFound, with zero values", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		r := insert(t, s, record(o, now()))
		for _, unknown := range []token.Record{
			with(r, func(r *token.Record) { r.ID = token.New(r.Tag).ID() }),
			with(r, func(r *token.Record) { r.Tag = token.NewTag() }),
		} {
			gotRecord, gotOrganisation, err := s.Lookup(t.Context(), unknown.Tag, unknown.ID)
			wantErr(t, "Lookup", err, token.ErrNotFound)
			if diff := cmp.Diff(token.Record{}, gotRecord); diff != "" {
				t.Errorf("Lookup, record (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(token.Organisation{}, gotOrganisation); diff != "" {
				t.Errorf("Lookup, organisation (-want +got):\n%s", diff)
			}
		}
	}},
	{"Lookup of an id under the tag of another organisation is ErrNotFound", func(t *testing.T, s token.Store) {
		r, other := insert(t, s, record(put(t, s, organisation()), now())), put(t, s, organisation())
		_, _, err := s.Lookup(t.Context(), other.Tag, r.ID)
		wantErr(t, "Lookup", err, token.ErrNotFound)
	}},
	{"Lookup sees every change of the token and of the organisation at once", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		r := insert(t, s, record(o, now()))
		wantLookup(t, s, r, o)
		o.Enabled = false
		o.Generation++
		o.Settings["userNameFormat"] = "any"
		put(t, s, o)
		wantLookup(t, s, r, o)
		wantLookup(t, s, revoke(t, s, r, now()), o)
	}},
	{"Lookup finds dead tokens, so that their use can be named", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		expired := insert(t, s, with(record(o, now().Add(-48*time.Hour)), func(r *token.Record) {
			r.ExpiresAt = r.IssuedAt.Add(time.Hour)
		}))
		wantLookup(t, s, expired, o)
		wantLookup(t, s, revoke(t, s, insert(t, s, record(o, now())), now()), o)
	}},
}
