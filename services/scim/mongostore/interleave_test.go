package mongostore

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/mongodb/mongotest"
	"github.com/devrev/scim/services/scim/directory"
)

// interrupter does something right before a client sends a command.
type interrupter struct {
	sent atomic.Int64
	at   map[int64]func() // by the number of commands sent before
}

func (i *interrupter) option() *options.ClientOptions {
	return options.Client().SetMonitor(&event.CommandMonitor{Started: func(context.Context, *event.CommandStartedEvent) {
		if do := i.at[i.sent.Add(1)-1]; do != nil {
			do()
		}
	}})
}

// during calls read, with begin right before its command number first and end right before number
// second.
func (i *interrupter) during(first, second int64, begin, end func(), read func()) {
	i.at = map[int64]func(){first: begin, second: end}
	if first == second {
		i.at[first] = func() { begin(); end() }
	}
	i.sent.Store(0)
	read()
	i.at = nil
}

// A reader of groups sees a change whole or not at all, wherever between its commands the change
// begins, being half made, and ends.
func TestAReaderSeesNoHalfOfAChange(t *testing.T) {
	t.Parallel()
	reads := map[string]func(ctx context.Context, s *Store, sc *scene) ([]directory.UserID, error){
		"Group": func(ctx context.Context, s *Store, sc *scene) ([]directory.UserID, error) {
			g, err := s.Group(ctx, sc.org, sc.one.ID, true)
			return g.Members, err
		},
		"ListGroups": func(ctx context.Context, s *Store, sc *scene) ([]directory.UserID, error) {
			page, err := s.ListGroups(ctx, sc.org, directory.Query{Limit: 9, WithMembers: true})
			at := slices.IndexFunc(page.Items, func(g directory.Group) bool { return g.ID == sc.one.ID })
			if err != nil || at < 0 {
				return nil, errors.Join(err, errors.New("the list has no group one"))
			}
			return page.Items[at].Members, nil
		},
	}
	changes := map[string]struct {
		begin func(sc *scene) (end func())
		after []int
	}{
		"update": {func(sc *scene) func() {
			d := sc.advanced(sc.one, membershipChange{Add: sc.users[2:], Remove: sc.users[:1]})
			sc.ok(sc.move(sc.Context(), sc.org, sc.one.ID, membershipChange{Add: sc.users[2:3]}, d.Version))
			return func() { sc.ok(sc.applyPending(sc.Context(), d)) }
		}, []int{1, 2, 3}},
		"deletion of a member": {func(sc *scene) func() {
			d := sc.marked(1, time.Now())
			return func() { sc.ok(sc.removeFromGroups(sc.Context(), d)) }
		}, []int{0}},
	}
	for reading, read := range reads {
		for changing, change := range changes {
			t.Run(reading+" during "+changing, func(t *testing.T) {
				t.Parallel()
				var commands interrupter
				db := mongotest.Database(t, commands.option())
				reader := New(db)
				assert.NilError(t, reader.Prepare(t.Context()))
				others, err := mongo.Connect(options.Client().ApplyURI(mongotest.URI(t)))
				assert.NilError(t, err)
				defer func() { _ = others.Disconnect(context.WithoutCancel(t.Context())) }()
				writer := New(others.Database(db.Name()))
				attempt := func(first, second int64) (commandsSent int64) {
					sc := newScene(t, writer)
					var end func()
					commands.during(first, second, func() { end = change.begin(sc) }, func() { end() }, func() {
						got, err := read(t.Context(), reader, sc)
						sc.ok(err)
						var after []directory.UserID
						for _, i := range change.after {
							after = append(after, sc.users[i])
						}
						if !slices.Equal(got, sc.users[:2]) && !slices.Equal(got, after) {
							t.Errorf("begun before command %d and ended before command %d, it shows the members %v of %v", first, second, got, sc.users)
						}
					})
					return commands.sent.Load()
				}
				alone := attempt(-1, -1)
				for first := range alone {
					for second := first; second <= alone; second++ {
						attempt(first, second)
					}
				}
			})
		}
	}
}
