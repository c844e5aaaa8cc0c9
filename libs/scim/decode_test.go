package scim_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/devrev/scim/libs/scim"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	tests := []struct {
		rule, in string
		want     *scim.Document
	}{
		{"an object may be empty", " {} \n", scim.NewDocument()},
		{"members keep spelling and value", `{"userName":"a","x":null}`, scim.NewDocument("userName", "a", "x", nil)},
		{"a whole number is an int64", `{"a":7,"b":-7,"c":0}`, scim.NewDocument("a", int64(7), "b", int64(-7), "c", int64(0))},
		{"a fraction or an exponent makes a float64", `{"a":7.0,"b":7e0,"c":-0.5E+1}`, scim.NewDocument("a", 7.0, "b", 7.0, "c", -5.0)},
		{"the largest int64 fits", `{"a":9223372036854775807}`, scim.NewDocument("a", int64(9223372036854775807))},
		{"a whole number beyond int64 is a float64", `{"a":9223372036854775808}`, scim.NewDocument("a", 9223372036854775808.0)},
		{"literals", `{"a":true,"b":false,"c":null}`, scim.NewDocument("a", true, "b", false, "c", nil)},
		{"arrays hold anything", `{"a":[1,"x",{"b":[]},null]}`, scim.NewDocument("a", []any{int64(1), "x", scim.NewDocument("b", []any{}), nil})},
		{"escapes are undone", `{"a":"\"\\\/\b\f\n\r\t\u0041\u00e9"}`, scim.NewDocument("a", "\"\\/\b\f\n\r\tAé")},
		{"escapes in names are undone", `{"user\u004eame":1}`, scim.NewDocument("userName", int64(1))},
		{"a surrogate pair is one character", `{"a":"x\ud83d\ude00y"}`, scim.NewDocument("a", "x\U0001F600y")},
		{"UTF-8 is taken as it is", `{"a":"Zoë 漢"}`, scim.NewDocument("a", "Zoë 漢")},
		{"space is allowed between all tokens", "\t{ \"a\" :\r[ 1 , 2 ]\n, \"b\" : { } }", scim.NewDocument("a", []any{int64(1), int64(2)}, "b", scim.NewDocument())},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			got, err := scim.Decode([]byte(tt.in), 0)
			if err != nil {
				t.Fatalf("Decode(%s): %v", tt.in, err)
			}
			if !identical(got, tt.want) {
				t.Errorf("Decode(%s) = %s, want %s", tt.in, text(t, got), text(t, tt.want))
			}
		})
	}
}

// identical is Equal, except that 1 and 1.0 differ.
func identical(a, b *scim.Document) bool {
	return a.Equal(b) && fmt.Sprintf("%#v", dump(a)) == fmt.Sprintf("%#v", dump(b))
}

func dump(v any) any {
	switch v := v.(type) {
	case *scim.Document:
		var members []any
		for name, w := range v.All() {
			members = append(members, name, dump(w))
		}
		return members
	case []any:
		list := []any{}
		for _, w := range v {
			list = append(list, dump(w))
		}
		return list
	default:
		return v
	}
}

