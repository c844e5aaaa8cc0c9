package doctor

import (
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/devrev/scim/services/scim/directory"
)

// mostPaced is how many organisations' last turns are remembered.
const mostPaced = 10_000

// pace lets each organisation do something once in a while, in this process.
type pace struct {
	every time.Duration
	mu    *sync.Mutex
	last  *lru.Cache[directory.Tenant, time.Time]
}

func newPace(every time.Duration) pace {
	last, _ := lru.New[directory.Tenant, time.Time](mostPaced) // fails for a size below 1 only
	return pace{every, new(sync.Mutex), last}
}

// take returns 0 if it is the organisation's turn, else when it will be.
func (p pace) take(t directory.Tenant, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if last, ok := p.last.Get(t); ok && now.Sub(last) < p.every {
		return p.every - now.Sub(last)
	}
	p.last.Add(t, now)
	return 0
}
