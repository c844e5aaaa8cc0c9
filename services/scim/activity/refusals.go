package activity

import (
	"sync"

	"github.com/devrev/scim/services/scim/directory"
)

// toldRefusals is how many refusals of one kind have a line each between two calls of Flush, which come every 30 s. Those beyond are counted, and
// Flush writes one line of them: a client that is refused again and again must not fill what the organisation reads.
const toldRefusals = 5

// refusals counts refused requests by kind.
type refusals struct {
	mu    sync.Mutex
	kinds map[refusalKind]*repeated
}

// refusalKind is what refusals are alike in. Each field is of a closed set, or an organisation's.
type refusalKind struct {
	tenant       directory.Tenant
	token        string
	method, kind string // of the request, and of the resource
	status       int
	scimType     string
}

// repeated is what is known of one kind since the last Flush.
type repeated struct {
	told int
	rest Entry // the latest of those that have no line; Times tells how many there are
}

// admit reports whether e is to have a line of its own, and counts it if not.
func (r *refusals) admit(t directory.Tenant, e Entry) bool {
	kind := refusalKind{t, e.TokenID, methodOf(e), e.Resource.Type, e.Refusal.Status, string(e.Refusal.Type)}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kinds == nil {
		r.kinds = map[refusalKind]*repeated{}
	}
	known := r.kinds[kind]
	if known == nil {
		known = &repeated{}
		r.kinds[kind] = known
	}
	if known.told < toldRefusals {
		known.told++
		return true
	}
	e.Times, e.Coercions = known.rest.Times+1, nil
	known.rest = e
	return false
}

// methodOf returns the method of e if it is one that changes something: an operation of a bulk request may name any.
func methodOf(e Entry) string {
	switch e.Method {
	case "POST", "PUT", "PATCH", "DELETE":
		return e.Method
	default:
		return ""
	}
}

// take returns the line of each kind that has more than its lines tell, and begins to count again.
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
