// Package redistest gives tests a real Redis.
//
// URL is for tests that want any Redis: the one of TEST_REDIS_URL if that is set, else one started
// for the test. A shared Redis is never flushed, since other tests use it at the same time: every
// test draws its own organisation ids and tags, and looks at keys of these only. Start is for tests
// that stop, hang or configure a server; it is always their own.
//
// Where there is no redis-server a test is skipped, and fails if REQUIRE_BACKENDS=1, as it is in
// CI.
package redistest

import (
	"os"
	"testing"
)

// URL returns redis://... of a server that lives at least as long as the test.
func URL(tb testing.TB) string {
	tb.Helper()
	if url := os.Getenv("TEST_REDIS_URL"); url != "" {
		return url
	}
	return Start(tb).URL()
}
