package tokentest

import (
	"context"
	"testing"

	"github.com/devrev/scim/libs/token"
)

var storeRules = []rule{
	{"a call whose context has ended is ErrUnavailable wrapping the context's error", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		r := insert(t, s, record(o, now()))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for call, do := range map[string]func() error{
			"PutOrganisation":   func() error { return s.PutOrganisation(ctx, o) },
			"Organisation":      func() error { _, err := s.Organisation(ctx, o.ID); return err },
			"Insert":            func() error { return s.Insert(ctx, record(o, now())) },
			"Lookup":            func() error { _, _, err := s.Lookup(ctx, r.Tag, r.ID); return err },
			"List":              func() error { _, err := s.List(ctx, o.ID); return err },
			"Rotate":            func() error { _, err := s.Rotate(ctx, record(o, now()), r.ID, now()); return err },
			"Revoke":            func() error { _, err := s.Revoke(ctx, o.ID, r.ID, now()); return err },
			"EndEarly":          func() error { _, err := s.EndEarly(ctx, o.ID, r.ID, r.ID, now()); return err },
			"Cancel":            func() error { _, err := s.Cancel(ctx, o.ID, r.ID, now()); return err },
			"Restore":           func() error { _, err := s.Restore(ctx, o.ID, r.ID, now()); return err },
			"EraseOrganisation": func() error { return s.EraseOrganisation(ctx, o.ID, o.Tag) },
			"RecordUsage":       func() error { return s.RecordUsage(ctx, o.Tag, map[string]token.Usage{r.ID: Used(now())}) },
		} {
			err := do()
			wantErr(t, call, err, token.ErrUnavailable)
			wantErr(t, call, err, context.Canceled)
		}
		wantLookup(t, s, r, o)
		wantList(t, s, o.ID, r)
	}},
}
