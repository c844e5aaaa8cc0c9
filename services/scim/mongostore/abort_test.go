package mongostore

import (
	"context"
	"sync/atomic"
	"testing"

	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/directory/directorytest"
)

// breaker ends a context when a client begins its nth command, so that the process which sends it,
// as it were, dies there; whether MongoDB still carries the command out is open.
type breaker struct {
	left   atomic.Int64
	cancel atomic.Pointer[context.CancelFunc]
}

func (b *breaker) option() *options.ClientOptions {
	return options.Client().SetMonitor(&event.CommandMonitor{Started: func(context.Context, *event.CommandStartedEvent) {
		if b.left.Add(-1) == 0 {
			(*b.cancel.Load())()
		}
	}})
}

// during calls do with a context that ends at the nth command, and reports whether it came to that.
func (b *breaker) during(ctx context.Context, n int, do func(context.Context) error) (broke bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	b.cancel.Store(&cancel)
	b.left.Store(int64(n))
	err = do(ctx)
	return b.left.Swap(0) <= 0, err
}

func TestAChangeBrokenAtAnyCommandIsWholeOrAbsent(t *testing.T) {
	t.Parallel()
	directorytest.RunBroken(t, func(t *testing.T) directorytest.Breakable {
		t.Helper()
		var b breaker
		s := newStore(t, b.option())
		return directorytest.Breakable{Store: s, During: b.during, Settled: func(t *testing.T, org directory.Tenant, users []directory.UserID) {
			t.Helper()
			sc := &scene{T: t, Store: s, org: org, users: users}
			sc.nothingIsLeft()
			sc.ok(sc.CatchUp(t.Context()))
			sc.everythingIsTold()
		}}
	})
}
