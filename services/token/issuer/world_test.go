package issuer_test

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/tokentest"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/local/embedded"
	"github.com/devrev/scim/services/token/issuer"
	"github.com/devrev/scim/services/token/issuer/issuertest"
)

const org = "org-a"

var admin = audit.Caller{Subject: "administrator-7", Address: "192.0.2.7", TraceID: "0af7651916cd43dd8448eb211c80319c"}

// world is an issuer on stores of its own, with a clock that moves only when the test moves it.
type world struct {
	*issuer.Issuer
	t       *testing.T
	faults  *faults
	store   issuer.Store
	tokens  token.Store
	keyring token.Keyring
	time    time.Time
	first   issuer.Issued // the token that came with enabling
	second  issuer.Issued // of rotated
	issued  map[string]token.Token
}

func newWorld(t *testing.T) *world {
	t.Helper()
	keyring, err := token.NewKeyring("k1", map[string][]byte{"k1": bytes.Repeat([]byte{7}, token.MinPepper)})
	assert.NilError(t, err)
	file := newFile(t)
	w := &world{t: t, faults: &faults{}, store: file.Organisations(), tokens: file.Tokens(), keyring: keyring, time: time.Now().UTC().Truncate(time.Millisecond)}
	w.Issuer = w.withFaults()
	return w
}

func (w *world) withFaults() *issuer.Issuer {
	return issuertest.New(w.t, issuer.Deps{
		Store: faultyStore{w.store, w.faults}, Tokens: faultyTokens{w.tokens, w.faults}, Keyring: w.keyring, Now: w.now,
	})
}

func (w *world) now() time.Time { return w.time }

// on returns an Issuer on another store, without faults.
func (w *world) on(s issuer.Store) *issuer.Issuer {
	return issuertest.New(w.t, issuer.Deps{Store: s, Tokens: w.tokens, Keyring: w.keyring, Now: w.now})
}

// withoutFaults returns an Issuer for concurrent use, which the counting of faults is not.
func (w *world) withoutFaults() *issuer.Issuer { return w.on(w.store) }

func newFile(t *testing.T) *embedded.File {
	t.Helper()
	file, err := embedded.Open(filepath.Join(t.TempDir(), "scim.db"))
	assert.NilError(t, err)
	t.Cleanup(func() { _ = file.Close() })
	return file
}

// announced returns a world in which org is known, with single sign-on.
func announced(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.announce(issuer.Terms{SSO: true})
	return w
}

// enabled returns a world in which SCIM is on for org, and its first token.
func enabled(t *testing.T) (*world, issuer.Issued) {
	t.Helper()
	w := announced(t)
	issued, err := w.Enable(t.Context(), admin, org)
	if err != nil {
		t.Fatalf("Enable: %v", err)
	}
	w.first, w.issued = issued, map[string]token.Token{issued.Token.ID(): issued.Token}
	w.tick()
	return w, issued
}

// rotated returns a world in which the first token was used and another one took its place, and
// that one.
func rotated(t *testing.T) (*world, issuer.Issued) {
	t.Helper()
	w, first := enabled(t)
	w.use(first.Token)
	w.second = w.rotate(issuer.Rotation{Current: first.Token.ID(), Overlap: issuer.DefaultOverlap})
	return w, w.second
}

func (w *world) rotate(q issuer.Rotation) issuer.Issued {
	w.t.Helper()
	issued, err := w.Rotate(w.t.Context(), admin, org, q)
	if err != nil {
		w.t.Fatalf("Rotate: %v", err)
	}
	w.tick()
	return issued
}

func (w *world) announce(terms issuer.Terms) issuer.Organisation {
	w.t.Helper()
	o, _, err := w.Announce(w.t.Context(), admin, org, terms)
	if err != nil {
		w.t.Fatalf("Announce: %v", err)
	}
	return o
}

