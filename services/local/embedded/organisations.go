package embedded

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"go.etcd.io/bbolt"

	"github.com/devrev/scim/services/token/issuer"
)

// Organisations is the issuer.Store of a File. Its buckets:
//
//	issuer
//	  organisations  <organisation id>             -> the organisation
//	  tags           <tag>                         -> organisation id
//	  audit          <organisation id> 0 <entry id> -> the entry; entry ids sort by time
//	  heads          <organisation id>             -> the head of its chain
//	  once           <organisation id> 0 <what an entry tells once> -> nothing
//	  erasures       <organisation id>             -> the generation as of which the directory has nothing of it
type Organisations struct{ file *File }

var _ issuer.Store = (*Organisations)(nil)

// Organisations returns the store of organisations and the audit.
func (f *File) Organisations() *Organisations { return &Organisations{file: f} }

// issued is the issuer's part of the file, within a transaction.
type issued struct{ organisations, tags, audit, heads, once, erasures table }

func issuedTables() []string {
	return []string{"organisations", "tags", "audit", "heads", "once", "erasures"}
}

func issuedIn(tx *bbolt.Tx) issued {
	root := tableAt(tx, "issuer")
	return issued{
		organisations: root.sub("organisations"), tags: root.sub("tags"), audit: root.sub("audit"), heads: root.sub("heads"), once: root.sub("once"),
		erasures: root.sub("erasures"),
	}
}

func (s *Organisations) view(ctx context.Context, read func(issued) error) error {
	return answerIssuer(s.file.view(ctx, func(tx *bbolt.Tx) error { return read(issuedIn(tx)) }))
}

func (s *Organisations) update(ctx context.Context, change func(issued) error) error {
	return answerIssuer(s.file.update(ctx, func(tx *bbolt.Tx) error {
		for _, name := range issuedTables() {
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

// ReplaceOrganisation implements issuer.Store. That all of an organisation is erased is stored once
// no page of the file holds anything of it.
func (s *Organisations) ReplaceOrganisation(ctx context.Context, o issuer.Organisation) (issuer.Organisation, error) {
	if !o.ErasedAt.IsZero() {
		if err := answerIssuer(s.file.shred()); err != nil {
			return issuer.Organisation{}, err
		}
	}
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

// Organisations implements issuer.Store. It reads page by page: a caller that writes while a
// transaction of this goroutine reads would wait for itself.
func (s *Organisations) Organisations(ctx context.Context, after string) iter.Seq2[issuer.Organisation, error] {
	return func(yield func(issuer.Organisation, error) bool) {
		for last := after; ; {
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

// after returns some of the organisations whose id is greater than last, in the order of ids; none
// if there is none.
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

func (in issued) organisation(id string) (issuer.Organisation, error) {
	o, ok, err := getJSON[issuer.Organisation](in.organisations, []byte(id))
	if err == nil && !ok {
		err = issuer.ErrNoOrganisation
	}
	return o, err
}

// answerIssuer lets the contract's own errors pass and makes ErrUnavailable of all others.
func answerIssuer(err error) error {
	for _, answer := range []error{nil, issuer.ErrNoOrganisation, issuer.ErrExists, issuer.ErrVersionConflict, issuer.ErrTold} {
		if errors.Is(err, answer) {
			return err
		}
	}
	return fmt.Errorf("%w: %w", issuer.ErrUnavailable, err)
}
