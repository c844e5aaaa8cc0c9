package patch

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/quick"

	"github.com/devrev/scim/libs/scim"
)

// FuzzApply holds any operations against the laws of PATCH.
func FuzzApply(f *testing.F) {
	for _, tt := range rfc {
		f.Add(tt.before, tt.operations)
	}
	for _, tt := range coerced {
		f.Add(tt.before, tt.operations)
	}
	f.Add(`"emails":[`+work+`,`+home+`]`, `{"op":"replace","path":"emails.type","value":"work"},{"op":"add","value":{"emails[primary eq true].value":null,"x509certificates":["aGk="]}}`)
	f.Add(`"name":{"givenName":"A"}`, `{"op":"remove","path":"name[givenName sw \"a\"]"}`)
	f.Fuzz(func(t *testing.T, members, operations string) {
		sent, err := scim.Decode([]byte(`{"schemas":["`+scim.UserSchema+`"],"userName":"a"`+strings.TrimRight(","+members, ",")+`}`), 0)
		if err != nil {
			return
		}
		before, err := testTypes.User.Validate(sent, nil)
		if err != nil {
			return
		}
		body, err := scim.Decode([]byte(`{"Operations":[`+operations+`]}`), 0)
		if err != nil {
			return
		}
		checkLaws(t, before, body)
	})
}

// TestApplyLaws holds operations against the laws that a fuzzer would seldom find: right ones.
func TestApplyLaws(t *testing.T) {
	t.Parallel()
	elements := []string{work, home, `{"value":"a"}`, `{"value":"a","type":"work"}`, `{"value":"b","type":"work","primary":true}`, `{"type":"home"}`}
	paths := []string{
		`emails`, `emails.type`, `emails.value`, `emails[type eq \"work\"]`, `emails[type eq \"home\"].value`, `emails[value eq \"a\"].type`, `emails[value eq \"a\"].display`,
		`emails[type eq \"home\" and value eq \"b\"]`, `emails[not (type pr)]`, `emails[type ne \"work\"].display`, `emails[value co \"b\"].type`,
	}
	values := []string{`"work"`, `"a"`, `null`, `""`, `[]`, `["a"]`, `{}`, `{"type":"home"}`, `{"value":"b","display":"B"}`, `[{"value":"a","type":"home"},{"value":"b"}]`, `{"value":null}`, `{"type":"work","value":"c"}`}
	accepted := 0
	law := func(list []byte, op, path, value byte) bool {
		emails := make([]string, 0, 4)
		for _, b := range list[:min(len(list), cap(emails))] {
			emails = append(emails, elements[int(b)%len(elements)])
		}
		sent := document(t, `{"schemas":["`+scim.UserSchema+`"],"userName":"a","emails":[`+strings.Join(emails, ",")+`]}`)
		before, err := testTypes.User.Validate(sent, nil)
		if err != nil {
			t.Fatal(err)
		}
		body := document(t, fmt.Sprintf(`{"Operations":[{"op":%q,"path":"%s","value":%s}]}`,
			[]Op{Add, Remove, Replace}[int(op)%3], paths[int(path)%len(paths)], values[int(value)%len(values)]))
		if checkLaws(t, before, body) {
			accepted++
		}
		return !t.Failed()
	}
	if err := quick.Check(law, &quick.Config{MaxCount: 5000}); err != nil {
		t.Error(err)
	}
	if accepted < 2500 {
		t.Errorf("only %d requests were accepted: the laws were not tried", accepted)
	}
}

// checkLaws checks the laws of every PATCH: it does not panic, every error is a *scim.Error, the
// input is unchanged, the result is in stored form, and one operation done twice is done once. It
// returns whether the request was accepted.
func checkLaws(t *testing.T, before, body *scim.Document) bool {
	t.Helper()
	req, err := Decode(body, nil)
	if err != nil {
		requireRefusal(t, err)
		return false
	}
	untouched, requested := before.Clone(), body.Clone()
	after, _, err := Apply(before, testTypes.User, req, nil)
	if !before.Equal(untouched) || !body.Equal(requested) {
		t.Fatalf("%s changed its input", text(t, body))
	}
	if err != nil {
		requireRefusal(t, err)
		return false
	}
	checkStored(t, after)
	if len(req.Operations) != 1 || stateful(req.Operations[0]) {
		return true
	}
	again, _, err := Apply(after, testTypes.User, req, nil)
	if err != nil { // what was selected the first time may be gone
		requireRefusal(t, err)
		return true
	}
	if !again.Equal(after) {
		t.Fatalf("%s on %s makes %s, and then %s", text(t, body), text(t, before), text(t, after), text(t, again))
	}
	return true
}

// stateful reports whether what an operation selects may depend on what it changes: by value paths
// in an object, and by primary, which moves from one element to another.
func stateful(op Operation) bool {
	if object, ok := op.Value.(*scim.Document); ok && op.Path == "" {
		for name := range object.All() {
			if strings.Contains(name, "[") {
				return true
			}
		}
	}
	return strings.Contains(strings.ToLower(op.Path), "primary")
}

func requireRefusal(t *testing.T, err error) {
	t.Helper()
	if refused, ok := errors.AsType[*scim.Error](err); !ok || refused.Status != 400 {
		t.Fatalf("error %v, want a 400", err)
	}
}
