package embedded

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/devrev/scim/services/token/issuer"
)

// Organisations is the issuer.Store of a File. Its buckets:
//
//	issuer
//	  organisations  <organisation id>             -> the organisation
//	  tags           <tag>                         -> organisation id
//	  audit          <organisation id> 0 <entry id> -> the entry; entry ids sort by time
type Organisations struct{ file *File }

var _ issuer.Store = (*Organisations)(nil)

// Organisations returns the store of organisations and the audit.
func (f *File) Organisations() *Organisations { return &Organisations{file: f} }

// issued is the issuer's part of the file, within a transaction.
type issued struct{ organisations, tags, audit table }

func issuedIn(tx *bbolt.Tx) issued {
	root := tableAt(tx, "issuer")
	return issued{organisations: root.sub("organisations"), tags: root.sub("tags"), audit: root.sub("audit")}
}

func (s *Organisations) view(ctx context.Context, read func(issued) error) error {
	return answerIssuer(s.file.view(ctx, func(tx *bbolt.Tx) error { return read(issuedIn(tx)) }))
}

func (s *Organisations) update(ctx context.Context, change func(issued) error) error {
	return answerIssuer(s.file.update(ctx, func(tx *bbolt.Tx) error {
		for _, name := range []string{"organisations", "tags", "audit"} {
			if _, err := makeTable(tx, "issuer", name); err != nil {
				return err
			}
		}
		return change(issuedIn(tx))
	}))
}

// Organisation implements issuer.Store.
func (s *Organisations) Organisation(ctx context.Context, id string) (o issuer.Organisation, err error) {
	err = s.view(ctx, func(in issued) error {
		o, err = in.organisation(id)
		return err
	})
	return o, err
}

// CreateOrganisation implements issuer.Store.
func (s *Organisations) CreateOrganisation(ctx context.Context, o issuer.Organisation) error {
	return s.update(ctx, func(in issued) error {
		if in.organisations.has([]byte(o.ID)) || in.tags.has([]byte(o.Tag)) {
			return issuer.ErrExists
		}
		if err := in.tags.put([]byte(o.Tag), []byte(o.ID)); err != nil {
			return err
		}
		return in.organisations.putJSON([]byte(o.ID), o)
	})
}

// ReplaceOrganisation implements issuer.Store.
func (s *Organisations) ReplaceOrganisation(ctx context.Context, o issuer.Organisation) (issuer.Organisation, error) {
	expected := o.Version
	o.Version++
	err := s.update(ctx, func(in issued) error {
		stored, err := in.organisation(o.ID)
		if err != nil {
			return err
		}
		if stored.Version != expected {
			return issuer.ErrVersionConflict
		}
		return in.organisations.putJSON([]byte(o.ID), o)
	})
	if err != nil {
		return issuer.Organisation{}, err
	}
	return o, nil
}

// Organisations implements issuer.Store. It reads page by page: a caller who writes while a transaction of this goroutine
// reads would wait for itself.
func (s *Organisations) Organisations(ctx context.Context) iter.Seq2[issuer.Organisation, error] {
	return func(yield func(issuer.Organisation, error) bool) {
		for last := ""; ; {
			page, err := s.after(ctx, last)
			if err != nil {
				yield(issuer.Organisation{}, err)
				return
			}
			for _, o := range page {
				if !yield(o, nil) {
					return
				}
				last = o.ID
			}
			if len(page) == 0 {
				return
			}
		}
	}
}

// after returns some of the organisations whose id is greater than last, in the order of ids; none if there is none.
func (s *Organisations) after(ctx context.Context, last string) (page []issuer.Organisation, err error) {
	const most = 100
	err = s.view(ctx, func(in issued) error {
		if in.organisations.bucket == nil {
			return nil
		}
		cursor := in.organisations.bucket.Cursor()
		for key, value := cursor.Seek([]byte(last + "\x00")); key != nil && len(page) < most; key, value = cursor.Next() {
			o, err := decode[issuer.Organisation](value)
			if err != nil {
				return err
			}
			page = append(page, o)
		}
		return nil
	})
	return page, err
}

// AppendAudit implements issuer.Store.
func (s *Organisations) AppendAudit(ctx context.Context, e issuer.Entry) error {
	return s.update(ctx, func(in issued) error {
		key := pair(e.Org, e.ID)
		if in.audit.has(key) {
			return nil
		}
		return in.audit.putJSON(key, e)
	})
}

// ReadAudit implements issuer.Store.
func (s *Organisations) ReadAudit(ctx context.Context, org string, limit int) (entries []issuer.Entry, err error) {
	err = s.view(ctx, func(in issued) error {
		var values [][]byte
		for _, value := range in.audit.under(pair(org, "")) {
			values = append(values, value)
		}
		for _, value := range slices.Backward(values[max(0, len(values)-limit):]) {
			e, err := decode[issuer.Entry](value)
			if err != nil {
				return err
			}
			entries = append(entries, e)
		}
		return nil
	})
	return entries, err
}

// Revocations implements issuer.Store. It reads the whole audit, which on one machine is short.
func (s *Organisations) Revocations(ctx context.Context, since time.Time) (entries []issuer.Entry, err error) {
	err = s.view(ctx, func(in issued) error {
		for _, value := range in.audit.under(nil) {
			e, err := decode[issuer.Entry](value)
			if err != nil {
				return err
			}
			if slices.Contains(issuer.EndingActions(), e.Action) && e.Result == issuer.ResultBegun && !e.At.Before(since) {
				entries = append(entries, e)
			}
		}
		return nil
	})
	return entries, err
}

func (in issued) organisation(id string) (issuer.Organisation, error) {
	o, ok, err := getJSON[issuer.Organisation](in.organisations, []byte(id))
	if err == nil && !ok {
		err = issuer.ErrNoOrganisation
	}
	return o, err
}

// answerIssuer lets the contract's own errors pass and makes ErrUnavailable of all others.
func answerIssuer(err error) error {
	if err == nil || errors.Is(err, issuer.ErrNoOrganisation) || errors.Is(err, issuer.ErrExists) || errors.Is(err, issuer.ErrVersionConflict) {
		return err
	}
	return fmt.Errorf("%w: %w", issuer.ErrUnavailable, err)
}
