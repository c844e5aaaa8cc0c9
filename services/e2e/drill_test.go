package e2e

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/e2e/harness"
)

// TestBackupsAreRestored performs the drill of docs/restore.md: a dump of MongoDB, then a copy of
// Redis; then Redis alone goes back to its copy, and then both do. What each time is lost, and how
// long it takes until requests are served again, is logged.
func TestBackupsAreRestored(t *testing.T) {
	t.Parallel() // on services of its own
	c := startCluster(t, 0)
	first := c.enable()
	c.populate(first.Token, "before", 50)
	revoked := c.issue()

	began := time.Now()
	dump := c.dump()
	copied := c.copyRedis()
	t.Logf("the backup of both took %v", time.Since(began).Round(time.Millisecond))

	c.at(0, first.Token).Want(t, http.StatusCreated, "POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"late@example.com"}`)
	c.try("DELETE", c.org+"/scim/tokens/"+revoked.ID, "", http.StatusNoContent)
	lost := c.issue()
	late := "/Users?filter=userName+eq+%22late@example.com%22"
	users := func(path string) int {
		var list struct {
			TotalResults int `json:"totalResults"`
		}
		c.at(0, first.Token).Want(t, http.StatusOK, "GET", path, nil).Into(t, &list)
		return list.TotalResults
	}

	// Redis alone: tokend applies the revocation again; a token that was issued since is lost.
	took := c.restoreRedis(copied)
	c.serves(first)
	t.Logf("Redis alone went back: served again %v after it was gone", took())
	c.refused(revoked)
	c.refused(lost)
	if n := users(late); n != 1 {
		t.Errorf("Redis went back, and %d users are there that were created since, want 1", n)
	}
	harness.Eventually(t, "the stores agree", func() bool { return c.agree() })

	// Both, MongoDB first, so that tokend finds nothing to apply again: everything is as at the
	// dump.
	began = time.Now()
	dump.restore()
	c.restoreRedis(copied)
	c.serves(first)
	t.Logf("both went back: served again %v after the restore began", time.Since(began).Round(time.Millisecond))
	if n := users(late); n != 0 {
		t.Errorf("both went back, and the user who was created since is there")
	}
	if n := users("/Users?count=0"); n != 50 {
		t.Errorf("both went back, and there are %d users, want the 50 of the dump", n)
	}
	c.try("PUT", c.org, `{"sso":{"enabled":true}}`, http.StatusOK)
	harness.Eventually(t, "the stores agree", func() bool { return c.agree() })
	if a := c.try("GET", c.org+"/scim/audit/verify", "", http.StatusOK); a.Object()["intact"] != true {
		t.Errorf("the audit: %s", a.Body)
	}
	next := c.try("POST", c.org+"/scim/tokens/"+revoked.ID+"/end", "", http.StatusConflict) // it is live, as at the dump
	if !strings.Contains(string(next.Body), "not-replaced") {
		t.Errorf("the token that was revoked since the dump: %s", next.Body)
	}
}

// serves waits until both scimds let the token in.
func (c *cluster) serves(i issued) {
	c.Helper()
	harness.Eventually(c.T, "requests are served", func() bool {
		return c.push(0, i.Token).Status == http.StatusOK && c.push(1, i.Token).Status == http.StatusOK
	})
}

// agree reports whether scimctl check-stores finds nothing.
func (c *cluster) agree() bool {
	c.Helper()
	_, exit := c.storesSay()
	return exit == 0
}

// restoreRedis has a Redis and its replica in the place of those that are there, which have what
// the copy in the folder has. It returns what tells how long ago those from before were ended.
func (c *cluster) restoreRedis(folder string) (since func() time.Duration) {
	c.Helper()
	own := c.TempDir()
	content, err := os.ReadFile(filepath.Join(folder, "dump.rdb"))
	if err == nil {
		err = os.WriteFile(filepath.Join(own, "dump.rdb"), content, 0o600)
	}
	assert.NilError(c, err)
	began := time.Now()
	c.primary.Kill()
	c.replica.Kill()
	c.primary = redistest.Start(c.T, "--appendonly", "no", "--dir", own, "--repl-diskless-sync-delay", "0") // which reads the copy
	host, port, _ := net.SplitHostPort(c.primary.Addr())
	c.replica = redistest.Start(c.T, "--replicaof", host+" "+port)
	c.front.Retarget(c.primary.Addr())
	return func() time.Duration { return time.Since(began).Round(time.Millisecond) }
}

// copyRedis writes what Redis has to a file, and returns a folder with a copy of it.
func (c *cluster) copyRedis() (folder string) {
	c.Helper()
	client := redis.NewClient(&redis.Options{Addr: c.primary.Addr()})
	defer func() { _ = client.Close() }()
	assert.NilError(c, client.Save(c.Context()).Err())
	config, err := client.ConfigGet(c.Context(), "d*").Result()
	assert.NilError(c, err)
	content, err := os.ReadFile(filepath.Join(config["dir"], config["dbfilename"]))
	assert.NilError(c, err)
	folder = c.TempDir()
	assert.NilError(c, os.WriteFile(filepath.Join(folder, "dump.rdb"), content, 0o600))
	return folder
}
