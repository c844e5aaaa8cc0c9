package mongostore

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/devrev/scim/services/scim/directory"
)

// where selects documents of one tenant, by one index. It is the only thing a collection takes for
// a filter, so a query that forgets the tenant, or leaves it to chance how it is answered, does not
// compile.
//
// MongoDB would choose an index itself, by trying and by remembering what was good before; but
// every index begins with the tenant, so all of them seem to fit, and what was good in an
// organisation of ten users is not in one of fifty thousand.
type where struct {
	tenant directory.Tenant
	index  string // its name; one of those in indexes, or onID
	terms  bson.D
}

// within selects, by the given index, the documents of t that satisfy all terms.
func within(t directory.Tenant, index string, terms ...bson.E) where { return where{t, index, terms} }

// withID selects the user or group that has the given documentID and satisfies all further terms.
func withID(t directory.Tenant, documentID string, terms ...bson.E) where {
	return within(t, onID, is("_id", documentID)).and(terms...)
}

// and returns w narrowed by further terms; w stays as it is.
func (w where) and(terms ...bson.E) where {
	w.terms = append(w.terms[:len(w.terms):len(w.terms)], terms...)
	return w
}

// filter returns w as MongoDB takes it, with the tenant in the first place.
func (w where) filter() bson.D {
	return append(bson.D{is("org", string(w.tenant))}, w.terms...)
}

// documentID returns the _id of a user or group. It holds the tenant, so that an id found elsewhere
// leads to nothing in another tenant.
func documentID[ID ~string](t directory.Tenant, id ID) string {
	return string(t) + "/" + string(text(id))
}

// text returns s in a form that MongoDB takes, which cuts the connection at a string that is not
// UTF-8. No id, name or externalId that is stored holds two NULs in a row, so what is put right
// finds nothing.
func text[S ~string](s S) S { return S(strings.ToValidUTF8(string(s), "\x00\x00")) }

func texts[S ~string](list []S) []S {
	clean := make([]S, len(list))
	for i, s := range list {
		clean[i] = text(s)
	}
	return clean
}

// resourceID returns the id of the user or group that is stored under documentID. No tenant has a
// slash in its name.
func resourceID[ID ~string](documentID string) ID {
	_, id, _ := strings.Cut(documentID, "/")
	return ID(id)
}

// The terms that filters, updates and stages are made of. Values arrive as BSON values of their own
// types and never as parts of a text, so no value can become an operator.

func is(field string, value any) bson.E { return bson.E{Key: field, Value: value} }

func oneOf[V any](field string, values []V) bson.E { return is(field, bson.D{is("$in", values)}) }

func below(field string, value any) bson.E { return is(field, bson.D{is("$lt", value)}) }

func above(field string, value any) bson.E { return is(field, bson.D{is("$gt", value)}) }

func exists(field string, yes bool) bson.E { return is(field, bson.D{is("$exists", yes)}) }
