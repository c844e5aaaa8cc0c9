package generation_test

import (
	"net"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/mongodb/mongotest"
	"github.com/devrev/scim/services/scim/generation"
	"github.com/devrev/scim/services/token/issuer"
	"github.com/devrev/scim/services/token/orgstore"
)

var _ token.Fence = (*generation.Reader)(nil).Of

// TestItReadsWhatTheTokenServiceWrites holds the two services to one form of the document.
func TestItReadsWhatTheTokenServiceWrites(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	o := issuer.Organisation{ID: "org-a", Version: 1, Tag: token.NewTag(), Generation: 7}
	assert.NilError(t, orgstore.New(db).CreateOrganisation(t.Context(), o))
	reads(t, db, "org-a", 7, true)
	reads(t, db, "org-b", 0, false)
}

// reads waits until a new Reader reads this of an organisation. Where MongoDB takes longer than a
// request waits, it knows of no generation, and takes the organisation to be there.
func reads(t *testing.T, db *mongo.Database, org string, want int64, isThere bool) *generation.Reader {
	t.Helper()
	for {
		r := generation.New(db)
		got, there := r.Of(t.Context(), org)
		if got == want && there == isThere {
			return r
		}
		if got != 0 || !there {
			t.Fatalf("the generation of %s is %d, there %v; want %d and %v", org, got, there, want, isThere)
		}
	}
}

// TestWhatWasReadIsRemembered: every request waits for it, so it must cost one query in 5 s.
func TestWhatWasReadIsRemembered(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	store := orgstore.New(db)
	o := issuer.Organisation{ID: "org-a", Version: 1, Tag: token.NewTag(), Generation: 7}
	assert.NilError(t, store.CreateOrganisation(t.Context(), o))
	began := time.Now()
	r := reads(t, db, "org-a", 7, true)
	o.Generation = 8
	if _, err := store.ReplaceOrganisation(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if got, _ := r.Of(t.Context(), "org-a"); got != 7 && time.Since(began) < 5*time.Second {
		t.Errorf("at once it is %d: it was read again", got)
	}
	for got := int64(0); got != 8; got, _ = r.Of(t.Context(), "org-a") {
		time.Sleep(50 * time.Millisecond) // until the test's own time is up
	}
}

// TestAServerThatHangsHoldsUpNobody: what it does not say stands as it was, and it is not asked
// again for a second.
func TestAServerThatHangsHoldsUpNobody(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0") // takes connections and says nothing
	assert.NilError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	client, err := mongo.Connect(options.Client().ApplyURI("mongodb://" + listener.Addr().String() + "/?directConnection=true"))
	assert.NilError(t, err)
	t.Cleanup(func() { _ = client.Disconnect(t.Context()) }) // it cannot say goodbye either
	r := generation.New(client.Database("scim"))
	start := time.Now()
	for range 100 {
		if got, there := r.Of(t.Context(), "org-a"); got != 0 || !there {
			t.Errorf("got %d, there %v; want 0 and true: nobody has said that it is not there", got, there)
		}
	}
	t.Logf("100 requests were held up for %v in all", time.Since(start))
}
