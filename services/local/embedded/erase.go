package embedded

import (
	"context"
	"errors"
	"time"

	"go.etcd.io/bbolt"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/erasure"
	"github.com/devrev/scim/services/scim/history"
	"github.com/devrev/scim/services/token/issuer"
)

// EraseOrganisation removes an organisation, its tag and its records.
func (s *Tokens) EraseOrganisation(ctx context.Context, org, tag string) error {
	defer s.file.tokens.forget()
	return tokenAnswer(s.file.updateErasing(ctx, func(tx *bbolt.Tx) error {
		in := tokenTablesOf(tx)
		if in.tags.bucket == nil {
			return nil
		}
		if owner := in.tags.get([]byte(tag)); owner != nil && string(owner) != org {
			return nil
		}
		if err := removeUnder(in.records, pair(tag, "")); err != nil {
			return err
		}
		if err := in.tags.delete([]byte(tag)); err != nil {
			return err
		}
		o, ok, err := getJSON[token.Organisation](in.organisations, []byte(org))
		if err != nil || !ok || o.Tag != tag {
			return err
		}
		return in.organisations.delete([]byte(org))
	}))
}

// EraseAudit implements issuer.Store. On one machine all of it is one transaction.
func (s *Organisations) EraseAudit(ctx context.Context, org string, before int64) (more bool, err error) {
	return false, answerIssuer(s.file.updateErasing(ctx, func(tx *bbolt.Tx) error {
		in := issuedIn(tx)
		var old []audit.Entry
		for _, value := range in.audit.under(pair(org, "")) {
			e, err := decode[audit.Entry](value)
			if err != nil {
				return err
			}
			if e.Seq < before {
				old = append(old, e)
			}
		}
		for _, e := range old {
			if err := in.audit.delete(pair(org, e.ID)); err != nil {
				return err
			}
			if e.Once == "" {
				continue
			}
			if err := in.once.delete(pair(org, e.Once)); err != nil {
				return err
			}
		}
		return nil
	}))
}

// DirectoryErased implements issuer.Store.
func (s *Organisations) DirectoryErased(ctx context.Context, o issuer.Organisation) (done bool, err error) {
	err = s.view(ctx, func(in issued) error {
		generation, ok, err := getJSON[int64](in.erasures, []byte(o.ID))
		done = ok && generation >= o.Generation
		return err
	})
	return done, err
}

// Tenants is all that the directory and the activity keep of tenants, to be erased.
type Tenants struct{ file *File }

var _ erasure.Store = Tenants{}

// Tenants returns the tenants of the file.
func (f *File) Tenants() Tenants { return Tenants{f} }

// tenantRoots are the buckets in which each tenant has one of its own.
func tenantRoots() []string { return []string{"directory", "activity"} }

// EraseSome implements erasure.Store. On one machine all of it is one transaction.
func (s Tenants) EraseSome(ctx context.Context, t directory.Tenant, still func(context.Context) (bool, error)) (removed int, err error) {
	err = s.file.view(ctx, func(tx *bbolt.Tx) error {
		for _, root := range tenantRoots() {
			if tableAt(tx, root, string(t)).bucket != nil {
				removed++
			}
		}
		return nil
	})
	if err != nil || removed == 0 {
		return 0, answer(err)
	}
	if is, err := still(ctx); err != nil || !is {
		return 0, err
	}
	return removed, answer(s.file.updateErasing(ctx, func(tx *bbolt.Tx) error {
		if o, err := issuedIn(tx).organisation(string(t)); err == nil && !o.HasLeft() { // it has come back meanwhile
			return nil
		}
		for _, root := range tenantRoots() {
			if tableAt(tx, root, string(t)).bucket == nil {
				continue
			}
			if err := tx.Bucket([]byte(root)).DeleteBucket([]byte(t)); err != nil {
				return err
			}
		}
		return nil
	}))
}

// EraseEntries implements erasure.Store. The file is rewritten with the user.
func (s Tenants) EraseEntries(ctx context.Context, t directory.Tenant, ids []string) error {
	return answer(s.file.updateErasing(ctx, func(tx *bbolt.Tx) error {
		in := toldOf(tableAt(tx, "activity", string(t)))
		if in.entries.bucket == nil {
			return nil
		}
		for _, id := range ids {
			if err := in.removeEntry(id); err != nil {
				return err
			}
		}
		return nil
	}))
}

