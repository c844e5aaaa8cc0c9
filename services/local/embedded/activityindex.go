package embedded

import (
	"bytes"
	"iter"

	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// indexed returns the keys of an entry, each of which ends with its id: what it is about, its
// request and trace, and its kind with its effect.
func indexed(e activity.Entry) [][]byte {
	kind := e.Kind
	if e.Is(activity.KindChange) { // those from before there were kinds too
		kind = activity.KindChange
	}
	keys := [][]byte{about(e.Resource), ofRequest(e.RequestID), ofTrace(e.TraceID), ofKind(kind, e.Effect)}
	for i := range keys {
		keys[i] = append(keys[i], e.ID...)
	}
	return keys
}

// The beginnings of keys, which end with a NUL. What others write is in them as a digest: it may be
// of any length.

func about(r activity.Resource) []byte {
	return append(append([]byte("resource\x00"), digest(r.Type+"\x00"+r.NameKey+"\x00"+r.ID)...), 0)
}

func ofRequest(id string) []byte { return append(append([]byte("request\x00"), digest(id)...), 0) }

func ofTrace(id string) []byte { return append(append([]byte("trace\x00"), digest(id)...), 0) }

func ofKind(kind activity.Kind, effect directory.Effect) []byte {
	return []byte("kind\x00" + string(kind) + "\x00" + string(effect) + "\x00")
}

// unindex removes the keys of an entry.
func (in told) unindex(id string) error {
	e, err := decode[activity.Entry](in.entries.get([]byte(id)))
	for _, key := range indexed(e) {
		if err == nil {
			err = in.index.delete(key)
		}
	}
	return err
}

// runs returns keys that end with the ids of all entries which q can select, the fewest that there
// are.
func (in told) runs(q activity.Query) []run {
	if q.Status != 0 && q.Effects == nil {
		q.Effects = []directory.Effect{activity.EffectRefused} // no other has a status
	}
	switch {
	case q.RequestID != "":
		return []run{{in.index, ofRequest(q.RequestID)}}
	case q.TraceID != "":
		return []run{{in.index, ofTrace(q.TraceID)}}
	case q.Resource != activity.Resource{} && q.WithGroups:
		return []run{{in.index, about(q.Resource)}, {in.movedBy, pair(q.Resource.ID, "")}}
	case q.Resource != activity.Resource{}:
		return []run{{in.index, about(q.Resource)}}
	case q.Kinds == nil && q.Effects == nil:
		return []run{{in.entries, nil}}
	}
	if q.Kinds == nil {
		q.Kinds = activity.Kinds()
	}
	if q.Effects == nil {
		q.Effects = activity.Effects()
	}
	var runs []run
	for _, kind := range q.Kinds {
		for _, effect := range q.Effects {
			runs = append(runs, run{in.index, ofKind(kind, effect)})
		}
	}
	return runs
}

// walk yields the ids that may be selected by q, in its order, each once.
func (in told) walk(q activity.Query) iter.Seq[string] {
	from, to := q.Span()
	return func(yield func(string) bool) {
		var heads []*head
		for _, r := range in.runs(q) {
			bound := to
			if q.OldestFirst {
				bound = from
			}
			var behind []byte
			if bound != "" {
				behind = append(bytes.Clone(r.prefix), bound...)
			}
			next, stop := iter.Pull(r.beyond(behind, !q.OldestFirst))
			defer stop()
			heads = append(heads, &head{next: next})
		}
		for last := ""; ; {
			first := ""
			for _, h := range heads {
				if h.id == last {
					h.advance()
				}
				if h.id != "" && (first == "" || (h.id < first) == q.OldestFirst) {
					first = h.id
				}
			}
			if first == "" || first < from || to != "" && first >= to || !yield(first) {
				return
			}
			last = first
		}
	}
}

// head is the next id of a run, "" behind the last one.
type head struct {
	next func() ([]byte, bool)
	id   string
}

func (h *head) advance() {
	key, ok := h.next()
	if h.id = ""; ok {
		h.id = idIn(key)
	}
}
