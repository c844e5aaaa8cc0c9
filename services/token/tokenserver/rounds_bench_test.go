package tokenserver_test

import (
	"fmt"
	"testing"

	"golang.org/x/sync/errgroup"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/mongodb/mongotest"
	"github.com/devrev/scim/services/token/issuer"
	"github.com/devrev/scim/services/token/issuer/issuertest"
	"github.com/devrev/scim/services/token/orgstore"
)

// BenchmarkRounds measures the rounds over all organisations, each with a token, where nothing has
// to be corrected or reported: the state of nearly every round.
func BenchmarkRounds(b *testing.B) {
	for _, organisations := range []int{1000, 10000} {
		b.Run(fmt.Sprint(organisations), func(b *testing.B) {
			i := furnished(b, organisations)
			b.Run("reconcile", func(b *testing.B) {
				for b.Loop() {
					if mended, err := i.Reconcile(b.Context()); mended > 0 || err != nil {
						b.Fatalf("%d corrected, %v", mended, err)
					}
				}
			})
			b.Run("expiry", func(b *testing.B) {
				expiries := issuer.NewExpiries(i)
				for b.Loop() {
					if round, err := expiries.Round(b.Context()); len(round.Within) > 0 || err != nil {
						b.Fatalf("%v, %v", round, err)
					}
				}
			})
		})
	}
}

// furnished returns an issuer on Redis and MongoDB with so many organisations.
func furnished(b *testing.B, organisations int) *issuer.Issuer {
	b.Helper()
	client := harness.Redis(b, redistest.Start(b).URL())
	store := orgstore.New(mongotest.Database(b))
	assert.NilError(b, store.Prepare(b.Context()))
	tokens := redisstore.NewAnnouncing(client, 0)
	i := issuertest.New(b, issuer.Deps{Store: store, Tokens: tokens, Keyring: newKeyring(b)})
	var fill errgroup.Group
	fill.SetLimit(16)
	for n := range organisations {
		fill.Go(func() error {
			by, id := audit.Caller{Subject: "benchmark"}, fmt.Sprintf("org-%06d", n)
			if _, _, err := i.Announce(b.Context(), by, id, issuer.Terms{SSO: true}); err != nil {
				return err
			}
			_, err := i.Enable(b.Context(), by, id)
			return err
		})
	}
	assert.NilError(b, fill.Wait())
	return i
}
