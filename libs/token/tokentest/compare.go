package tokentest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/devrev/scim/libs/token"
)

// A party is one participant in compare.
type party struct {
	orgs, tags  int
	generations int64
	rotated     bool // begin with a token whose place another one has taken
}

var (
	quarrel = party{orgs: 2, tags: 3, generations: 4}                // about tags, and with records of any generation
	family  = party{orgs: 1, tags: 1, generations: 1, rotated: true} // whose tokens live long enough to have a story
)

// compare calls s and the model alike, with six token ids and minutes that are few enough to meet.
// -rapid.checks sets the number of sequences, -rapid.seed repeats one.
func compare(t *testing.T, s token.Store, p party) {
	ctx := t.Context()
	rapid.Check(t, func(t *rapid.T) {
		m, start := &model{}, now()
		tags, orgs, ids := make([]string, p.tags), make([]string, p.orgs), make([]string, 6)
		for i := range tags {
			tags[i] = token.NewTag()
		}
		for i := range orgs {
			orgs[i] = "org-" + tags[i]
		}
		for i := range ids {
			ids[i] = token.New(tags[0]).ID()
		}
		tag, org, id := rapid.SampledFrom(tags), rapid.SampledFrom(orgs), rapid.SampledFrom(ids)
		generation := rapid.Int64Range(8, 8+p.generations-1)
		minute := rapid.Custom(func(t *rapid.T) time.Time {
			return start.Add(time.Duration(rapid.IntRange(-9, 9).Draw(t, "minute")) * time.Minute)
		})

		use := rapid.Custom(func(t *rapid.T) token.Usage {
			at := minute.Draw(t, "at")
			if rapid.IntRange(0, 3).Draw(t, "dead") == 0 {
				return refused(at)
			}
			use := Used(at)
			use.LastUsedAt = at.Add(time.Minute)
			use.Hours[0].Failures = rapid.Int64Range(0, 1).Draw(t, "failures")
			use.Clients[0].Name = rapid.SampledFrom([]token.Client{token.ClientOkta, token.ClientEntra}).Draw(t, "client")
			return use
		})

		newRecord := rapid.Custom(func(t *rapid.T) token.Record {
			r := token.Record{
				Org:        org.Draw(t, "org"),
				Tag:        tag.Draw(t, "tag"),
				ID:         id.Draw(t, "id"),
				Name:       rapid.String().Draw(t, "name"),
				Kid:        "k1",
				MAC:        rapid.SliceOfN(rapid.Byte(), 1, 2).Draw(t, "mac"),
				Scopes:     []token.Scope{token.ScopeWrite},
				Issuer:     rapid.String().Draw(t, "issuer"),
				Request:    rapid.SampledFrom([]string{"", "", "a", "b"}).Draw(t, "request"),
				Generation: generation.Draw(t, "generation"),
				IssuedAt:   minute.Draw(t, "issued"),
			}
			if rapid.IntRange(0, 3).Draw(t, "expires") == 0 {
				r.ExpiresAt = minute.Draw(t, "expiry")
			}
			return r
		})

		if p.rotated {
			o := token.Organisation{ID: orgs[0], Tag: tags[0], Generation: 8}
			first := token.Record{Org: o.ID, Tag: o.Tag, ID: ids[0], Generation: 8, IssuedAt: start.Add(-9 * time.Minute)}
			second := with(first, func(r *token.Record) { r.ID, r.IssuedAt = ids[1], start.Add(-8*time.Minute) })
			for _, s := range []token.Store{m, s} {
				err := errors.Join(s.PutOrganisation(ctx, o), s.Insert(ctx, first), s.RecordUsage(ctx, o.Tag, map[string]token.Usage{first.ID: Used(start)}))
				if _, rotateErr := s.Rotate(ctx, second, first.ID, start.Add(9*time.Minute)); err != nil || rotateErr != nil {
					t.Fatalf("begin: %v, %v", err, rotateErr)
				}
			}
		}

		t.Repeat(map[string]func(*rapid.T){
			"PutOrganisation": func(t *rapid.T) {
				o := token.Organisation{
					ID:         org.Draw(t, "org"),
					Tag:        tag.Draw(t, "tag"),
					Enabled:    rapid.Bool().Draw(t, "enabled"),
					Generation: generation.Draw(t, "generation"),
					Settings:   rapid.MapOfN(rapid.String(), rapid.String(), 0, 3).Draw(t, "settings"),
				}
				same(t, m.PutOrganisation(ctx, o), s.PutOrganisation(ctx, o))
			},
			"EraseOrganisation": func(t *rapid.T) {
				if p.rotated || rapid.IntRange(0, 3).Draw(t, "stays") != 0 { // so that most sequences are long
					return
				}
				o, tag := org.Draw(t, "org"), tag.Draw(t, "tag")
				same(t, m.EraseOrganisation(ctx, o, tag), s.EraseOrganisation(ctx, o, tag))
			},
			"Organisation": func(t *rapid.T) {
				o := org.Draw(t, "org")
				want, wantErr := m.Organisation(ctx, o)
				got, gotErr := s.Organisation(ctx, o)
				same(t, wantErr, gotErr)
				sameValue(t, want, got)
			},
			"Insert": func(t *rapid.T) {
				r := newRecord.Draw(t, "record")
				same(t, m.Insert(ctx, r), s.Insert(ctx, r))
			},
			"Rotate": func(t *rapid.T) {
				r, current, end := newRecord.Draw(t, "record"), id.Draw(t, "current"), minute.Draw(t, "end")
				want, wantErr := m.Rotate(ctx, r, current, end)
				got, gotErr := s.Rotate(ctx, r, current, end)
				sameRecord(t, want, got, wantErr, gotErr)
			},
			"Lookup": func(t *rapid.T) {
				tag, id := tag.Draw(t, "tag"), id.Draw(t, "id")
				wantRecord, wantOrganisation, wantErr := m.Lookup(ctx, tag, id)
				gotRecord, gotOrganisation, gotErr := s.Lookup(ctx, tag, id)
				same(t, wantErr, gotErr)
				sameValue(t, wantOrganisation, gotOrganisation)
				wantRecord.Usage, gotRecord.Usage = token.Usage{}, token.Usage{} // for List alone
				sameValue(t, wantRecord, gotRecord)
			},
			"List": func(t *rapid.T) {
				o := org.Draw(t, "org")
				want, wantErr := m.List(ctx, o)
				got, gotErr := s.List(ctx, o)
				same(t, wantErr, gotErr)
				for i := 1; i < len(got); i++ {
					if got[i-1].IssuedAt.Before(got[i].IssuedAt) {
						t.Fatalf("List: %s is before %s, issued later", got[i-1].ID, got[i].ID)
					}
				}
				sameValue(t, byID(want), byID(got)) // issued at one time, they are in any order
			},
			"Revoke": func(t *rapid.T) {
				o, id, at := org.Draw(t, "org"), id.Draw(t, "id"), minute.Draw(t, "at")
				want, wantErr := m.Revoke(ctx, o, id, at)
				got, gotErr := s.Revoke(ctx, o, id, at)
				sameRecord(t, want, got, wantErr, gotErr)
			},
			"RevokeLeaked": func(t *rapid.T) {
				o, id, at := org.Draw(t, "org"), id.Draw(t, "id"), minute.Draw(t, "at")
				want, wantErr := m.RevokeLeaked(ctx, o, id, at)
				got, gotErr := s.RevokeLeaked(ctx, o, id, at)
				sameRecord(t, want, got, wantErr, gotErr)
			},
			"EndEarly": func(t *rapid.T) {
				o, id, successor, at := org.Draw(t, "org"), id.Draw(t, "id"), id.Draw(t, "successor"), minute.Draw(t, "at")
				want, wantErr := m.EndEarly(ctx, o, id, successor, at)
				got, gotErr := s.EndEarly(ctx, o, id, successor, at)
				sameRecord(t, want, got, wantErr, gotErr)
			},
			"Cancel": func(t *rapid.T) {
				o, id, at := org.Draw(t, "org"), id.Draw(t, "id"), minute.Draw(t, "at")
				want, wantErr := m.Cancel(ctx, o, id, at)
				got, gotErr := s.Cancel(ctx, o, id, at)
				sameRecord(t, want, got, wantErr, gotErr)
			},
			"Restore": func(t *rapid.T) {
				o, id, at := org.Draw(t, "org"), id.Draw(t, "id"), minute.Draw(t, "at")
				want, wantErr := m.Restore(ctx, o, id, at)
				got, gotErr := s.Restore(ctx, o, id, at)
				sameRecord(t, want, got, wantErr, gotErr)
			},
			"RecordUsage": func(t *rapid.T) {
				tag, used := tag.Draw(t, "tag"), rapid.MapOf(id, use).Draw(t, "used")
				same(t, m.RecordUsage(ctx, tag, used), s.RecordUsage(ctx, tag, used))
			},
		})
	})
}

// same fails the test unless both errors are nil or the same sentinel.
func same(t *rapid.T, want, got error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("error %v, want %v", got, want)
	}
}

// sameRecord is for the record that a change returns, in which Usage is not set.
func sameRecord(t *rapid.T, want, got token.Record, wantErr, gotErr error) {
	t.Helper()
	same(t, wantErr, gotErr)
	want.Usage, got.Usage = token.Usage{}, token.Usage{}
	sameValue(t, want, got)
}

func sameValue(t *rapid.T, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
}

func byID(records []token.Record) map[string]token.Record {
	m := make(map[string]token.Record, len(records))
	for _, r := range records {
		m[r.ID] = r
	}
	return m
}
