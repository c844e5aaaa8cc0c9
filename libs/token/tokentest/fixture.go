package tokentest

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/devrev/scim/libs/token"
)

// equal compares arguments with results: nil and empty are the same, times are in UTC too, and
// Usage has a rule of its own.
var equal = cmp.Options{
	cmpopts.EquateEmpty(),
	cmp.Comparer(func(a, b time.Time) bool { return a == b }),
	cmpopts.IgnoreFields(token.Record{}, "Usage"),
}

// now is the time in the precision that a store keeps.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// organisation returns an enabled organisation that no other test has.
func organisation() token.Organisation {
	tag := token.NewTag()
	return token.Organisation{
		ID:         "org-" + tag,
		Tag:        tag,
		Enabled:    true,
		Generation: 3,
		Settings:   map[string]string{"userNameFormat": "email", "note": "two\nlines, \x00 and an é"},
	}
}

// record returns the record of a new token of o, issued at the given time, never to expire.
func record(o token.Organisation, issued time.Time) token.Record {
	t := token.New(o.Tag)
	return token.Record{
		Org:        o.ID,
		Tag:        o.Tag,
		ID:         t.ID(),
		Name:       "okta \"production\"\n",
		Kid:        "k1",
		MAC:        bytes.Repeat([]byte{0, '\n', 0xff, t.ID()[0]}, 8),
		Scopes:     []token.Scope{token.ScopeRead, token.ScopeWrite},
		Issuer:     "administrator-7",
		Generation: o.Generation,
		IssuedAt:   issued,
	}
}

// with returns r as change makes it.
func with(r token.Record, change func(*token.Record)) token.Record {
	change(&r)
	return r
}

func put(t *testing.T, s token.Store, o token.Organisation) token.Organisation {
	t.Helper()
	if err := s.PutOrganisation(t.Context(), o); err != nil {
		t.Fatalf("PutOrganisation: %v", err)
	}
	return o
}

func insert(t *testing.T, s token.Store, r token.Record) token.Record {
	t.Helper()
	if err := s.Insert(t.Context(), r); err != nil {
		t.Fatalf("Insert: %v", err)
	}
	return r
}

func revoke(t *testing.T, s token.Store, r token.Record, at time.Time) token.Record {
	t.Helper()
	got, err := s.Revoke(t.Context(), r.Org, r.ID, at)
	if err != nil {
		t.Fatalf("Revoke: %v", err)
	}
	return got
}

// wantErr fails the test unless err is want.
func wantErr(t *testing.T, call string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: error %v, want %v", call, err, want)
	}
}

// wantOrganisation fails the test unless the store has exactly o, by id.
func wantOrganisation(t *testing.T, s token.Store, o token.Organisation) {
	t.Helper()
	got, err := s.Organisation(t.Context(), o.ID)
	if err != nil {
		t.Fatalf("Organisation: %v", err)
	}
	if diff := cmp.Diff(o, got, equal); diff != "" {
		t.Errorf("Organisation (-want +got):\n%s", diff)
	}
}

// wantLookup fails the test unless the store finds exactly r and o by the token's tag and id.
func wantLookup(t *testing.T, s token.Store, r token.Record, o token.Organisation) {
	t.Helper()
	gotRecord, gotOrganisation, err := s.Lookup(t.Context(), r.Tag, r.ID)
	if err != nil {
		t.Fatalf("Lookup: %v", err)
	}
	if diff := cmp.Diff(r, gotRecord, equal); diff != "" {
		t.Errorf("Lookup, record (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(o, gotOrganisation, equal); diff != "" {
		t.Errorf("Lookup, organisation (-want +got):\n%s", diff)
	}
}

// wantList fails the test unless the organisation's list is exactly these records, in this order.
func wantList(t *testing.T, s token.Store, org string, records ...token.Record) {
	t.Helper()
	got, err := s.List(t.Context(), org)
	if err != nil {
		t.Fatalf("List: %v", err)
	}
	if diff := cmp.Diff(records, got, equal); diff != "" {
		t.Errorf("List (-want +got):\n%s", diff)
	}
}