func text(t *testing.T, doc *scim.Document) string {
	t.Helper()
	data, err := doc.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	wide := func(last string) string {
		var b strings.Builder
		for i := range 40 {
			fmt.Fprintf(&b, `"a%d":1,`, i)
		}
		return "{" + b.String() + last + "}"
	}
	tests := []struct {
		rule, in string
		offset   int
	}{
		{"an empty body", "", 0},
		{"not an object", " [1]", 1},
		{"what follows the object", "{} {}", 3},
		{"an object without end", `{"a":1`, 6},
		{"an array without end", `{"a":[1`, 7},
		{"a string without end", `{"a":"x`, 7},
		{"a name without quotes", "{a:1}", 1},
		{"a name that is not a string", "{1:1}", 1},
		{"a member without colon", `{"a" 1}`, 5},
		{"a member without value", `{"a":}`, 5},
		{"a comma at the end of an object", `{"a":1,}`, 7},
		{"a comma at the end of an array", `{"a":[1,]}`, 8},
		{"members without comma", `{"a":1 "b":2}`, 7},
		{"elements without comma", `{"a":[1 2]}`, 8},
		{"a literal in capitals", `{"a":True}`, 5},
		{"half a literal", `{"a":tru}`, 5},
		{"a leading zero", `{"a":01}`, 6},
		{"a leading plus", `{"a":+1}`, 5},
		{"a number that begins with a point", `{"a":.5}`, 5},
		{"a point without digits", `{"a":1.}`, 7},
		{"an exponent without digits", `{"a":1e+}`, 8},
		{"a minus without digits", `{"a":-}`, 6},
		{"a number beyond float64", `{"a":1e999}`, 5},
		{"NaN", `{"a":NaN}`, 5},
		{"a raw control character in a string", "{\"a\":\"x\ny\"}", 7},
		{"an unknown escape", `{"a":"\x41"}`, 6},
		{"a short code unit", `{"a":"\u00"}`, 6},
		{"a code unit that is not hexadecimal", `{"a":"\u00g0"}`, 6},
		{"the first half of a surrogate pair", `{"a":"\ud83d"}`, 6},
		{"the second half of a surrogate pair", `{"a":"\ude00"}`, 6},
		{"two first halves", `{"a":"\ud83d\ud83d"}`, 6},
		{"U+0000 in a value", `{"a":"\u0000"}`, 6},
		{"U+0000 in a name", `{"\u0000":1}`, 2},
		{"invalid UTF-8", "{\"a\":\"\xff\"}", 6},
		{"a surrogate encoded in UTF-8", "{\"a\":\"\xed\xa0\x80\"}", 6},
		{"a byte order mark", "\ufeff{}", 0},
		{"a name twice", `{"a":1,"a":2}`, 7},
		{"a name twice in another case", `{"userName":1,"USERNAME":2}`, 14},
		{"a name twice, once escaped", `{"a":1,"\u0041":2}`, 7},
		{"a name twice in a nested object", `{"a":[{"b":1,"B":2}]}`, 13},
		{"a name twice among many", wide(`"A7":1`), len(wide("")) - 1},
		{"a name twice among many, in another script", wide(`"K":1,"` + "\u212a" + `":1`), len(wide(`"K":1,`)) - 1},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			_, err := scim.Decode([]byte(tt.in), 0)
			refusal, ok := errors.AsType[*scim.Error](err)
			if !ok || refusal.Status != 400 || refusal.Type != scim.InvalidSyntax {
				t.Fatalf("Decode(%s): %v, want 400 invalidSyntax", tt.in, err)
			}
			if want := fmt.Sprintf("at byte %d", tt.offset); refusal.Cause == nil || refusal.Cause.Error() != want {
				t.Errorf("Decode(%s): %v, want %q as its cause", tt.in, refusal.Cause, want)
			}
		})
	}
}

func TestDecodeBoundsDepth(t *testing.T) {
	t.Parallel()
	nested := func(depth int) []byte {
		return []byte(`{"a":` + strings.Repeat("[", depth-1) + strings.Repeat("]", depth-1) + `}`)
	}
	for _, tt := range []struct {
		rule            string
		depth, maxDepth int
		ok              bool
	}{
		{"as deep as is allowed", 3, 3, true},
		{"one deeper", 4, 3, false},
		{"0 means MaxDepth", scim.MaxDepth, 0, true},
		{"one deeper than MaxDepth", scim.MaxDepth + 1, 0, false},
		{"very deep", 1 << 20, 0, false},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			if _, err := scim.Decode(nested(tt.depth), tt.maxDepth); (err == nil) != tt.ok {
				t.Errorf("depth %d of at most %d: %v", tt.depth, tt.maxDepth, err)
			}
		})
	}
}

