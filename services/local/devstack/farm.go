package devstack

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// watchEvery is how often a farm asks its processes whether they want requests.
const watchEvery = 50 * time.Millisecond

// farm is the processes of one program behind the front: each request goes to the next one that
// wants requests, as a load balancer leads them that asks for readiness.
type farm struct {
	mu      sync.Mutex
	members []*member
	turn    int
}

type member struct {
	*Process
	away   bool // it does not want requests
	routes []http.Handler
}

// add lets a process take part that is ready. routes lead to its listeners, as those of the farm's
// other members do.
func (f *farm) add(p *Process, routes ...http.Handler) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.members = append(f.members, &member{Process: p, routes: routes})
}

// route returns what leads a request to the nth listener of the next process.
func (f *farm) route(n int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f.next().routes[n].ServeHTTP(w, r) })
}

// next returns the process whose turn it is: of those that want requests or, where none does, of
// all.
func (f *farm) next() *member {
	f.mu.Lock()
	defer f.mu.Unlock()
	for range f.members {
		f.turn++
		if m := f.members[f.turn%len(f.members)]; !m.away {
			return m
		}
	}
	return f.members[f.turn%len(f.members)]
}

// watch asks which processes want requests until ctx is done. One process alone is not asked.
func (f *farm) watch(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		f.mu.Lock()
		members := f.members
		f.mu.Unlock()
		if len(members) == 1 {
			continue
		}
		for _, m := range members {
			bound, cancel := context.WithTimeout(ctx, time.Second)
			away := m.probe(bound, "/readyz") != nil
			cancel()
			f.mu.Lock()
			m.away = away
			f.mu.Unlock()
		}
	}
}
