package redisstore_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/libs/token/tokentest"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	client := dial(t, startCluster(t).URL())
	s := redisstore.New(client)
	i := issue(t, s)
	used := recordUsage(t, s, i)
	second := newRecord(i.organisation, token.New(i.organisation.Tag))
	second.Request = "request"
	if _, err := s.Rotate(t.Context(), second, i.record.ID, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}

	tag, slots := i.organisation.Tag, make(map[int64]bool)
	var got []string
	for _, key := range organisationKeys(t, client, tag) {
		got = append(got, strings.NewReplacer(i.record.ID, "ID", second.ID, "ID", used.Format("20060102"), "DAY").Replace(key))
		slots[client.ClusterKeySlot(t.Context(), key).Val()] = true
	}
	prefix := "scim:{" + tag + "}:"
	want := []string{"i:request", "ids", "n:ID:DAY", "o", "t:ID", "t:ID", "u"}
	for i := range want {
		want[i] = prefix + want[i]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	if len(slots) != 1 {
		t.Errorf("the keys of one organisation are in %d slots", len(slots))
	}
	if got := client.Get(t.Context(), "scim:org:"+i.organisation.ID).Val(); got != tag {
		t.Errorf("the organisation's id leads to the tag %q, want %q", got, tag)
	}
	if n := client.DBSize(t.Context()).Val(); n != 9 { // one is startCluster's
		t.Errorf("%d keys in all, want 9", n)
	}
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	client := dial(t, redistest.URL(t))
	s := redisstore.New(client)
	at := time.Now().UTC().Truncate(time.Millisecond)
	for name, c := range map[string]struct {
		expires, revoked time.Time
		until            time.Time // zero: no expiry
	}{
		"a token without end keeps its record":                {},
		"its expiry and the Tombstone":                        {expires: at.Add(time.Hour), until: at.Add(time.Hour + token.Tombstone)},
		"its revocation and the Tombstone":                    {revoked: at, until: at.Add(token.Tombstone)},
		"its revocation, if that is before its expiry":        {expires: at.Add(time.Hour), revoked: at, until: at.Add(token.Tombstone)},
		"its expiry, if that is before its late revocation":   {expires: at.Add(-time.Hour), revoked: at, until: at.Add(token.Tombstone - time.Hour)},
		"its revocation, in the millisecond of its expiry":    {expires: at, revoked: at, until: at.Add(token.Tombstone)},
		"its expiry, which has passed before it was issued":   {expires: at.Add(-time.Hour), until: at.Add(token.Tombstone - time.Hour)},
		"its revocation, which the clock has not reached yet": {revoked: at.Add(time.Minute), until: at.Add(token.Tombstone + time.Minute)},
	} {
		t.Run(name, func(t *testing.T) {
			i := issue(t, s)
			r := newRecord(i.organisation, token.New(i.organisation.Tag))
			r.ExpiresAt = c.expires
			assert.NilError(t, s.Insert(t.Context(), r))
			if !c.revoked.IsZero() {
				if _, err := s.Revoke(t.Context(), r.Org, r.ID, c.revoked); err != nil {
					t.Fatal(err)
				}
			}
			wantExpiry(t, client, "scim:{"+r.Tag+"}:t:"+r.ID, c.until)
		})
	}

	i := issue(t, s)
	used := recordUsage(t, s, i)
	prefix := "scim:{" + i.organisation.Tag + "}:"
	for _, key := range []string{prefix + "o", prefix + "ids", "scim:org:" + i.organisation.ID} {
		wantExpiry(t, client, key, time.Time{})
	}
	const day = 24 * time.Hour
	for key, want := range map[string]time.Duration{"u": 400 * day, "n:" + i.record.ID + ":" + used.Format("20060102"): token.UsageMemory + day} {
		if ttl := client.PTTL(t.Context(), prefix+key).Val(); (want - ttl).Abs() > time.Minute {
			t.Errorf("%s is kept for %v more, want %v", key, ttl, want)
		}
	}
}

// A token that is forgotten is removed from every key, so that an organisation that rotates for
// years stays small.
func TestInsertForgets(t *testing.T) {
	t.Parallel()
	client := dial(t, redistest.URL(t))
	s := redisstore.New(client)
	i := issue(t, s)
	recordUsage(t, s, i)
	if _, err := s.Revoke(t.Context(), i.record.Org, i.record.ID, i.record.IssuedAt); err != nil {
		t.Fatal(err)
	}
	prefix := "scim:{" + i.organisation.Tag + "}:"
	for _, c := range []struct {
		after time.Duration
		known bool
	}{
		{token.Tombstone - time.Millisecond, true},
		{token.Tombstone, false},
	} {
		r := newRecord(i.organisation, token.New(i.organisation.Tag))
		r.IssuedAt = i.record.IssuedAt.Add(c.after)
		assert.NilError(t, s.Insert(t.Context(), r))
		if known := client.HExists(t.Context(), prefix+"ids", i.record.ID).Val(); known != c.known {
			t.Errorf("the id is known %v after its end: %t", c.after, known)
		}
		if uses := client.ZCard(t.Context(), prefix+"u").Val(); (uses > 0) != c.known {
			t.Errorf("%d times of its uses are known %v after the token's end", uses, c.after)
		}
	}
}

// recordUsage records a use of the token at this moment, which it returns.
func recordUsage(t *testing.T, s *redisstore.Store, i issued) time.Time {
	t.Helper()
	used := time.Now().UTC()
	assert.NilError(t, s.RecordUsage(t.Context(), i.organisation.Tag, map[string]token.Usage{i.record.ID: tokentest.Used(used)}))
	return used
}

func organisationKeys(t *testing.T, client *redis.Client, tag string) []string {
	t.Helper()
	var keys []string
	scan := client.Scan(t.Context(), 0, "scim:{"+tag+"}:*", 100).Iterator()
	for scan.Next(t.Context()) {
		keys = append(keys, scan.Val())
	}
	assert.NilError(t, scan.Err())
	slices.Sort(keys)
	return keys
}

func wantExpiry(t *testing.T, client *redis.Client, key string, want time.Time) {
	t.Helper()
	var got time.Time
	switch ms, err := client.PExpireTime(t.Context(), key).Result(); {
	case err != nil:
		t.Fatal(err)
	case ms >= 0:
		got = time.UnixMilli(ms.Milliseconds()).UTC()
	}
	if got != want {
		t.Errorf("%s expires at %v, want %v", key, got, want)
	}
}
