package embedded_test

import (
	"context"
	"path/filepath"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/services/local/embedded"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/directory/directorytest"
	"github.com/devrev/scim/services/scim/history"
	"github.com/devrev/scim/services/scim/history/historytest"
)

func TestDirectoryKeepsItsContract(t *testing.T) {
	t.Parallel()
	directorytest.RunStore(t, func(t *testing.T) directory.Store { return open(t).Directory() })
}

func TestAnIndexFindsWhatAScanFinds(t *testing.T) {
	t.Parallel()
	directorytest.RunOracle(t, open(t).Directory(), scanned{open(t).Directory()})
}

func TestAWordIsWhereTheProviderBelievesOtherwise(t *testing.T) {
	t.Parallel()
	directorytest.RunWord(t, open(t).Directory())
}

// scanned sends each filter in a form that no index serves.
type scanned struct{ directory.Store }

func (s scanned) ListUsers(ctx context.Context, t directory.Tenant, q directory.Query) (directory.Page[directory.User], error) {
	q.Filter = twice(q.Filter)
	return s.Store.ListUsers(ctx, t, q)
}

func (s scanned) ListGroups(ctx context.Context, t directory.Tenant, q directory.Query) (directory.Page[directory.Group], error) {
	q.Filter = twice(q.Filter)
	return s.Store.ListGroups(ctx, t, q)
}

func twice(e filter.Expr) filter.Expr {
	if e == nil {
		return nil
	}
	return &filter.Or{Left: e, Right: e}
}

// open returns a new file that lives as long as the test.
func open(tb testing.TB) *embedded.File {
	tb.Helper()
	f, err := embedded.Open(filepath.Join(tb.TempDir(), "scim.db"))
	assert.NilError(tb, err)
	tb.Cleanup(func() {
		if err := f.Close(); err != nil {
			tb.Error(err)
		}
	})
	return f
}

func TestDirectoryKeepsItsHistory(t *testing.T) {
	t.Parallel()
	historytest.RunStore(t, func(t *testing.T) historytest.Store { return open(t).Directory() })
}

func TestMembersWaitAsTheModelDoes(t *testing.T) {
	t.Parallel()
	directorytest.RunWaiting(t, open(t).Directory())
}

func TestAChangeBrokenAtAnyCommitIsWholeOrAbsent(t *testing.T) {
	t.Parallel()
	directorytest.RunBroken(t, func(t *testing.T) directorytest.Breakable {
		t.Helper()
		f := open(t)
		b := embedded.Break(f)
		return directorytest.Breakable{
			Store: f.Directory(),
			During: func(ctx context.Context, n int, do func(context.Context) error) (bool, error) {
				b.At(n)
				err := do(ctx)
				return b.Broke(), err
			},
			Settled: func(t *testing.T, org directory.Tenant, _ []directory.UserID) {
				t.Helper()
				events, err := f.Directory().Events(t.Context(), org, 0, 1000)
				assert.NilError(t, err)
				told := map[history.Resource]int64{}
				for i, e := range events {
					if e.Seq != int64(i+1) || e.Version != told[e.Resource] && e.Version != told[e.Resource]+1 {
						t.Fatalf("event %d in place %d tells of version %d of %s after %d", e.Seq, i, e.Version, e.Resource, told[e.Resource])
					}
					told[e.Resource] = e.Version
				}
			},
		}
	})
}
