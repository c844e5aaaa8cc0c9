package deployfiles

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/ratelimit"
	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/mongodb/mongotest"
	"github.com/devrev/scim/services/scim/mongostore"
	"github.com/devrev/scim/services/scim/scimhttp"
	"github.com/devrev/scim/services/token/orgstore"
)

// kept is a row of the retention table: what is where, and how long.
type kept struct{ where, howLong string }

// retention returns the rows of the table in docs/retention.md.
func retention(t *testing.T) (rows []kept) {
	t.Helper()
	_, table, _ := strings.Cut(read(t, "docs/retention.md"), "## How long")
	table, _, _ = strings.Cut(table, "\n## ")
	for line := range strings.Lines(table) {
		if cells := strings.Split(line, "|"); len(cells) == 5 && strings.Contains(cells[2], "`") {
			rows = append(rows, kept{strings.TrimSpace(cells[2]), strings.TrimSpace(cells[3])})
		}
	}
	return rows
}

var (
	duration = regexp.MustCompile(`^(a|\d+) (minute|hour|day)s?\b`)
	quoted   = regexp.MustCompile("`([^`]+)`")
	byIndex  = regexp.MustCompile("index `(\\w+)`")
)

// lasts returns the time that a row says, and whether it says one.
func (k kept) lasts() (time.Duration, bool) {
	m := duration.FindStringSubmatch(k.howLong)
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		n = 1
	}
	return time.Duration(n) * map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[m[2]], true
}

// TestTheRetentionTableHasEveryExpiryOfMongoDB, and no other; and it names every collection.
func TestTheRetentionTableHasEveryExpiryOfMongoDB(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	for _, prepare := range []func(context.Context) error{orgstore.New(db).Prepare, mongostore.New(db).Prepare, mongostore.NewActivity(db).Prepare, mongostore.NewUndos(db).Prepare} {
		assert.NilError(t, prepare(t.Context()))
	}
	told, inCode, collections := map[string]time.Duration{}, map[string]time.Duration{}, map[string]bool{}
	for _, row := range retention(t) {
		mongo, found := strings.CutPrefix(row.where, "MongoDB ")
		if !found {
			continue
		}
		mongo, _, _ = strings.Cut(mongo, ", Redis")
		for _, name := range quoted.FindAllStringSubmatch(mongo, -1) {
			collections[name[1]] = true
			if index := byIndex.FindStringSubmatch(row.howLong); index != nil {
				told[name[1]+"."+index[1]], _ = row.lasts()
			}
		}
	}
	names, err := db.ListCollectionNames(t.Context(), bson.D{})
	assert.NilError(t, err)
	for _, name := range names {
		if !collections[name] {
			t.Errorf("docs/retention.md does not say how long %s is kept", name)
		}
		specifications, err := db.Collection(name).Indexes().ListSpecifications(t.Context())
		assert.NilError(t, err)
		for _, s := range specifications {
			if s.ExpireAfterSeconds == nil {
				continue
			}
			elements, err := s.KeysDocument.Elements()
			assert.NilError(t, err)
			inCode[name+"."+elements[0].Key()] = time.Duration(*s.ExpireAfterSeconds) * time.Second
		}
	}
	if diff := cmp.Diff(inCode, told); diff != "" {
		t.Errorf("the expiries of MongoDB (-code +docs/retention.md):\n%s", diff)
	}
}

// TestTheRetentionTableHasEveryExpiryOfRedis, and no other: each kind of key is written, and what
// Redis says of its life is what the table says.
func TestTheRetentionTableHasEveryExpiryOfRedis(t *testing.T) {
	t.Parallel()
	client := harness.Redis(t, redistest.Start(t).URL())
	ctx, s, now := t.Context(), redisstore.New(client), time.Now().UTC()
	tag := token.NewTag()
	secret := token.New(tag)
	r := token.Record{Org: "org-a", Tag: tag, ID: secret.ID(), Kid: "k1", MAC: []byte("mac"), Request: "request", IssuedAt: now}
	_, _, limited := s.Allow(ctx, tag, ratelimit.Rate{PerSecond: 1, Burst: 1}, ratelimit.Cost{Slots: 1})
	err := errors.Join(
		s.PutOrganisation(ctx, token.Organisation{ID: "org-a", Tag: tag}), s.Insert(ctx, r), limited, s.Beat(ctx), s.RaiseFormat(ctx, 1, 1),
		s.RecordUsage(ctx, tag, map[string]token.Usage{r.ID: {LastUsedAt: now, FirstUsedAt: now, Hours: []token.Hour{{At: now.Truncate(time.Hour), Count: token.Count{Requests: 1}}}}}),
	)
	if _, marked := s.MarkEnvironment(ctx, "marker", false); err != nil || marked != nil {
		t.Fatal(err, marked)
	}
	if _, err := s.Revoke(ctx, "org-a", r.ID, now); err != nil {
		t.Fatal(err)
	}
	s.PutPlace(ctx, tag, "key", "place", scimhttp.WalkLife)
	if _, err := s.CountLeft(ctx, tag, "people", 1, time.Hour, now); err != nil {
		t.Fatal(err)
	}

	rows := map[string]kept{}
	for _, row := range retention(t) {
		_, redis, found := strings.Cut(row.where, "Redis ")
		for _, name := range quoted.FindAllStringSubmatch(redis, -1) {
			if found {
				rows[name[1]] = row
			}
		}
	}
	delete(rows, "scim:{tag}:c") // which a cluster has alone; redisstore tests it there
	keys, err := client.Keys(ctx, "scim:*").Result()
	assert.NilError(t, err)
	names := strings.NewReplacer(tag, "tag", r.ID, "ID", now.Format("20060102"), "YYYYMMDD", ":request", ":KEY", "org-a", "ORG", ":people:"+strconv.FormatInt(now.Unix()/3600, 10), ":OF:HOUR")
	var written []string
	for _, key := range keys {
		name := names.Replace(key)
		row, ok := rows[name]
		if !ok {
			t.Errorf("docs/retention.md has no row for %s", name)
			continue
		}
		written = append(written, name)
		left := client.PTTL(ctx, key).Val()
		lasts, ends := row.lasts()
		switch {
		case strings.Contains(row.howLong, "seconds"):
			if left <= 0 || left > time.Minute {
				t.Errorf("%s expires in %v, and docs/retention.md says %q", name, left, row.howLong)
			}
		case !ends && left > 0:
			t.Errorf("%s expires in %v, and docs/retention.md says %q", name, left, row.howLong)
		case ends && (left > lasts+24*time.Hour || left < lasts-time.Hour):
			t.Errorf("%s expires in %v, and docs/retention.md says %q", name, left, row.howLong)
		}
	}
	for name := range rows {
		if !slices.Contains(written, name) {
			t.Errorf("docs/retention.md has %s, which Redis has not: %s", name, fmt.Sprint(written))
		}
	}
}
