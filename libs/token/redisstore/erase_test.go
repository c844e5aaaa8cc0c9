package redisstore_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/libs/token/tokentest"
)

// TestErasingLeavesNoKey: not those that no token leads to either.
func TestErasingLeavesNoKey(t *testing.T) {
	t.Parallel()
	client := dial(t, redistest.URL(t))
	s := redisstore.New(client)
	i, other := issue(t, s), issue(t, s)
	tag := i.organisation.Tag
	recordUsage(t, s, i)
	stray := token.New(tag).ID()
	assert.NilError(t, s.RecordUsage(t.Context(), tag, map[string]token.Usage{stray: tokentest.Used(time.Now())}))
	s.PutPlace(t.Context(), tag, "key", "place", time.Minute)
	request := newRecord(i.organisation, token.New(tag))
	request.Request = "request"
	assert.NilError(t, s.Insert(t.Context(), request))
	before := len(organisationKeys(t, client, other.organisation.Tag))
	if n := len(organisationKeys(t, client, tag)); n < 8 {
		t.Fatalf("the test has %d keys to erase", n)
	}
	assert.NilError(t, s.EraseOrganisation(t.Context(), i.organisation.ID, tag))
	if left := organisationKeys(t, client, tag); len(left) != 0 {
		t.Errorf("these keys are left: %v", left)
	}
	if n := len(organisationKeys(t, client, other.organisation.Tag)); n != before {
		t.Errorf("another organisation has %d keys, before %d", n, before)
	}
}

// TestNothingErasedIsInTheFilesOfRedis, once they are rewritten, as docs/retention.md says.
func TestNothingErasedIsInTheFilesOfRedis(t *testing.T) {
	t.Parallel()
	const seeded = "seeded-in-redis"
	folder := t.TempDir()
	client := dial(t, redistest.Start(t, "--appendonly", "yes", "--dir", folder, "--save", "").URL())
	s := redisstore.New(client)
	o := newOrganisation()
	o.Settings = map[string]string{"schemas": seeded}
	r := newRecord(o, token.New(o.Tag))
	r.Name, r.Issuer = seeded, seeded
	for _, err := range []error{s.PutOrganisation(t.Context(), o), s.Insert(t.Context(), r), client.Save(t.Context()).Err()} {
		assert.NilError(t, err)
	}
	if holding(t, folder, seeded) == "" {
		t.Fatal("no file holds what was written: the test proves nothing")
	}
	assert.NilError(t, s.EraseOrganisation(t.Context(), o.ID, o.Tag))
	for _, err := range []error{client.BgRewriteAOF(t.Context()).Err(), client.Save(t.Context()).Err()} {
		if err != nil && !strings.Contains(err.Error(), "in progress") {
			t.Fatal(err)
		}
	}
	for {
		if err := client.Save(t.Context()).Err(); err != nil && !strings.Contains(err.Error(), "in progress") {
			t.Fatal(err)
		}
		if holding(t, folder, seeded) == "" {
			return
		}
		time.Sleep(50 * time.Millisecond) // until the test's own time is up
	}
}

// holding returns the name of a file in the folder that holds the text, "" if there is none.
func holding(t *testing.T, folder, text string) (found string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil //nolint:nilerr // Redis removes files meanwhile
		}
		content, err := os.ReadFile(path)
		if err == nil && bytes.Contains(content, []byte(text)) {
			found = path
		}
		return nil
	})
	assert.NilError(t, err)
	return found
}
