package schema

import (
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/devrev/scim/libs/scim"
)

// checkValidate checks what Validate promises of every input, and reports whether in was accepted:
// the input is unchanged, and the result is in stored form, which even a strict Tolerance accepts
// and leaves unchanged.
func checkValidate(t *testing.T, rt *ResourceType, in *scim.Document) bool {
	t.Helper()
	before := in.Clone()
	out, err := rt.Validate(in, nil)
	if !in.Equal(before) {
		t.Fatalf("the input became %s", encode(t, in))
	}
	if err != nil {
		if refusal, ok := errors.AsType[*scim.Error](err); !ok || refusal.Status != 400 {
			t.Fatalf("%v is not a refusal", err)
		}
		return false
	}
	checkStoredForm(t, rt, out)
	again := out.Clone()
	again.Set("schemas", SchemasOf(rt, out))
	fixed, err := rt.Validate(again, &scim.Tolerance{Strict: true})
	if err != nil || encode(t, fixed) != encode(t, out) {
		t.Fatalf("%s\nbecame %s\nand then %v, %v", encode(t, in), encode(t, out), fixed, err)
	}
	return true
}

// checkStoredForm checks that every name is canonical and known, and that no value is absent.
func checkStoredForm(t *testing.T, rt *ResourceType, doc *scim.Document) {
	t.Helper()
	var check func(prefix string, attributes []*Attribute, doc *scim.Document)
	check = func(prefix string, attributes []*Attribute, doc *scim.Document) {
		for name, v := range doc.All() {
			if s := rt.extension(name); s != nil && prefix == "" {
				object, _ := v.(*scim.Document)
				if s.ID != name || object.Len() == 0 {
					t.Fatalf("%s = %v is not an extension in stored form", name, v)
				}
				check(name+":", s.Attributes, object)
				continue
			}
			a := named(attributes, name)
			if a == nil || a.Name != name || !a.kept() || hollow(v) {
				t.Fatalf("%s%s = %v is not in stored form", prefix, name, v)
			}
			for _, value := range appendValues(nil, doc, a) {
				if object, ok := value.(*scim.Document); ok {
					check(prefix+name+".", a.SubAttributes, object)
				} else if _, ok := a.Comparable(value); !ok {
					t.Fatalf("%s%s = %v is not a %s", prefix, name, value, a.Type)
				}
			}
		}
	}
	check("", append(rt.Common[:len(rt.Common):len(rt.Common)], rt.Schema.Attributes...), doc)
}

// TestValidateLaws validates random documents of a user's names in all spellings and values of all
// types, where a fuzzer of bytes would mostly make broken JSON.
func TestValidateLaws(t *testing.T) {
	t.Parallel()
	rt := Load(nil).With(custom).User
	random := rand.New(rand.NewPCG(2, 0)) // repeatable
	accepted := 0
	const runs = 20_000
	for range runs {
		in := randomObject(random, append(rt.Schema.Attributes[:len(rt.Schema.Attributes):len(rt.Schema.Attributes)], rt.Common...))
		in.Delete("schemas")
		for _, ext := range rt.Extensions {
			if random.IntN(3) == 0 {
				in.Set(ext.Schema.ID, randomObject(random, ext.Schema.Attributes))
			}
			a := pick(random, ext.Schema.Attributes)
			in.Set(ext.Schema.ID+":"+a.Name, randomValue(random, a))
		}
		in.Set("userName", "a")
		if checkValidate(t, rt, in) {
			accepted++
		}
	}
	if accepted < runs/4 || accepted == runs {
		t.Errorf("%d of %d documents were accepted; both outcomes must be common", accepted, runs)
	}
}

func pick[T any](random *rand.Rand, from []T) T { return from[random.IntN(len(from))] }

// randomObject returns an object of a few of the attributes, some under dotted names, some in
// capitals.
func randomObject(random *rand.Rand, attributes []*Attribute) *scim.Document {
	doc := &scim.Document{}
	for range random.IntN(5) {
		a := pick(random, attributes)
		name, v := a.Name, randomValue(random, a)
		if len(a.SubAttributes) > 0 && random.IntN(3) == 0 {
			sub := pick(random, a.SubAttributes)
			name, v = name+"."+sub.Name, randomValue(random, sub)
		}
		if random.IntN(3) == 0 {
			name = strings.ToUpper(name)
		}
		doc.Set(name, v)
	}
	return doc
}

// randomValue returns a value that a may have, more often than not.
func randomValue(random *rand.Rand, a *Attribute) any {
	if a.MultiValued && random.IntN(4) > 0 {
		one := *a
		one.MultiValued = false
		list := []any{}
		for range random.IntN(4) {
			list = append(list, randomValue(random, &one))
		}
		return list
	}
	switch random.IntN(40) {
	case 0:
		return nil
	case 1:
		return ""
	case 2:
		return []any{}
	case 3:
		return []any{"x"}
	case 4:
		return scim.NewDocument("value", "x")
	}
	switch a.Type {
	case Boolean:
		return pick(random, []any{true, true, false, "True", "false"})
	case Integer:
		return pick(random, []any{int64(1), int64(2), "1"})
	case Decimal:
		return pick(random, []any{int64(1), 1.0, 1.5, "1.5"})
	case DateTime:
		return "2026-01-31T12:00:00Z"
	case Binary:
		return "aGk="
	case Complex:
		return randomObject(random, a.SubAttributes)
	case String, Reference:
	}
	return pick(random, []any{"x", "X", "y"})
}

func FuzzValidate(f *testing.F) {
	okta, err := os.ReadFile("../testdata/okta_create_user.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(okta)
	for _, seed := range []string{
		`{"userName":"a","emails":[{"value":"b","primary":true},{"value":"b"},{"value":"c","primary":"True"}],"emails.type":"work"}`,
		`{"displayName":"G","members":[{"value":"1"},"1",{"VALUE":"2","x":1}]}`,
		`{"urn:ietf:params:scim:schemas:core:2.0:User:userName":["a"],"manager":"7","name.givenName":"x","name":{"familyName":"y"}}`,
		`{"userName":"a","` + custom.ID + `":{"badge":"7","weight":1,"tags":["x","x",""],"hired":"2026-01-31T12:00:00Z","photo":"aGk","desk":{"room":"1","keys":"k"}}}`,
		`{"userName":"a","desk.keys":["k","k"],"desk":[{"room":"1"}]}`,
	} {
		f.Add([]byte(seed))
	}
	r := Load(nil).With(custom)
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := scim.Decode(data, 0)
		if err != nil {
			return
		}
		for _, rt := range r.ResourceTypes() {
			checkValidate(t, rt, in)
		}
	})
}