// EraseUser implements erasure.Store, and rewrites the file.
func (s Tenants) EraseUser(ctx context.Context, t directory.Tenant, id directory.UserID) error {
	err := s.file.updateErasing(ctx, func(tx *bbolt.Tx) error {
		in := tenantOf(tableAt(tx, "directory", string(t)))
		u, err := in.user(id)
		switch {
		case errors.Is(err, directory.ErrNotFound):
			return nil
		case err != nil:
			return err
		case !u.Deleted:
			return directory.ErrVersionConflict
		}
		for _, key := range u.Known() {
			if err := in.eraseWaiting(key); err != nil {
				return err
			}
		}
		if external := u.ExternalID(); external != "" {
			if err := in.externalIDs().delete(append(digest(external), u.ID...)); err != nil {
				return err
			}
		}
		if err := in.goneIndex().change(string(id), u.Resource(), nil); err != nil {
			return err
		}
		if err := in.eraseRecords(history.Resource{Type: history.User, ID: string(id)}); err != nil {
			return err
		}
		if err := in.putWord(u, directory.User{ID: id}); err != nil {
			return err
		}
		return errors.Join(in.forgetInItems(id), in.userNames().delete(digest(u.NameKey)), in.gone().remove(string(id)), in.eraseHeld(id))
	})
	if err != nil {
		return answer(err)
	}
	return answer(s.file.shred())
}

// eraseRecords removes what a resource was before its changes.
func (in tenant) eraseRecords(of history.Resource) error {
	var times [][]byte
	for version, value := range in.records().under(recordKey(of)) {
		r, err := decode[history.Record](value)
		if err != nil {
			return err
		}
		times = append(times, timeKey(r.At, append(recordKey(of), version...)))
	}
	for _, key := range times {
		if err := in.recordTimes().delete(key); err != nil {
			return err
		}
	}
	return removeUnder(in.records(), recordKey(of))
}

// BlankAudit implements audit.Book.
func (s *Organisations) BlankAudit(ctx context.Context, e audit.Entry) error {
	return answerIssuer(s.file.updateErasing(ctx, func(tx *bbolt.Tx) error {
		in, key := issuedIn(tx), pair(e.Org, e.ID)
		stored, ok, err := getJSON[audit.Entry](in.audit, key)
		if err != nil || !ok || stored.Hash != e.Hash {
			return err
		}
		return in.audit.putJSON(key, e)
	}))
}

// Departures are the organisations of the file that have left.
type Departures struct{ organisations *Organisations }

var _ erasure.Departures = Departures{}

// Departures returns those of the file.
func (f *File) Departures() Departures { return Departures{f.Organisations()} }

// Left implements erasure.Departures.
func (d Departures) Left(ctx context.Context) (left []terms.Left, err error) {
	for o, err := range d.organisations.Organisations(ctx, "") {
		if err != nil {
			return nil, err
		}
		if o.HasLeft() && (o.ErasedAt.IsZero() || time.Since(o.ErasedAt) < erasure.Watched) {
			left = append(left, terms.Left{Fence: terms.Fence{ID: o.ID, Generation: o.Generation}, LeftAt: o.LeftAt})
		}
	}
	return left, nil
}

// IsGone implements erasure.Departures.
func (d Departures) IsGone(ctx context.Context, l terms.Left) (bool, error) {
	o, err := d.organisations.Organisation(ctx, l.ID)
	return err == nil && o.HasLeft() && o.Generation == l.Generation, err
}

// Erased implements erasure.Departures.
func (d Departures) Erased(ctx context.Context, l terms.Left) error {
	known, err := d.organisations.DirectoryErased(ctx, issuer.Organisation{ID: l.ID, Generation: l.Generation})
	if err != nil || known {
		return err
	}
	return d.organisations.update(ctx, func(in issued) error { return in.erasures.putJSON([]byte(l.ID), l.Generation) })
}

// removeUnder removes all keys of a table that begin with prefix.
func removeUnder(t table, prefix []byte) error {
	var keys [][]byte
	for rest := range t.under(prefix) {
		keys = append(keys, append(append([]byte(nil), prefix...), rest...))
	}
	for _, key := range keys {
		if err := t.delete(key); err != nil {
			return err
		}
	}
	return nil
}