func TestUnmarshalJSON(t *testing.T) {
	t.Parallel()
	var v struct{ Resource *scim.Document }
	if err := json.Unmarshal([]byte(`{"Resource":{"a":[1]}}`), &v); err != nil {
		t.Fatal(err)
	}
	if want := scim.NewDocument("a", []any{int64(1)}); !v.Resource.Equal(want) {
		t.Errorf("got %s, want %s", text(t, v.Resource), text(t, want))
	}
	if err := json.Unmarshal([]byte(`{"Resource":{"a":1,"A":2}}`), &v); err == nil {
		t.Error("a name twice must be refused here too")
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"a":1,"b":[true,null,-1.5e3,{"c":"\u00e9\ud83d\ude00\n"}]}`, `{"a":1,"A":2}`, `{"a":"\ud800"}`, "{\"a\":\"\xff\"}",
		`{"a":9223372036854775808,"b":1e21,"c":1e-7,"d":-0.0,"e":-0}`, `[]`, `{"a":[[[[]]]]}`, `{"a" : [ {}, {"b\\\"" : [1, "{[:", 2]} ], "c": {} }`, `{"` + "\ufffd\u2028<>&" + `":""}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := scim.Decode(data, 0)
		if err != nil {
			if _, ok := errors.AsType[*scim.Error](err); !ok {
				t.Fatalf("%v is not a *scim.Error", err)
			}
			return
		}
		if !json.Valid(data) {
			t.Fatalf("accepted what encoding/json refuses: %q", data)
		}
		n := count(doc)
		l := scim.Limits{Values: n}
		if _, err := l.Decode(data); err != nil {
			t.Fatalf("%q has %d values: %v", data, n, err)
		}
		if read, err := io.ReadAll(l.Reader(iotest.OneByteReader(bytes.NewReader(data)))); err != nil || !bytes.Equal(read, data) {
			t.Fatalf("%q has %d values, and is read as %q: %v", data, n, read, err)
		}
		if n > 1 { // 0 is the usual limit
			if _, err := (scim.Limits{Values: n - 1}).Decode(data); !isTooLarge(err) {
				t.Fatalf("%q has %d values, where %d are allowed: %v", data, n, n-1, err)
			}
		}
		encoded, err := doc.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		again, err := scim.Decode(encoded, 0)
		if err != nil {
			t.Fatalf("%q became %q: %v", data, encoded, err)
		}
		if !doc.Equal(again) || !again.Equal(doc) {
			t.Fatalf("%q became %q", data, encoded)
		}
	})
}

// TestReaderEndsWhereThereAreTooManyValues: of a body of objects no more is read than is allowed.
func TestReaderEndsWhereThereAreTooManyValues(t *testing.T) {
	t.Parallel()
	for _, element := range []string{`{},`, `[],`, `{"a":1},`, ` { "a\"" : "[{:" } ,`, `[[{"a":{}}]],`} {
		text := strings.NewReader(`{"a":[` + strings.Repeat(element, 10_000) + `{}]}`)
		read, err := io.ReadAll(scim.Limits{Values: 1000}.Reader(iotest.OneByteReader(text)))
		if !isTooLarge(err) || len(read) > 1001*len(element) {
			t.Errorf("%q: %d bytes were read, %v", element, len(read), err)
		}
	}
}

// TestReaderEndsWhereATextIsTooDeep: what Decode refuses for its depth need not be read to its end.
func TestReaderEndsWhereATextIsTooDeep(t *testing.T) {
	t.Parallel()
	for _, deeper := range []string{"[", `{"a":`} {
		text := strings.NewReader(`{"a":` + strings.Repeat(deeper, 10_000))
		read, err := io.ReadAll(scim.Limits{Depth: 8, Values: 1000}.Reader(iotest.OneByteReader(text)))
		if e, ok := errors.AsType[*scim.Error](err); !ok || e.Status != 400 || e.Type != scim.InvalidSyntax || len(read) > 9*len(deeper)+9 {
			t.Errorf("%q: %d bytes were read, %v", deeper, len(read), err)
		}
	}
}

func isTooLarge(err error) bool {
	e, ok := errors.AsType[*scim.Error](err)
	return ok && e.Status == 413
}

// count returns how many values there are in v, and v itself.
func count(v any) int {
	n := 1
	switch v := v.(type) {
	case *scim.Document:
		for _, value := range v.All() {
			n += count(value)
		}
	case []any:
		for _, value := range v {
			n += count(value)
		}
	}
	return n
}

func BenchmarkDecode(b *testing.B) {
	data, err := os.ReadFile("testdata/okta_create_user.json")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := scim.Decode(data, 0); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDecodeWide shows that an object of many names costs no more per byte than a small one:
// compare MB/s.
func BenchmarkDecodeWide(b *testing.B) {
	for _, members := range []int{100, 10_000, 100_000} {
		var data []byte
		for i := range members {
			data = fmt.Appendf(data, `,"member%d":1`, i)
		}
		data[0] = '{'
		data = append(data, '}')
		b.Run(strconv.Itoa(members), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := scim.Decode(data, 0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
