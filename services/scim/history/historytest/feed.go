package historytest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/google/uuid"

	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/history"
)

func feedCases() []testCase {
	return []testCase{
		{"Events returns those behind after, at most limit", func(w world) {
			w.users(5)
			all := w.events()
			for _, c := range []struct{ after, limit, from, to int }{{0, 2, 0, 2}, {2, 2, 2, 4}, {4, 9, 4, 5}, {5, 9, 5, 5}, {9, 9, 5, 5}, {0, 0, 0, 0}} {
				got, err := w.Events(w.Context(), w.tenant, int64(c.after), c.limit)
				w.ok(err)
				same(w, append([]history.Event(nil), all[c.from:c.to]...), append([]history.Event(nil), got...))
			}
		}},
		{"an organisation without changes has no events", func(w world) {
			same(w, 0, len(w.events()))
			same(w, 0, len(w.records("User", uuid.NewString())))
		}},
		{"each organisation has its own numbers", func(w world) {
			other := w
			other.tenant = directory.Tenant("org-" + uuid.NewString())
			u, v := w.user("a@example.com"), other.user("a@example.com")
			same(w, []line{{history.UserCreated, 1, "request 1"}}, w.lines(string(u.ID)))
			same(w, []line{{history.UserCreated, 1, "request 1"}}, other.lines(string(v.ID)))
			same(w, 0, len(w.records("User", string(v.ID))))
		}},
		{"what is beyond its retention is forgotten by Prune at the latest, and no more", func(w world) {
			u := w.user("a@example.com")
			w.events()
			w.ok(w.Prune(w.Context(), u.Modified.Add(history.RecordRetention)))
			same(w, 1, len(w.records("User", string(u.ID))))
			same(w, 1, len(w.events()))
		}},
		{"an ended context is an answer of the contract", func(w world) {
			ctx, cancel := context.WithCancel(w.Context())
			cancel()
			_, events := w.Events(ctx, w.tenant, 0, 1)
			_, last := w.LastSeq(ctx, w.tenant)
			_, records := w.Records(ctx, w.tenant, history.Resource{Type: "User", ID: "1"}, 0, 1)
			for _, err := range []error{events, last, records} {
				if !errors.Is(err, directory.ErrUnavailable) {
					w.Fatalf("got %v", err)
				}
			}
		}},
		{"Relay ends with its context", func(w world) {
			ctx, cancel := context.WithCancel(w.Context())
			var relay sync.WaitGroup
			relay.Go(func() { w.Relay(ctx, func(err error) { w.Error(err) }) })
			cancel()
			relay.Wait()
		}},
	}
}

func raceCases() []testCase {
	return []testCase{
		{"however writers and tellers meet, no number is left out or given twice, and versions keep their order", func(w world) {
			const writers, each = 6, 12
			g := w.group("Guides")
			ids := w.users(writers)
			var calls sync.WaitGroup
			done := make(chan struct{})
			ctx, cancel := context.WithCancel(w.Context())
			var relays sync.WaitGroup
			for range 2 {
				relays.Go(func() { w.Relay(ctx, func(err error) { w.Error(err) }) })
			}
			relays.Go(func() { // another process that catches up all the time
				for {
					select {
					case <-done:
						return
					default:
						if err := w.CatchUp(w.Context()); err != nil {
							w.Error(err)
							return
						}
					}
				}
			})
			for n, id := range ids {
				calls.Go(func() {
					for i := range each {
						u, err := w.User(w.Context(), w.tenant, id)
						if err == nil {
							u.Document.Set("title", fmt.Sprint(n, i))
							_, err = w.ReplaceUser(w.Context(), w.tenant, u)
						}
						delta := directory.MemberDelta{Add: ids[n : n+1]}
						if i%2 == 1 {
							delta = directory.MemberDelta{Remove: ids[n : n+1]}
						}
						if err == nil {
							err = w.eventually(g.ID, delta)
						}
						if err != nil {
							w.Error(err)
							return
						}
					}
				})
			}
			calls.Wait()
			close(done)
			cancel()
			relays.Wait()
			events := w.events()
			same(w, 1+writers+2*writers*each, len(events))
			last := map[history.Resource]int64{}
			for _, e := range events {
				if e.Version != last[e.Resource]+1 {
					w.Fatalf("%s has version %d after %d", e.Resource.ID, e.Version, last[e.Resource])
				}
				last[e.Resource] = e.Version
			}
		}},
	}
}

// eventually applies d to whatever version the group has.
func (w world) eventually(id directory.GroupID, d directory.MemberDelta) error {
	for {
		g, err := w.Group(w.Context(), w.tenant, id, false)
		if err != nil {
			return err
		}
		if _, _, err = w.UpdateGroup(w.Context(), w.tenant, g, d); !errors.Is(err, directory.ErrVersionConflict) {
			return err
		}
	}
}
