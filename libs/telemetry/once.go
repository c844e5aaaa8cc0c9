package telemetry

import "sync"

// Once makes a value for each key once, and returns the same one later. It is for values that are
// costly to make and needed by each request, such as the attributes of a span; keys are of a closed
// set, since nothing is ever removed. The zero Once is ready, and safe for concurrent use.
type Once[K comparable, V any] struct {
	mu    sync.RWMutex
	known map[K]V
}

// Get returns the value of key, which make makes the first time.
func (o *Once[K, V]) Get(key K, make func(K) V) V {
	o.mu.RLock()
	v, ok := o.known[key]
	o.mu.RUnlock()
	if ok {
		return v
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if v, ok = o.known[key]; ok {
		return v
	}
	if o.known == nil {
		o.known = map[K]V{}
	}
	v = make(key)
	o.known[key] = v
	return v
}
