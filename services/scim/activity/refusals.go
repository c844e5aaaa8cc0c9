package activity

import (
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/devrev/scim/services/scim/directory"
)

// toldRefusals is how many refusals of one kind have a line each between two calls of Flush, which
// come every 30 s. Those beyond are counted, and Flush writes one line of them: a client that is
// refused again and again must not fill what the organisation reads.
const toldRefusals = 5

// A refused create has a line all the same if its name had none for namedEvery, so that each person
// of a push that is refused is found by name: up to toldNames of a kind between two calls of Flush.
// mostNames bounds how many names are remembered.
const (
	namedEvery = time.Hour
	toldNames  = 500
	mostNames  = 20_000
)

// refusals counts refused requests by kind.
type refusals struct {
	mu    sync.Mutex
	kinds map[refusalKind]*repeated
	named *lru.Cache[named, time.Time] // when the name last had a line
}

// named is the name of a refused create.
type named struct {
	tenant directory.Tenant
	key    string // Resource.NameKey
}

// refusalKind is what refusals are alike in. Each field is of a closed set, or an organisation's.
type refusalKind struct {
	tenant       directory.Tenant
	about        Kind
	credential   string
	token        string
	method, kind string // of the request, and of the resource
	status       int
	scimType     string
}

// repeated is what is known of one kind since the last Flush.
type repeated struct {
	told  int
	names int   // lines beyond told, for their names' sake
	rest  Entry // the latest of those that have no line; Times tells how many there are
}

// admit reports whether e is to have a line of its own, and counts it if not.
func (r *refusals) admit(t directory.Tenant, e Entry) bool {
	kind := refusalKind{t, e.Kind, e.Credential, e.TokenID, methodOf(e), e.Resource.Type, e.Refusal.Status, string(e.Refusal.Type)}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kinds == nil {
		r.kinds = map[refusalKind]*repeated{}
	}
	if r.named == nil {
		r.named, _ = lru.New[named, time.Time](mostNames) // fails for a size of 0
	}
	known := r.kinds[kind]
	if known == nil {
		known = &repeated{}
		r.kinds[kind] = known
	}
	name := named{t, e.Resource.NameKey}
	switch {
	case known.told < toldRefusals:
		known.told++
	case name.key != "" && known.names < toldNames && !r.toldOf(name, e.At):
		known.names++
	default:
		e.Times, e.Coercions = known.rest.Times+1, nil
		known.rest = e
		return false
	}
	if name.key != "" {
		r.named.Add(name, e.At)
	}
	return true
}

// toldOf reports whether the name has had a line within namedEvery of now.
func (r *refusals) toldOf(name named, now time.Time) bool {
	at, ok := r.named.Peek(name)
	return ok && now.Sub(at) < namedEvery
}

// methodOf returns the method of e if it is one that changes something: an operation of a bulk
// request may name any.
func methodOf(e Entry) string {
	switch e.Method {
	case "POST", "PUT", "PATCH", "DELETE":
		return e.Method
	default:
		return ""
	}
}

// take returns the line of each kind with refusals beyond its lines, and begins to count again.
func (r *refusals) take() map[refusalKind]*repeated {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.kinds
	r.kinds = nil
	for kind, known := range taken {
		if known.rest.Times == 0 {
			delete(taken, kind)
		}
	}
	return taken
}

// back counts what take returned and could not be stored.
func (r *refusals) back(taken map[refusalKind]*repeated) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kinds == nil {
		r.kinds = map[refusalKind]*repeated{}
	}
	for kind, old := range taken {
		if known := r.kinds[kind]; known == nil {
			old.told = 0
			r.kinds[kind] = old
		} else {
			if known.rest.Times == 0 {
				known.rest, known.rest.Times = old.rest, 0
			}
			known.rest.Times += old.rest.Times
		}
	}
}
