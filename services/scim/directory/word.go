package directory

import (
	"slices"
	"time"

	"github.com/devrev/scim/libs/scim"
)

// Word is what the identity provider last said about a user or a group, as far as it is not what is
// stored. It is zero where the two agree.
type Word struct {
	Said    []Said   // attributes, in ascending order of name
	Refused *Refused // the last request about the user, if it was refused
}

// Said is an attribute of which the identity provider believes that it has another value.
type Said struct {
	Attribute string    // as Changed names it; "active" for the state
	Value     any       // as in a Document; nil: it believes that there is none
	Because   Drift     // why the two differ
	Since     time.Time // when they came apart
	RequestID string    // by which they came apart
	By        string    // whose voice that was, as Cause has it
	Client    string    // as Cause has it
}

// Refused is a request that the identity provider believes has taken place, or may: it was refused.
type Refused struct {
	Since     time.Time // when such a request was refused first
	RequestID string    // of the first
	Client    string    // as Cause has it
	Status    int
	Detail    string // the sentence that the client received
}

// same reports whether r says what another refusal says. A nil one says nothing.
func (r *Refused) same(other Refused) bool {
	return r != nil && r.Status == other.Status && r.Detail == other.Detail
}

// Drift says why what the identity provider believes differs from what is stored.
type Drift string

// The kinds of drift that a Store finds.
const (
	DriftKept    Drift = "kept"         // it sent a value that was not applied: the attribute is the person's own
	DriftChanged Drift = "changed-here" // an administrator or the person changed the value in DevRev
	DriftUndone  Drift = "undone"       // an administrator undid its change
	DriftRefused Drift = "refused"      // its last request about the user was refused
)

// Drifts are all kinds that a Store finds.
func Drifts() []Drift { return []Drift{DriftRefused, DriftKept, DriftChanged, DriftUndone} }

// Drifts returns which kinds of drift w has, in the order of Drifts.
func (w Word) Drifts() []Drift {
	return slices.DeleteFunc(Drifts(), func(kind Drift) bool {
		if kind == DriftRefused {
			return w.Refused == nil
		}
		return !slices.ContainsFunc(w.Said, func(s Said) bool { return s.Because == kind })
	})
}

// IsZero reports whether the identity provider believes what is stored.
func (w Word) IsZero() bool { return len(w.Said) == 0 && w.Refused == nil }

// of returns what w has of an attribute.
func (w Word) of(attribute string) (Said, bool) {
	i := slices.IndexFunc(w.Said, func(s Said) bool { return s.Attribute == attribute })
	if i < 0 {
		return Said{}, false
	}
	return w.Said[i], true
}

// Document returns w as a Store keeps it; WordOf reads it.
func (w Word) Document() *scim.Document {
	doc := scim.NewDocument()
	var said []any
	for _, s := range w.Said {
		one := scim.NewDocument("attribute", s.Attribute, "because", string(s.Because), "since", Timestamp(s.Since), "requestId", s.RequestID, "by", s.By, "client", s.Client)
		if s.Value != nil {
			one.Set("value", s.Value)
		}
		said = append(said, one)
	}
	if said != nil {
		doc.Set("said", said)
	}
	if r := w.Refused; r != nil {
		doc.Set("refused", scim.NewDocument("since", Timestamp(r.Since), "requestId", r.RequestID, "client", r.Client, "status", int64(r.Status), "detail", r.Detail))
	}
	return doc
}

// WordOf returns the Word of which doc is the Document; a nil one is that of the zero Word.
func WordOf(doc *scim.Document) (w Word) {
	for _, v := range doc.List("said") {
		one, _ := v.(*scim.Document)
		value, _ := one.Get("value")
		w.Said = append(w.Said, Said{
			Attribute: one.String("attribute"), Value: value, Because: Drift(one.String("because")), Since: instantOf(one.String("since")),
			RequestID: one.String("requestId"), By: one.String("by"), Client: one.String("client"),
		})
	}
	if r := doc.Sub("refused"); r != nil {
		status, _ := r.Get("status")
		n, _ := status.(int64)
		w.Refused = &Refused{instantOf(r.String("since")), r.String("requestId"), r.String("client"), int(n), r.String("detail")}
	}
	return w
}

// clone returns a copy that shares nothing with w.
func (w Word) clone() Word { return WordOf(w.Document().Clone()) }

func instantOf(text string) time.Time {
	t, _ := time.Parse(time.RFC3339, text) // what Timestamp wrote
	return t.UTC()
}
