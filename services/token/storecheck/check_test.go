package storecheck_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/mongodb/mongotest"
	"github.com/devrev/scim/services/token/issuer"
	"github.com/devrev/scim/services/token/orgstore"
	"github.com/devrev/scim/services/token/storecheck"
)

// world has two stores on real servers, and an organisation with a token in both.
type world struct {
	*testing.T
	client  redis.UniversalClient
	db      *mongo.Database
	issuer  *issuer.Issuer
	tokens  *redisstore.Store
	checker *storecheck.Checker
	issued  token.Token
}

const org = "acme"

var admin = audit.Caller{Subject: "administrator-7"}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, client: harness.Redis(t, redistest.Start(t).URL()), db: mongotest.Database(t)}
	keyring, err := token.NewKeyring("k1", map[string][]byte{"k1": make([]byte, token.MinPepper)})
	assert.NilError(t, err)
	store, announcing := orgstore.New(w.db), redisstore.NewAnnouncing(w.client, 0)
	w.tokens = redisstore.New(w.client)
	w.issuer, err = issuer.New(issuer.Deps{Store: store, Tokens: announcing, Keyring: keyring, Now: time.Now})
	w.must(err)
	w.checker, err = storecheck.New(announcing, w.tokens, w.db)
	w.must(err)
	w.must(store.Prepare(t.Context()))
	_, _, err = w.issuer.Announce(t.Context(), admin, org, issuer.Terms{SSO: true})
	w.must(err)
	issued, err := w.issuer.Enable(t.Context(), admin, org)
	w.must(err)
	w.issued = issued.Token
	w.must(w.checker.SameEnvironment(t.Context(), nil))
	return w
}

func (w *world) must(err error) {
	w.Helper()
	assert.NilError(w, err)
}

// set changes the organisation's document behind the issuer's back.
func (w *world) set(field string, value any) {
	w.Helper()
	_, err := w.db.Collection("organisations").UpdateByID(w.Context(), org, bson.D{{Key: "$set", Value: bson.D{{Key: field, Value: value}}}})
	w.must(err)
}

func (w *world) differences() []storecheck.Difference {
	w.Helper()
	found, err := w.checker.Differences(w.Context())
	w.must(err)
	return found
}

func kinds(found []storecheck.Difference) string {
	var all []string
	for _, d := range found {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s", d.Kind, d.Organisation)))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func TestWhatTheStoresDisagreeOnIsListedAndMended(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule   string
		change func(w *world)
		found  string
		left   string // after --mend
	}{
		{"nothing", func(*world) {}, "", ""},
		{"MongoDB does not know the organisation", func(w *world) {
			_, err := w.db.Collection("organisations").DeleteOne(w.Context(), bson.D{{Key: "_id", Value: org}})
			w.must(err)
		}, "unknown acme", "unknown acme"},
		{"Redis has lost the organisation", func(w *world) {
			w.must(w.client.Del(w.Context(), "scim:org:"+org, "scim:{"+w.issued.Tag()+"}:o").Err())
		}, "missing acme", ""},
		{"only the way to its tag is lost", func(w *world) { w.must(w.client.Del(w.Context(), "scim:org:"+org).Err()) }, "missing acme", ""},
		{"another tag", func(w *world) { w.set("tag", token.NewTag()) }, "tag acme", ""},
		{"SCIM was switched since the backup of MongoDB", func(w *world) { w.set("generation", int64(0)) }, "later acme", ""},
		{"the copy has other settings", func(w *world) {
			w.must(w.client.HSet(w.Context(), "scim:{"+w.issued.Tag()+"}:o", "set:strict", "true").Err())
		}, "differing acme", ""},
		{"the copy says that SCIM is off", func(w *world) { w.must(w.client.HSet(w.Context(), "scim:{"+w.issued.Tag()+"}:o", "on", "0").Err()) }, "differing acme", ""},
		{"a token that disabling would not end", func(w *world) {
			w.must(w.client.HSet(w.Context(), "scim:{"+w.issued.Tag()+"}:t:"+w.issued.ID(), "gen", "9").Err())
		}, "generation acme", "generation acme"},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tt.change(w)
			found := w.differences()
			if got := kinds(found); got != tt.found {
				t.Fatalf("found %q, want %q: %+v", got, tt.found, found)
			}
			w.must(w.checker.Mend(t.Context(), found))
			if got := kinds(w.differences()); got != tt.left {
				t.Errorf("after mending %q is left, want %q", got, tt.left)
			}
			record, o, err := w.tokens.Lookup(t.Context(), w.issued.Tag(), w.issued.ID())
			if err != nil || !record.Live(time.Now()) || !o.Enabled || record.Generation < o.Generation {
				t.Errorf("the organisation's token works no more: %+v %+v %v", record, o, err)
			}
		})
	}
}

// TestTokensThatNoListShowsAreEndedOnRequest: someone has deleted scim:org:ORG, and the
// organisation got a second tag.
func TestTokensThatNoListShowsAreEndedOnRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.client.Del(t.Context(), "scim:org:"+org).Err())
	w.set("tag", token.NewTag())
	_, _, err := w.issuer.Announce(t.Context(), admin, org, issuer.Terms{SSO: true})
	w.must(err)
	found := w.differences()
	if got := kinds(found); got != "unlisted acme" {
		t.Fatalf("found %q: %+v", got, found)
	}
	w.must(w.checker.Mend(t.Context(), found))
	if _, o, err := w.tokens.Lookup(t.Context(), w.issued.Tag(), w.issued.ID()); err != nil || !o.Enabled {
		t.Errorf("mending ended a token that is in use: %+v %v", o, err)
	}
	w.must(w.checker.EndUnlisted(t.Context(), found))
	if record, o, err := w.tokens.Lookup(t.Context(), w.issued.Tag(), w.issued.ID()); err != nil || o.Enabled || record.Generation >= o.Generation {
		t.Errorf("it works still: %+v %+v %v", record, o, err)
	}
	if got := kinds(w.differences()); got != "" {
		t.Errorf("%q is left", got)
	}
}

// TestStoresWithoutAMarkerBelongTogetherIfTheyShareAnOrganisation, under its tag: the ids of
// organisations may be the same in two environments.
func TestStoresWithoutAMarkerBelongTogetherIfTheyShareAnOrganisation(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule   string
		change func(w *world)
		want   bool
	}{
		{"they share one", func(*world) {}, true},
		{"the organisation has another tag there", func(w *world) { w.set("tag", token.NewTag()) }, false},
		{"Redis is empty", func(w *world) { w.must(w.client.FlushAll(w.Context()).Err()) }, true},
		{"MongoDB is empty", func(w *world) { w.must(w.db.Collection("organisations").Drop(w.Context())) }, false},
		{"they share one of many", func(w *world) {
			for i := range 250 {
				_, err := w.db.Collection("organisations").InsertOne(w.Context(), bson.D{{Key: "_id", Value: fmt.Sprintf("aaa%03d", i)}, {Key: "tag", Value: token.NewTag()}})
				w.must(err)
			}
		}, true},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tt.change(w)
			if got, err := storecheck.Together(orgstore.New(w.db), w.tokens)(t.Context()); err != nil || got != tt.want {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}