func (w *world) issue(q issuer.TokenRequest) issuer.Issued {
	w.t.Helper()
	issued, err := w.Issue(w.t.Context(), admin, org, q)
	if err != nil {
		w.t.Fatalf("Issue: %v", err)
	}
	w.tick()
	return issued
}

// use records that the token is used now, as SCIM services do.
func (w *world) use(t token.Token) {
	w.t.Helper()
	if err := w.tokens.RecordUsage(w.t.Context(), t.Tag(), map[string]token.Usage{t.ID(): tokentest.Used(w.time)}); err != nil {
		w.t.Fatalf("RecordUsage: %v", err)
	}
	w.tick()
}

// tick advances the clock, so that what was issued before is older than what follows.
func (w *world) tick() { w.time = w.time.Add(time.Second) }

// accepts returns how a SCIM service verifies the token.
func (w *world) accepts(t token.Token) (token.Principal, error) {
	return token.NewVerifier(w.tokens, w.keyring, w.now).Verify(w.t.Context(), "Bearer "+t.Reveal())
}

func (w *world) wantAccepted(t token.Token) {
	w.t.Helper()
	if _, err := w.accepts(t); err != nil {
		w.t.Errorf("the token is not accepted: %v", err)
	}
}

func (w *world) wantRefused(t token.Token, want token.Reason) {
	w.t.Helper()
	_, err := w.accepts(t)
	if refusal, ok := errors.AsType[*token.Refusal](err); !ok || refusal.Reason != want {
		w.t.Errorf("the token gives %v, want the refusal %s", err, want)
	}
}

// audit returns the actions of org, the first one first.
func (w *world) audit() (actions []audit.Action) {
	w.t.Helper()
	entries, err := w.store.ReadAudit(w.t.Context(), org, audit.Query{Limit: 1000})
	if err != nil {
		w.t.Fatalf("ReadAudit: %v", err)
	}
	for i := range entries {
		actions = append(actions, entries[len(entries)-1-i].Action)
	}
	return actions
}

// faults makes one store call fail: that with the number at, counted from 1; 0 is none. If lost,
// the call does its work and only its answer is lost.
type faults struct {
	mu        sync.Mutex
	at, calls int
	lost      bool
}

var errFault = errors.New("the fault")

func (f *faults) around(unavailable error, call func() error) error {
	f.mu.Lock()
	f.calls++
	strikes, lost := f.calls == f.at, f.lost
	f.mu.Unlock()
	if !strikes {
		return call()
	}
	if lost {
		_ = call() // whose answer is lost
	}
	return errors.Join(unavailable, errFault)
}

func (f *faults) failAt(call int, lost bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at, f.calls, f.lost = call, 0, lost
}

type faultyStore struct {
	issuer.Store
	faults *faults
}

func (s faultyStore) Organisation(ctx context.Context, id string) (o issuer.Organisation, err error) {
	err = s.faults.around(issuer.ErrUnavailable, func() error { o, err = s.Store.Organisation(ctx, id); return err })
	return o, err
}

func (s faultyStore) CreateOrganisation(ctx context.Context, o issuer.Organisation) error {
	return s.faults.around(issuer.ErrUnavailable, func() error { return s.Store.CreateOrganisation(ctx, o) })
}

func (s faultyStore) ReplaceOrganisation(ctx context.Context, o issuer.Organisation) (stored issuer.Organisation, err error) {
	err = s.faults.around(issuer.ErrUnavailable, func() error { stored, err = s.Store.ReplaceOrganisation(ctx, o); return err })
	return stored, err
}

func (s faultyStore) Organisations(ctx context.Context, after string) iter.Seq2[issuer.Organisation, error] {
	if err := s.faults.around(issuer.ErrUnavailable, func() error { return nil }); err != nil {
		return func(yield func(issuer.Organisation, error) bool) { yield(issuer.Organisation{}, err) }
	}
	return s.Store.Organisations(ctx, after)
}

