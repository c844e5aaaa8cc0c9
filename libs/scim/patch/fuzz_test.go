package patch

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
)

// FuzzApply holds any operations against what must be true of every PATCH: no panic, only *scim.Error, the input is
// left alone, the result is in stored form, and one replace or remove done twice is done once.
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
		req, err := Decode(body, nil)
		if err != nil {
			requireRefusal(t, err)
			return
		}
		untouched, requested := before.Clone(), body.Clone()
		after, _, err := Apply(before, testTypes.User, req, nil)
		if !before.Equal(untouched) || !body.Equal(requested) {
			t.Fatalf("%s changed its input", operations)
		}
		if err != nil {
			requireRefusal(t, err)
			return
		}
		checkStored(t, after)
		if len(req.Operations) != 1 || req.Operations[0].Op == Add || stateful(operations) {
			return
		}
		again, outcomes, err := Apply(after, testTypes.User, req, nil)
		if err != nil { // what was selected the first time may not be there any more
			requireRefusal(t, err)
			return
		}
		if !again.Equal(after) {
			t.Fatalf("%s on %s makes %s, and then %s (%v)", operations, text(t, before), text(t, after), text(t, again), outcomes)
		}
	})
}

// stateful tells whether what operations select may hang on what they change: several value paths in one object, and
// primary, which moves.
func stateful(operations string) bool {
	lower := strings.ToLower(operations)
	return strings.Contains(lower, "primary") || strings.Contains(lower, `\u`) || strings.Contains(lower, "value") && strings.Count(lower, "[") > 1
}

func requireRefusal(t *testing.T, err error) {
	t.Helper()
	if refused, ok := errors.AsType[*scim.Error](err); !ok || refused.Status != 400 {
		t.Fatalf("error %v, want a 400", err)
	}
}

func BenchmarkMembers(b *testing.B) {
	for _, size := range []int{1000, 10000} {
		var list []any
		for i := range size {
			list = append(list, scim.NewDocument("value", fmt.Sprintf("0197a3c2-7f76-753a-919d-%012d", i), "display", "bjensen@example.com"))
		}
		req := Request{[]Operation{{Op: Add, Path: "members", Value: list}}}
		b.Run(fmt.Sprintf("split/%d", size), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, d, _, err := SplitMembers(testTypes.Group, req, nil, nil); err != nil || len(d.Add) != size {
					b.Fatal(err)
				}
			}
		})
	}
	var removes []Operation
	for i := range 1000 {
		removes = append(removes, Operation{Op: Remove, Path: fmt.Sprintf(`members[value eq "0197a3c2-7f76-753a-919d-%012d"]`, i)})
	}
	b.Run("split/1000removes", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, d, _, err := SplitMembers(testTypes.Group, Request{removes}, nil, nil); err != nil || len(d.Remove) != 1000 {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkApply(b *testing.B) {
	registry := schema.Load(nil)
	doc := user(b, `"name":{"givenName":"Barbara","familyName":"Jensen"},"active":true,"emails":[`+work+`,`+home+`],"`+enterprise+`":{"department":"Tours"}`)
	for name, operations := range map[string]string{
		"okta":  `{"op":"replace","value":{"active":false}}`,
		"entra": `{"op":"Replace","path":"displayName","value":"Pvlo"},{"op":"Replace","path":"emails[type eq \"work\"].value","value":"x@example.com"},{"op":"Replace","path":"name.givenName","value":"Gtfd"},{"op":"Replace","path":"name.familyName","value":"Pkqf"},{"op":"Replace","path":"externalId","value":"Eqpj"},{"op":"Replace","path":"` + enterprise + `:employeeNumber","value":"Eqpj"}`,
	} {
		req := request(b, operations, nil)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := Apply(doc, registry.User, req, &scim.Tolerance{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	var list []any
	for i := range 1000 {
		list = append(list, scim.NewDocument("value", fmt.Sprintf("0197a3c2-7f76-753a-919d-%012d", i), "display", "bjensen@example.com"))
	}
	group := scim.NewDocument("displayName", "A", "members", list[:500])
	b.Run("1000members", func(b *testing.B) { // a group in one document, as the embedded oracle may keep it
		b.ReportAllocs()
		for b.Loop() {
			got, _, err := Apply(group, registry.Group, Request{[]Operation{{Op: Add, Path: "members", Value: list}}}, nil)
			if err != nil || len(got.List("members")) != 1000 {
				b.Fatal(err)
			}
		}
	})
}
