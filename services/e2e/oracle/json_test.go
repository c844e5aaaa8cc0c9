package oracle

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/devrev/scim/libs/scim"
)

// tb is what *testing.T and *rapid.T have in common.
type tb interface {
	Helper()
	Fatalf(format string, args ...any)
}

// asJSON returns v as JSON, in which no more is escaped than must be: the oracles do not read the
// rest.
func asJSON(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // what came from JSON encodes
	return strings.TrimSuffix(b.String(), "\n")
}

// unquote returns the string that literal holds, and whether it holds one.
func unquote(literal string) (string, bool) {
	var s string
	err := json.Unmarshal([]byte(literal), &s)
	return s, err == nil && literal != "null"
}

// object reads an object.
func object(t *testing.T, text string) map[string]any {
	t.Helper()
	var o map[string]any
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return o
}

// document returns what our packages read where the oracles read v.
func document(t tb, v any) *scim.Document {
	t.Helper()
	doc, err := scim.Decode([]byte(asJSON(v)), 0)
	if err != nil {
		t.Fatalf("%v in %s", err, asJSON(v))
	}
	return doc
}

// assigned returns v without what RFC 7643 section 2.5 holds to be no value, null and [], and
// without the objects of which then nothing is left.
func assigned(v any) any {
	switch v := v.(type) {
	case []any:
		var list []any
		for _, element := range v {
			if element = assigned(element); element != nil {
				list = append(list, element)
			}
		}
		if list != nil {
			return list
		}
	case map[string]any:
		object := map[string]any{}
		for name, member := range v {
			if member = assigned(member); member != nil {
				object[name] = member
			}
		}
		if len(object) > 0 {
			return object
		}
	default:
		return v
	}
	return nil
}
