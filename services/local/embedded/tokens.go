package embedded

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/devrev/scim/libs/token"
)

// Tokens is the token.Store of a File.
type Tokens struct{ file *File }

var _ token.Store = (*Tokens)(nil)

// Tokens returns the store of token records and of the organisations' copies.
func (f *File) Tokens() *Tokens { return &Tokens{file: f} }

// PutOrganisation stores an organisation.
func (s *Tokens) PutOrganisation(ctx context.Context, o token.Organisation) error {
	return s.update(ctx, func(in tokenTables) error {
		stored, err := in.organisation(o.ID)
		known := err == nil
		switch {
		case err != nil && !errors.Is(err, token.ErrNotFound):
			return err
		case known && stored.Tag != o.Tag, !known && in.tags.has([]byte(o.Tag)):
			return token.ErrTaken
		case known && stored.Generation > o.Generation:
			return nil
		}
		if err := in.tags.put([]byte(o.Tag), []byte(o.ID)); err != nil {
			return err
		}
		return in.organisations.putJSON([]byte(o.ID), o)
	})
}

// Organisation returns an organisation.
func (s *Tokens) Organisation(ctx context.Context, org string) (o token.Organisation, err error) {
	err = s.view(ctx, func(in tokenTables) error {
		o, err = in.organisation(org)
		return err
	})
	return o, err
}

// Lookup returns a record and its organisation, from memory if nothing was written since the last
// call.
func (s *Tokens) Lookup(ctx context.Context, tag, id string) (token.Record, token.Organisation, error) {
	key := tokenKey{tag, id}
	found, ok, writes := s.file.tokens.get(key)
	if ok && ctx.Err() == nil {
		found = found.clone()
		return found.record, found.organisation, nil
	}
	var r token.Record
	var o token.Organisation
	err := s.view(ctx, func(in tokenTables) (err error) {
		if r, err = in.record(tag, id); err != nil {
			return err
		}
		o, err = in.organisation(r.Org)
		return err
	})
	if err == nil {
		s.file.tokens.put(key, lookup{r, o}.clone(), writes)
	}
	return r, o, err
}

// List returns the records of an organisation.
func (s *Tokens) List(ctx context.Context, org string) (records []token.Record, err error) {
	err = s.view(ctx, func(in tokenTables) error {
		o, err := in.organisation(org)
		if err != nil {
			return err
		}
		records, err = in.recordsOf(o)
		return err
	})
	gone := time.Now().Add(-token.Tombstone)
	records = slices.DeleteFunc(records, func(r token.Record) bool { return !r.End().IsZero() && !r.End().After(gone) })
	for i := range records {
		records[i].Usage = recent(records[i].Usage)
	}
	slices.SortFunc(records, func(a, b token.Record) int {
		return cmp.Or(b.IssuedAt.Compare(a.IssuedAt), cmp.Compare(a.ID, b.ID))
	})
	return records, err
}

// RecordUsage adds to the recorded use of tokens.
func (s *Tokens) RecordUsage(ctx context.Context, tag string, used map[string]token.Usage) error {
	return s.update(ctx, func(in tokenTables) error {
		for id, use := range used {
			r, err := in.record(tag, id)
			if errors.Is(err, token.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			r.Usage = recent(r.Plus(use))
			if err := in.put(r); err != nil {
				return err
			}
		}
		return nil
	})
}

// tokenTables is the tokens' part of the file, within a transaction.
type tokenTables struct{ organisations, tags, records table }

func tokenTablesOf(tx *bbolt.Tx) tokenTables {
	root := tableAt(tx, "tokens")
	return tokenTables{organisations: root.sub("organisations"), tags: root.sub("tags"), records: root.sub("records")}
}

func (s *Tokens) view(ctx context.Context, read func(tokenTables) error) error {
	return tokenAnswer(s.file.view(ctx, func(tx *bbolt.Tx) error { return read(tokenTablesOf(tx)) }))
}

func (s *Tokens) update(ctx context.Context, change func(tokenTables) error) error {
	defer s.file.tokens.forget() // also what failed: nothing is lost with it
	return tokenAnswer(s.file.update(ctx, func(tx *bbolt.Tx) error {
		for _, name := range []string{"organisations", "tags", "records"} {
			if _, err := makeTable(tx, "tokens", name); err != nil {
				return err
			}
		}
		return change(tokenTablesOf(tx))
	}))
}

func (in tokenTables) organisation(id string) (token.Organisation, error) {
	o, ok, err := getJSON[token.Organisation](in.organisations, []byte(id))
	if err == nil && !ok {
		err = token.ErrNotFound
	}
	return o, err
}

func (in tokenTables) record(tag, id string) (token.Record, error) {
	r, ok, err := getJSON[token.Record](in.records, pair(tag, id))
	if err == nil && !ok {
		err = token.ErrNotFound
	}
	return r, err
}

// recordsOf returns all records of o, however long they are dead.
func (in tokenTables) recordsOf(o token.Organisation) ([]token.Record, error) {
	var records []token.Record
	for _, value := range in.records.under(pair(o.Tag, "")) {
		r, err := decode[token.Record](value)
		if err != nil {
			return nil, err
		}
		records = append(records, r)
	}
	return records, nil
}

func (in tokenTables) put(r token.Record) error { return in.records.putJSON(pair(r.Tag, r.ID), r) }

// recent drops the hours that are no longer returned.
func recent(u token.Usage) token.Usage { return u.Since(time.Now().Add(-token.UsageMemory)) }

// kept returns t as the store keeps it: in UTC, to the millisecond.
func kept(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// tokenAnswer lets the contract's own errors pass and makes ErrUnavailable of all others.
func tokenAnswer(err error) error {
	if err == nil || token.Answered(err) {
		return err
	}
	return fmt.Errorf("%w: %w", token.ErrUnavailable, err)
}
