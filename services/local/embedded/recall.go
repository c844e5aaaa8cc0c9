package embedded

import (
	"maps"
	"slices"
	"sync"

	"github.com/devrev/scim/libs/token"
)

// recall remembers what Lookup found, decoded, until a write to the tokens' part of the file. The
// file belongs to this process, so no write goes unnoticed.
type recall struct {
	mu     sync.RWMutex
	writes int // so far
	found  map[tokenKey]lookup
}

type tokenKey struct{ tag, id string }

type lookup struct {
	record       token.Record
	organisation token.Organisation
}

// clone returns a copy that shares nothing with l. It has no Usage, which Lookup does not return.
func (l lookup) clone() lookup {
	l.record.MAC, l.record.Scopes, l.record.Usage = slices.Clone(l.record.MAC), slices.Clone(l.record.Scopes), token.Usage{}
	l.organisation.Settings = maps.Clone(l.organisation.Settings)
	return l
}

// maxRecalled bounds how many tokens are remembered.
const maxRecalled = 10_000

// get returns what is cached of a token and, if there is nothing, the number that put needs.
func (r *recall) get(key tokenKey) (found lookup, ok bool, writes int) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	found, ok = r.found[key]
	return found, ok, r.writes
}

// put caches what was found after get, unless a write may have changed it since.
func (r *recall) put(key tokenKey, found lookup, writes int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if writes != r.writes {
		return
	}
	if r.found == nil || len(r.found) >= maxRecalled {
		r.found = make(map[tokenKey]lookup)
	}
	r.found[key] = found
}

// forget is called when a write has ended, before it is acknowledged.
func (r *recall) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.writes++
	clear(r.found)
}
