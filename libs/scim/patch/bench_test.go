package patch

import (
	"fmt"
	"testing"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
)

func BenchmarkMembers(b *testing.B) {
	for _, size := range []int{1000, 10000} {
		var list []any
		for i := range size {
			list = append(list, scim.NewDocument("value", fmt.Sprintf("0197a3c2-7f76-753a-919d-%012d", i), "display", "bjensen@example.com"))
		}
		req := Request{Operations: []Operation{{Op: Add, Path: "members", Value: list}}}
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
			if _, d, _, err := SplitMembers(testTypes.Group, Request{Operations: removes}, nil, nil); err != nil || len(d.Remove) != 1000 {
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
			got, _, err := Apply(group, registry.Group, Request{Operations: []Operation{{Op: Add, Path: "members", Value: list}}}, nil)
			if err != nil || len(got.List("members")) != 1000 {
				b.Fatal(err)
			}
		}
	})
}
