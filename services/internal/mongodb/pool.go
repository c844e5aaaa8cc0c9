package mongodb

import (
	"sync"

	"go.mongodb.org/mongo-driver/v2/event"

	"github.com/devrev/scim/libs/telemetry"
)

// pools counts the connections to the servers of a client. The driver has a pool for each server
// and reports changes only.
type pools struct {
	mu         sync.Mutex
	open, used map[string]int64 // by the server's address
	most       map[string]int64
}

func newPools() *pools {
	return &pools{open: map[string]int64{}, used: map[string]int64{}, most: map[string]int64{}}
}

func (p *pools) note(e *event.PoolEvent) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e.Type {
	case event.ConnectionPoolCreated:
		if e.PoolOptions != nil {
			p.most[e.Address] = int64(e.PoolOptions.MaxPoolSize) //nolint:gosec // a number of sockets
		}
	case event.ConnectionCreated:
		p.open[e.Address]++
	case event.ConnectionClosed:
		p.open[e.Address]--
	case event.ConnectionCheckedOut:
		p.used[e.Address]++
	case event.ConnectionCheckedIn:
		p.used[e.Address]--
	case event.ConnectionPoolClosed: // a server that left its replica set
		delete(p.open, e.Address)
		delete(p.used, e.Address)
		delete(p.most, e.Address)
	}
}

// sum returns the sums of the pools, and the busiest.
func (p *pools) sum() (pool telemetry.Pool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for address, open := range p.open {
		pool.Used += p.used[address]
		pool.Idle += open - p.used[address]
	}
	for address, most := range p.most {
		pool.Max += most
		if most > 0 {
			pool.Busiest = max(pool.Busiest, float64(p.used[address])/float64(most))
		}
	}
	return pool
}