func (s faultyStore) AppendAudit(ctx context.Context, e audit.Entry) error {
	return s.faults.around(issuer.ErrUnavailable, func() error { return s.Store.AppendAudit(ctx, e) })
}

func (s faultyStore) AuditHead(ctx context.Context, org string) (head audit.Head, err error) {
	err = s.faults.around(issuer.ErrUnavailable, func() error { head, err = s.Store.AuditHead(ctx, org); return err })
	return head, err
}

func (s faultyStore) ReadAudit(ctx context.Context, org string, q audit.Query) (entries []audit.Entry, err error) {
	err = s.faults.around(issuer.ErrUnavailable, func() error { entries, err = s.Store.ReadAudit(ctx, org, q); return err })
	return entries, err
}

func (s faultyStore) Revocations(ctx context.Context, since time.Time) (entries []audit.Entry, err error) {
	err = s.faults.around(issuer.ErrUnavailable, func() error { entries, err = s.Store.Revocations(ctx, since); return err })
	return entries, err
}

type faultyTokens struct {
	token.Store
	faults *faults
}

func (s faultyTokens) Lookup(ctx context.Context, tag, id string) (r token.Record, o token.Organisation, err error) {
	err = s.faults.around(token.ErrUnavailable, func() error { r, o, err = s.Store.Lookup(ctx, tag, id); return err })
	return r, o, err
}

func (s faultyTokens) RevokeLeaked(ctx context.Context, org, id string, at time.Time) (r token.Record, err error) {
	err = s.faults.around(token.ErrUnavailable, func() error { r, err = s.Store.RevokeLeaked(ctx, org, id, at); return err })
	return r, err
}

func (s faultyTokens) PutOrganisation(ctx context.Context, o token.Organisation) error {
	return s.faults.around(token.ErrUnavailable, func() error { return s.Store.PutOrganisation(ctx, o) })
}

func (s faultyTokens) Organisation(ctx context.Context, org string) (o token.Organisation, err error) {
	err = s.faults.around(token.ErrUnavailable, func() error { o, err = s.Store.Organisation(ctx, org); return err })
	return o, err
}

func (s faultyTokens) Insert(ctx context.Context, r token.Record) error {
	return s.faults.around(token.ErrUnavailable, func() error { return s.Store.Insert(ctx, r) })
}

func (s faultyTokens) Rotate(ctx context.Context, r token.Record, current string, end time.Time) (stored token.Record, err error) {
	err = s.faults.around(token.ErrUnavailable, func() error { stored, err = s.Store.Rotate(ctx, r, current, end); return err })
	return stored, err
}

func (s faultyTokens) EndEarly(ctx context.Context, org, id, successor string, at time.Time) (r token.Record, err error) {
	err = s.faults.around(token.ErrUnavailable, func() error { r, err = s.Store.EndEarly(ctx, org, id, successor, at); return err })
	return r, err
}

func (s faultyTokens) Cancel(ctx context.Context, org, id string, at time.Time) (r token.Record, err error) {
	err = s.faults.around(token.ErrUnavailable, func() error { r, err = s.Store.Cancel(ctx, org, id, at); return err })
	return r, err
}

func (s faultyTokens) Restore(ctx context.Context, org, id string, at time.Time) (r token.Record, err error) {
	err = s.faults.around(token.ErrUnavailable, func() error { r, err = s.Store.Restore(ctx, org, id, at); return err })
	return r, err
}

func (s faultyTokens) List(ctx context.Context, org string) (records []token.Record, err error) {
	err = s.faults.around(token.ErrUnavailable, func() error { records, err = s.Store.List(ctx, org); return err })
	return records, err
}

func (s faultyTokens) Revoke(ctx context.Context, org, id string, at time.Time) (r token.Record, err error) {
	err = s.faults.around(token.ErrUnavailable, func() error { r, err = s.Store.Revoke(ctx, org, id, at); return err })
	return r, err
}
