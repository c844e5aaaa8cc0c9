package exactjson_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/exactjson"
)

type inner struct {
	Enabled bool `json:"enabled"`
}

type outer struct {
	Org   string         `json:"org"`
	Roles []string       `json:"roles"`
	At    time.Time      `json:"at"`
	SSO   *inner         `json:"sso"`
	List  []*inner       `json:"list,omitempty"`
	Free  map[string]any `json:"free"`
	Cache string         `json:"-"`
}

func TestNamesAreExactAndNotRepeated(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		rule, text string
		want       string // of the error; "" is success
	}{
		{"all of it", `{"org":"a","roles":["x"],"at":"2026-01-31T08:00:00Z","sso":{"enabled":true},"list":[{"enabled":true}],"free":{"any":{"thing":1}}}`, ""},
		{"nothing", `{}`, ""},
		{"null", `{"sso":null,"list":null}`, ""},
		{"a name in capitals", `{"ORG":"a"}`, `unknown member "ORG"`},
		{"a letter that folds to another", `{"role\u017f":[]}`, "unknown member \"roleſ\""},
		{"the name of the field and not its own", `{"Org":"a"}`, `unknown member "Org"`},
		{"a field that is not JSON's", `{"Cache":"a"}`, `unknown member "Cache"`},
		{"an unknown member deeper down", `{"sso":{"Enabled":true}}`, `unknown member "Enabled"`},
		{"an unknown member of an element", `{"list":[{"enabled":true},{"on":true}]}`, `unknown member "on"`},
		{"a member twice", `{"org":"a","org":"a"}`, `repeated member "org"`},
		{"a member twice, once escaped", `{"org":"a","\u006frg":"b"}`, `repeated member "org"`},
		{"a member twice deeper down", `{"free":{"a":{"b":1,"b":2}}}`, `repeated member "b"`},
		{"a name twice in two objects", `{"list":[{"enabled":true},{"enabled":false}]}`, ""},
		{"not UTF-8", "{\"org\":\"\xff\"}", "the text is not UTF-8"},
		{"two objects", `{}{}`, "there is more than one JSON value"},
		{"rubbish behind", `{} x`, "there is more than one JSON value"},
		{"space behind", "{} \n", ""},
	} {
		t.Run(row.rule, func(t *testing.T) {
			t.Parallel()
			err := exactjson.Unmarshal([]byte(row.text), &outer{})
			switch {
			case row.want == "" && err != nil, row.want != "" && (err == nil || err.Error() != row.want):
				t.Errorf("got %v, want %s", err, row.want)
			}
		})
	}
}

// FuzzUnmarshal: what is read is what encoding/json reads too, and reads the same when it is
// written again.
func FuzzUnmarshal(f *testing.F) {
	for _, seed := range []string{`{"org":"a"}`, `{"ORG":"a"}`, `{"org":1}`, `[]`, `{"free":{"a":[{},{"b":null}]}}`, `{`, ``} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var got, plain outer
		if exactjson.Unmarshal(data, &got) != nil {
			return
		}
		if err := json.Unmarshal(data, &plain); err != nil {
			t.Fatalf("encoding/json refuses it: %v", err)
		}
		again, err := json.Marshal(got)
		assert.NilError(t, err)
		want, err := json.Marshal(plain)
		if err != nil || string(again) != string(want) {
			t.Fatalf("%s and %s (%v)", again, want, err)
		}
		members, err := exactjson.Members(data)
		if _, isType := errors.AsType[*json.UnmarshalTypeError](err); err != nil && !isType {
			t.Fatalf("its members: %v", err)
		}
		for name := range members {
			if name != "org" && name != "roles" && name != "at" && name != "sso" && name != "list" && name != "free" {
				t.Fatalf("the member %q was passed over", name)
			}
		}
	})
}
