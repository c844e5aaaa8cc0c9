package embedded_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/local/embedded"
	"github.com/devrev/scim/services/scim/directory/directorytest"
	"github.com/devrev/scim/services/scim/erasure"
	"github.com/devrev/scim/services/scim/erasure/erasuretest"
	"github.com/devrev/scim/services/token/issuer"
	"github.com/devrev/scim/services/token/issuer/issuertest"
)

func storesIn(f *embedded.File) erasuretest.Stores {
	return erasuretest.Stores{Directory: f.Directory(), Holds: f.Directory(), Activity: f.Activity(), Undos: f.Undos(), Tenants: f.Tenants()}
}

func openAt(t *testing.T, path string) *embedded.File {
	t.Helper()
	f, err := embedded.Open(path)
	assert.NilError(t, err)
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func TestTenantsKeepTheContract(t *testing.T) {
	t.Parallel()
	erasuretest.RunStore(t, storesIn(openAt(t, filepath.Join(t.TempDir(), "scim.db"))))
}

// seeded is part of every text that an organisation in these tests has.
const seeded = "seeded-secret"

// leaving returns an issuer whose clock is at *now, and an organisation in the file that has been
// seeded and has left, and whose grace is over.
func leaving(t *testing.T, f *embedded.File, now *time.Time) *issuer.Issuer {
	t.Helper()
	keyring, err := token.NewKeyring("k1", map[string][]byte{"k1": bytes.Repeat([]byte{7}, token.MinPepper)})
	assert.NilError(t, err)
	i := issuertest.New(t, issuer.Deps{Store: f.Organisations(), Tokens: f.Tokens(), Keyring: keyring, Now: func() time.Time { return *now }})
	by := audit.Caller{Subject: seeded + "-administrator"}
	for _, org := range []string{"org-a", "org-b"} {
		if _, _, err := i.Announce(t.Context(), by, org, issuer.Terms{SSO: true, Connection: seeded + "-of-" + org}); err != nil {
			t.Fatal(err)
		}
		if _, err := i.Enable(t.Context(), by, org); err != nil {
			t.Fatal(err)
		}
	}
	assert.NilError(t, f.Directory().CreateUser(t.Context(), "org-a", directorytest.NewUser(seeded+"@example.com", "title", seeded)))
	erasuretest.Fill(t, storesIn(f), "org-a", 20)
	if _, err := i.Leave(t.Context(), by, "org-a"); err != nil {
		t.Fatal(err)
	}
	*now = now.Add(issuer.DefaultGrace)
	return i
}

// wantFile fails the test unless the file holds the text, or unless it does not.
func wantFile(t *testing.T, path, text string, held bool) {
	t.Helper()
	content, err := os.ReadFile(path)
	assert.NilError(t, err)
	if got := bytes.Contains(content, []byte(text)); got != held {
		t.Errorf("that the file holds %q is %v, want %v", text, got, held)
	}
}

// TestNothingErasedIsInTheFile: not in its free pages either.
func TestNothingErasedIsInTheFile(t *testing.T) {
	t.Parallel()
	path, now := filepath.Join(t.TempDir(), "scim.db"), time.Now()
	f := openAt(t, path)
	i := leaving(t, f, &now)
	eraser := erasure.New(f.Departures(), f.Tenants())
	texts := []string{seeded + "-of-org-a", seeded + "@example.com", "Title of leaver@example.com"}
	for _, text := range texts {
		wantFile(t, path, text, true)
	}
	if _, err := i.Reconcile(t.Context()); err != nil { // the tombstone
		t.Fatal(err)
	}
	if _, err := eraser.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := i.Reconcile(t.Context()); err != nil { // which sees that all is erased
		t.Fatal(err)
	}
	if o, err := i.Stored(t.Context(), "org-a"); err != nil || o.ErasedAt.IsZero() {
		t.Fatalf("the organisation is %+v, %v; want it erased", o, err)
	}
	for _, text := range texts {
		wantFile(t, path, text, false)
	}
	wantFile(t, path, seeded+"-of-org-b", true)
	if _, err := f.Tokens().Organisation(t.Context(), "org-b"); err != nil {
		t.Errorf("the other organisation after the file was replaced: %v", err)
	}
	head, err := f.Organisations().AuditHead(t.Context(), "org-a")
	assert.NilError(t, err)
	part, err := i.VerifyAudit(t.Context(), "org-a", audit.Position{})
	if err != nil || !part.Intact || part.Entries != 1 || part.Erased != head.Seq-1 {
		t.Errorf("the audit is %+v, %v; want one entry, which says that those before are erased", part, err)
	}
}

// TestAFileThatWasNotRewrittenIsAtTheNextOpen: a process may be killed in between.
func TestAFileThatWasNotRewrittenIsAtTheNextOpen(t *testing.T) {
	t.Parallel()
	path, now := filepath.Join(t.TempDir(), "scim.db"), time.Now()
	f := openAt(t, path)
	i := leaving(t, f, &now)
	if _, err := i.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := erasure.New(f.Departures(), f.Tenants()).Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, "Title of leaver@example.com", true)
	assert.NilError(t, f.Close())
	assert.NilError(t, os.WriteFile(path+".new", []byte("half of a file"), 0o600))
	openAt(t, path)
	wantFile(t, path, "Title of leaver@example.com", false)
	if _, err := os.Stat(path + ".new"); !os.IsNotExist(err) {
		t.Errorf("the half of a file: %v", err)
	}
}
