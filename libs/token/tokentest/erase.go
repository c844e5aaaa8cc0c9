package tokentest

import (
	"testing"

	"github.com/devrev/scim/libs/token"
)

var eraseRules = []rule{
	{"EraseOrganisation removes the organisation and its tokens, and no others", func(t *testing.T, s token.Store) {
		o, other := put(t, s, organisation()), put(t, s, organisation())
		r, kept := insert(t, s, record(o, now())), insert(t, s, record(other, now()))
		use(t, s, o, r)
		for range 2 { // again changes nothing
			wantErr(t, "EraseOrganisation", s.EraseOrganisation(t.Context(), o.ID, o.Tag), nil)
		}
		_, err := s.Organisation(t.Context(), o.ID)
		wantErr(t, "Organisation", err, token.ErrNotFound)
		_, _, err = s.Lookup(t.Context(), r.Tag, r.ID)
		wantErr(t, "Lookup", err, token.ErrNotFound)
		_, err = s.List(t.Context(), o.ID)
		wantErr(t, "List", err, token.ErrNotFound)
		wantLookup(t, s, kept, other)
	}},
	{"EraseOrganisation lets the organisation come back, under another tag and with no token", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		insert(t, s, record(o, now()))
		wantErr(t, "EraseOrganisation", s.EraseOrganisation(t.Context(), o.ID, o.Tag), nil)
		o.Tag = token.NewTag()
		wantOrganisation(t, s, put(t, s, o))
		wantList(t, s, o.ID)
	}},
	{"EraseOrganisation by a tag that is another organisation's removes nothing", func(t *testing.T, s token.Store) {
		o, other := put(t, s, organisation()), put(t, s, organisation())
		r := insert(t, s, record(other, now()))
		wantErr(t, "EraseOrganisation", s.EraseOrganisation(t.Context(), o.ID, other.Tag), nil)
		wantOrganisation(t, s, o)
		wantLookup(t, s, r, other)
	}},
	{"EraseOrganisation of one that is not there is not an error", func(t *testing.T, s token.Store) {
		o := organisation()
		wantErr(t, "EraseOrganisation", s.EraseOrganisation(t.Context(), o.ID, o.Tag), nil)
	}},
}
