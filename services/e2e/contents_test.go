package e2e

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"go.etcd.io/bbolt"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
)

// checksum is that of all that a store of the SCIM service has of an organisation: users, groups,
// memberships, activity and audit. Without what lists remember of themselves, and how often
// something was corrected in reads: both are written behind reads.
type checksum func(tb testing.TB, org string) string

// ofMongoDB returns the checksum of the stack's database.
func ofMongoDB(t *testing.T, s harness.Stack) checksum {
	t.Helper()
	db := harness.MongoDB(t, s.MongoURI(), s.Database())
	return func(tb testing.TB, org string) string {
		tb.Helper()
		sum := sha256.New()
		for _, name := range []string{"users", "groups", "memberships", "activity", "audit"} {
			var documents []bson.Raw
			cursor, err := db.Collection(name).Find(tb.Context(), bson.D{{Key: "org", Value: org}, {Key: "_id", Value: bson.D{{Key: "$ne", Value: org}}}}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
			if err == nil {
				err = cursor.All(tb.Context(), &documents)
			}
			assert.NilError(tb, err)
			_, _ = fmt.Fprintf(sum, "%s %d\n", name, len(documents))
			for _, d := range documents {
				sum.Write(d)
			}
		}
		return fmt.Sprintf("%x", sum.Sum(nil))
	}
}

// ofFile returns the checksum of the all-in-one's file in the folder: as it would be after a crash,
// since the process has it open.
func ofFile(p *harness.AllInOne, folder string) checksum {
	var copying sync.Mutex // one resumes the process that another has stopped
	return func(tb testing.TB, org string) string {
		tb.Helper()
		still := func() string {
			copying.Lock()
			defer copying.Unlock()
			return stillOf(tb, p, folder)
		}()
		defer func() { _ = os.Remove(still) }()
		db, err := bbolt.Open(still, 0o600, &bbolt.Options{ReadOnly: true})
		assert.NilError(tb, err)
		defer func() { _ = db.Close() }()
		sum := sha256.New()
		err = db.View(func(tx *bbolt.Tx) error {
			return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
				if bytes.Equal(name, []byte("tokens")) {
					return nil
				}
				return sumOf(b, "/"+string(name), func(path string, key, value []byte) {
					if bytes.Contains([]byte(path+string(key)+string(value)), []byte(org)) && !bytes.HasSuffix([]byte(path), []byte("/counts")) {
						_, _ = fmt.Fprintf(sum, "%s %q %q\n", path, key, value)
					}
				})
			})
		})
		assert.NilError(tb, err)
		return fmt.Sprintf("%x", sum.Sum(nil))
	}
}

// sumOf calls each with all values of a bucket and of those in it.
func sumOf(b *bbolt.Bucket, path string, each func(path string, key, value []byte)) error {
	return b.ForEach(func(key, value []byte) error {
		if value == nil {
			return sumOf(b.Bucket(key), path+"/"+string(key), each)
		}
		each(path, key, value)
		return nil
	})
}

// stillOf returns the path of a copy of the file, made while the process rests.
func stillOf(tb testing.TB, p *harness.AllInOne, folder string) string {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.db"))
	if err != nil || len(files) != 1 {
		tb.Fatalf("files in %s: %v, %v", folder, files, err)
	}
	assert.NilError(tb, syscall.Kill(p.PID(), syscall.SIGSTOP))
	data, err := os.ReadFile(files[0])
	if resumed := syscall.Kill(p.PID(), syscall.SIGCONT); err != nil || resumed != nil {
		tb.Fatal(err, resumed)
	}
	still := filepath.Join(tb.TempDir(), "still.db")
	assert.NilError(tb, os.WriteFile(still, data, 0o600))
	return still
}
