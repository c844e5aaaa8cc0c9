package mongostore

import (
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/scim/directory"
)

// A resource is stored a second time under "key", as filters and orders see it: the shape of
// Resource, names in lower case, and in place of a string an object of all the forms in which one
// may be compared. Which of them counts, the schema says, and it is asked by the query: what is
// stored knows no schema, so an organisation's extension can come, go and change without a write.
//
//	{"userName": "Ann@example.com"}  ->  {"username": {"f": "ann@example.com", "x": "Ann@example.com"}}
//
// Numbers and booleans have one form and stay as they are. What holds nothing (null, "", an empty
// list or object) is left out, so that existence is what pr asks for.
const (
	folded  = "f" // directory.Fold
	exact   = "x"
	instant = "t" // only of what reads as a dateTime: UTC to the nanosecond, which MongoDB's own dates are too coarse for
)

// instantLayout has one length, so that texts sort as the instants do.
const instantLayout = "2006-01-02T15:04:05.000000000Z"

func keyOf(resource *scim.Document) bson.D {
	var forms bson.D
	for name, value := range resource.All() {
		if v := formsOf(value); v != nil {
			forms = append(forms, is(keyName(name), v))
		}
	}
	return forms
}

// keyName returns the name of a member in the key.
func keyName(name string) string { return escapes.Replace(strings.ToLower(name)) }

// formsOf returns the forms of a member's value, nil if it holds nothing.
func formsOf(v any) any {
	switch v := v.(type) {
	case *scim.Document:
		if forms := keyOf(v); forms != nil {
			return forms
		}
		return nil
	case []any:
		var list bson.A
		for _, e := range v {
			if forms := formsOf(e); forms != nil {
				list = append(list, forms)
			}
		}
		if list == nil {
			return nil
		}
		return list
	case string:
		return formsOfText(v)
	default:
		return v
	}
}

func formsOfText(s string) any {
	if s == "" {
		return nil
	}
	forms := bson.D{is(folded, directory.Fold(s)), is(exact, s)}
	if t, ok := (&schema.Attribute{Type: schema.DateTime}).Comparable(s); ok {
		forms = append(forms, is(instant, valueOf(t)))
	}
	return forms
}

// formOf returns the form that values of a are compared in, as schema.Attribute.Comparable says; ""
// for values that have only one.
func formOf(a *schema.Attribute) string {
	switch a.Type {
	case schema.String, schema.Reference:
		if a.CaseExact {
			return exact
		}
		return folded
	case schema.Binary:
		return exact
	case schema.DateTime:
		return instant
	case schema.Boolean, schema.Integer, schema.Decimal, schema.Complex:
	}
	return ""
}

// valueOf returns a value in its comparable form, as the key has it.
func valueOf(v any) any {
	if t, ok := v.(time.Time); ok {
		return t.UTC().Format(instantLayout)
	}
	return v
}
