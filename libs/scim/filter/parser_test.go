package filter

import (
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
)

// testUser is the User of the core schemas with an extension that has the types the core does not
// use.
var testUser = schema.Load(nil).With(&schema.Schema{
	ID: "urn:example:params:scim:schemas:extension:acme:1.0:User",
	Attributes: []*schema.Attribute{
		{Name: "badge", Type: schema.Integer},
		{Name: "rate", Type: schema.Decimal},
		{Name: "rates", Type: schema.Decimal, MultiValued: true},
		{Name: "hired", Type: schema.DateTime},
		{Name: "key", Type: schema.Binary, CaseExact: true},
		{Name: "site", Type: schema.Reference, CaseExact: true},
		{Name: "pin", Returned: schema.Never},
		{Name: "vault", Type: schema.Complex, SubAttributes: []*schema.Attribute{{Name: "value", Returned: schema.Never}}},
	},
}).User

const acme = "urn:example:params:scim:schemas:extension:acme:1.0:User:"

func TestParse(t *testing.T) {
	t.Parallel()
	const enterprise = scim.EnterpriseUserSchema + ":"
	for _, tt := range []struct{ rule, src, want string }{
		{"an attribute, an operator and a string", `userName eq "bjensen"`, `userName eq "bjensen"`},
		{"attribute names in any case become canonical", `USERNAME eq "bjensen"`, `userName eq "bjensen"`},
		{"operators and keywords in any case become lower case", `userName EQ "a" AND NOT (title Pr) Or title sW "b"`, `userName eq "a" and not (title pr) or title sw "b"`},
		{
			"every operator",
			`title eq "a" and title ne "a" and title co "a" and title sw "a" and title ew "a" and title pr and title gt "a" and title ge "a" and title lt "a" and title le "a"`,
			`title eq "a" and title ne "a" and title co "a" and title sw "a" and title ew "a" and title pr and title gt "a" and title ge "a" and title lt "a" and title le "a"`,
		},
		{"spaces anywhere", "  userName \t eq  \"a\"  and ( title pr )  ", `userName eq "a" and title pr`},
		{"no space next to a delimiter", `(title pr)and(active eq true)`, `title pr and active eq true`},
		{"and binds closer than or", `title pr or active eq true and userName pr`, `title pr or active eq true and userName pr`},
		{"a group keeps or inside and", `(title pr or active eq true) and userName pr`, `(title pr or active eq true) and userName pr`},
		{"parentheses that change nothing go", `((title pr) or ((active eq true)))`, `title pr or active eq true`},
		{"grouping to the right is kept", `title pr and (active eq true and userName pr)`, `title pr and (active eq true and userName pr)`},
		{"not without a space", `not(title pr)`, `not (title pr)`},
		{"not of not", `not (not(title pr))`, `not (not (title pr))`},

		{"a sub-attribute", `name.FAMILYNAME co "O'Malley"`, `name.familyName co "O'Malley"`},
		{"the URN of the core schema goes", `urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"`, `userName sw "J"`},
		{"the URN of an extension stays", `urn:ietf:params:scim:schemas:extension:enterprise:2.0:user:employeenumber eq "7"`, enterprise + `employeeNumber eq "7"`},
		{"a sub-attribute behind a URN", enterprise + `manager.value eq "7"`, enterprise + `manager.value eq "7"`},
		{"a complex attribute stands for its value", `emails co "example.com"`, `emails.value co "example.com"`},
		{"a single complex attribute too", enterprise + `manager eq "7"`, enterprise + `manager.value eq "7"`},
		{"pr applies to a complex attribute as a whole", `name pr and emails pr`, `name pr and emails pr`},
		{"null applies to a complex attribute as a whole", `name ne null and emails eq null`, `name ne null and emails eq null`},
		{"schemas is an attribute of many strings", `schemas eq "urn:ietf:params:scim:schemas:core:2.0:User"`, `schemas eq "urn:ietf:params:scim:schemas:core:2.0:User"`},
		{"$ref is a name", `groups[$ref pr]`, `groups[$ref pr]`},

		{"a value path", `emails[type eq "work" and value co "@example.com"]`, `emails[type eq "work" and value co "@example.com"]`},
		{"a group inside a value path", `emails[(type eq "work" or type eq "home") and not (primary eq true)]`, `emails[(type eq "work" or type eq "home") and not (primary eq true)]`},
		{"spaces around brackets", `emails [ type eq "work" ] and title pr`, `emails[type eq "work"] and title pr`},
		{"a value path behind a URN", enterprise + `manager[value eq "7"]`, enterprise + `manager[value eq "7"]`},
		{"a bracket inside a string closes nothing", `emails[value eq "]"]`, `emails[value eq "]"]`},

		{"numbers", acme + `badge gt -5 and ` + acme + `rate lt 1.5e3`, acme + `badge gt -5 and ` + acme + `rate lt 1.5e3`},
		{"dateTimes", `meta.lastModified gt "2011-05-13T04:42:34Z"`, `meta.lastModified gt "2011-05-13T04:42:34Z"`},
		{"binaries have equality", acme + `key eq "aGk="`, acme + `key eq "aGk="`},
		{"references have substrings and order", acme + `site sw "https://" and ` + acme + `site gt "https"`, acme + `site sw "https://" and ` + acme + `site gt "https"`},

		{"escapes are read", `userName eq "\u0061\/b\"c\\d\u00e9\n"`, `userName eq "a/b\"c\\dé\n"`},
		{"a surrogate pair is one character", `userName eq "\ud83d\ude00"`, `userName eq "😀"`},
		{"what HTML would escape is left", `userName eq "\u003ca&b>"`, `userName eq "<a&b>"`},
		{"an empty string", `userName eq ""`, `userName eq ""`},
		{"null in quotation marks is a string", `title eq "null"`, `title eq "null"`},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			strict := &scim.Tolerance{Strict: true}
			e, err := Parse(tt.src, testUser, strict)
			if err != nil {
				t.Fatalf("Parse(%s): %v", tt.src, err)
			}
			if got := Format(e); got != tt.want {
				t.Errorf("Parse(%s)\n got %s\nwant %s", tt.src, got, tt.want)
			}
			again, err := Parse(tt.want, testUser, strict)
			if err != nil || !reflect.DeepEqual(again, e) {
				t.Errorf("Parse(%s) is another filter than that of %s (error %v)", tt.want, tt.src, err)
			}
		})
	}
}

func TestParseShapes(t *testing.T) {
	t.Parallel()
	comparison := func(name string, op Op, raw string, value any) *Comparison {
		p, err := testUser.Resolve(name)
		if err != nil {
			t.Fatal(err)
		}
		return &Comparison{Path: p, Op: op, Value: value, Raw: raw}
	}
	a, b, c := comparison("title", Present, "", nil), comparison("nickName", Present, "", nil), comparison("locale", Present, "", nil)
	created := comparison("meta.created", Equal, `"2011-05-13T06:42:34+02:00"`, nil)
	created.Value, _ = created.Path.Sub.Comparable("2011-05-13T04:42:34Z")
	for _, tt := range []struct {
		rule, src string
		want      Expr
	}{
		{"and groups to the left", `title pr and nickName pr and locale pr`, &And{&And{a, b}, c}},
		{"or groups to the left", `title pr or nickName pr or locale pr`, &Or{&Or{a, b}, c}},
		{"or, then and", `title pr or nickName pr and locale pr`, &Or{a, &And{b, c}}},
		{"and, then or", `title pr and nickName pr or locale pr`, &Or{&And{a, b}, c}},
		{"not before and", `not (title pr) and nickName pr`, &And{&Not{a}, b}},
		{"a literal is in comparable form", `meta.created eq "2011-05-13T06:42:34+02:00"`, created},
		{"a string is folded", `title eq "Tour Guide"`, comparison("title", Equal, `"Tour Guide"`, schema.FoldCase("Tour Guide"))},
		{"a string of an exact attribute is not", `externalId eq "Ab"`, comparison("externalId", Equal, `"Ab"`, "Ab")},
		{"null is not a value", `title ne null`, comparison("title", NotEqual, `null`, nil)},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			got, err := Parse(tt.src, testUser, nil)
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("Parse(%s) = %#v, %v; want %#v", tt.src, got, err, tt.want)
			}
		})
	}
}

func TestParseCoercions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule, src, want string
		coercion        scim.Coercion
		path            string
	}{
		{"Entra ID: a word for a string", `externalId eq jyoung`, `externalId eq "jyoung"`, scim.UnquotedValue, "externalId"},
		{"an e-mail address for a string", `userName eq bjensen+a@example.com and title pr`, `userName eq "bjensen+a@example.com" and title pr`, scim.UnquotedValue, "userName"},
		{"a UUID for a string", `(id eq 2819c223-7f76-453a-919d-413861904646)`, `id eq "2819c223-7f76-453a-919d-413861904646"`, scim.UnquotedValue, "id"},
		{"a number for a string", `externalId eq 701984`, `externalId eq "701984"`, scim.UnquotedValue, "externalId"},
		{"true for a string", `title eq true`, `title eq "true"`, scim.UnquotedValue, "title"},
		{"a backslash in a word is not an escape", `userName eq EXAMPLE\u0061`, `userName eq "EXAMPLE\\u0061"`, scim.UnquotedValue, "userName"},
		{"a word for a dateTime", `meta.created lt 2011-05-13T04:42:34Z`, `meta.created lt "2011-05-13T04:42:34Z"`, scim.UnquotedValue, "meta.created"},
		{"Entra ID: a string for a boolean", `roles[primary eq "True"]`, `roles[primary eq true]`, scim.StringBoolean, "primary"},
		{"a boolean in capitals", `active eq FALSE`, `active eq false`, scim.StringBoolean, "active"},
		{"a string for a number", acme + `badge ge "7"`, acme + `badge ge 7`, scim.StringNumber, acme + "badge"},
		{"Entra ID: a value path compared", `emails[type eq "work"].value eq "bjensen@example.com"`, `emails[type eq "work" and value eq "bjensen@example.com"]`, scim.ValuePathCompared, "emails.value"},
		{"a value path of alternatives compared", `emails[type eq "work" or primary eq true].VALUE ew ".org"`, `emails[(type eq "work" or primary eq true) and value ew ".org"]`, scim.ValuePathCompared, "emails.value"},
		{"a value path present", `emails[type eq "work"].display pr`, `emails[type eq "work" and display pr]`, scim.ValuePathCompared, "emails.display"},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			tol := &scim.Tolerance{}
			e, err := Parse(tt.src, testUser, tol)
			if err != nil {
				t.Fatalf("Parse(%s): %v", tt.src, err)
			}
			if got := Format(e); got != tt.want {
				t.Errorf("Parse(%s)\n got %s\nwant %s", tt.src, got, tt.want)
			}
			if want := []scim.Accepted{{Coercion: tt.coercion, Path: tt.path}}; !reflect.DeepEqual(tol.Accepted, want) {
				t.Errorf("Parse(%s) accepted %v, want %v", tt.src, tol.Accepted, want)
			}
			_, err = Parse(tt.src, testUser, &scim.Tolerance{Strict: true})
			if refused, ok := errors.AsType[*scim.Error](err); !ok || refused.Type != scim.InvalidFilter || !strings.HasPrefix(refused.Detail, "A") {
				t.Errorf("strict Parse(%s) = %v, want invalidFilter with a place", tt.src, err)
			}
		})
	}
}

// placed returns a detail in which the place stands for the offset with which want begins.
func placed(t *testing.T, src, want string) string {
	t.Helper()
	offset, sentence, _ := strings.Cut(want, ": ")
	at, err := strconv.Atoi(offset)
	if err != nil {
		t.Fatal(err)
	}
	return Place(src, at) + ": " + sentence
}

func TestPlace(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("title pr and ", 10)
	for _, tt := range []struct {
		rule, src, want string
	}{
		{"nothing is before it", ` xx`, `At the beginning`},
		{"the words before it", `title pr and | xx`, `After "title pr and"`},
		{"no string", `userName eq "Babs \"B\" J" | xx`, `After "userName eq …"`},
		{"no string that is not closed", `userName eq "Babs|`, `After "userName eq …"`},
		{"no text in other quotes", `userName eq 'Babs J' | xx`, `After "userName eq …"`},
		{"nor one that is not closed", `userName eq “Babs J|`, `After "userName eq …"`},
		{"no word that is a value", `userName SW Babs and title pr | J`, `After "userName SW … and title pr"`},
		{"no number", `badge eq 7 | 8`, `After "badge eq …"`},
		{"a value path", `emails[type eq "work"].|nick`, `After "emails[type eq …]."`},
		{"the last words of many", long + "|", `After "…pr and title pr and title pr and title pr and title pr and"`},
		{"what is not UTF-8", "\xff|", `After "�"`},
	} {
		src, _, _ := strings.Cut(tt.src, "|")
		at := len(src)
		if tt.rule == "nothing is before it" {
			at = 1
		}
		if got := Place(strings.Replace(tt.src, "|", "", 1), at); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.rule, got, tt.want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ rule, src, want string }{
		{"empty", "", `0: the filter is empty.`},
		{"spaces only", "  ", `0: the filter is empty.`},
		{"unknown attribute", `title pr and usrName eq "a"`, `13: There is no attribute "usrName" in User.`},
		{"unknown sub-attribute in a value path", `emails[kind eq "a"]`, `7: There is no sub-attribute "kind" in emails.`},
		{"unknown sub-attribute after a value path", `emails[type eq "a"].kind eq "a"`, `20: There is no sub-attribute "kind" in emails.`},
		{"nothing after the dot of a value path", `emails[type eq "a"]. eq "a"`, `20: There is no sub-attribute "" in emails.`},
		{"a schema is not an attribute", scim.EnterpriseUserSchema + ` pr`, `0: ` + scim.EnterpriseUserSchema + ` is a schema, not an attribute.`},
		{"unknown operator", `userName xx "a"`, `9: expected an operator after userName (eq, ne, co, sw, ew, pr, gt, ge, lt, le), found a word.`},
		{"no operator", `userName`, `8: expected an operator after userName (eq, ne, co, sw, ew, pr, gt, ge, lt, le), found the end.`},
		{"no value", `userName eq `, `12: expected a value after eq, found the end.`},
		{"a bracket for a value", `userName eq )`, `12: expected a value after eq, found ")".`},
		{"no connective", `title pr userName pr`, `9: expected "and", "or" or the end, found a word.`},
		{"nothing after and", `title pr and`, `12: expected an attribute, found the end.`},
		{"a string for an attribute", `"a" eq "a"`, `0: expected an attribute, found a string.`},
		{"open group", `(title pr`, `9: expected "and", "or" or the ')' that closes it, found the end.`},
		{"open value path", `emails[type eq "a"`, `18: expected "and", "or" or the ']' that closes it, found the end.`},
		{"crossed brackets", `(emails[type eq "a")]`, `19: expected "and", "or" or the ']' that closes it, found ")".`},
		{"one closed too many", `title pr)`, `8: expected "and", "or" or the end, found ")".`},
		{"not without a group", `not title pr`, `4: expected "(" after "not", found a word.`},
		{"empty group", `()`, `1: expected an attribute, found ")".`},
		{"open string", `title eq "a`, `9: the string that begins here has no closing quotation mark.`},
		{"open string after an escape", `title eq "a\"`, `9: the string that begins here has no closing quotation mark.`},
		{"no such escape", `title eq "ab\x"`, `9: in the string that begins here an escape sequence is wrong, half a surrogate pair or U+0000.`},
		{"no such hexadecimal escape", `title eq "\u00zz"`, `9: in the string that begins here an escape sequence is wrong, half a surrogate pair or U+0000.`},
		{"half a surrogate pair", `title eq "\ud83d"`, `9: in the string that begins here an escape sequence is wrong, half a surrogate pair or U+0000.`},
		{"U+0000 escaped", `title eq "\u0000"`, `9: in the string that begins here an escape sequence is wrong, half a surrogate pair or U+0000.`},
		{"U+0000", "title eq a\x00", `10: this is not a valid UTF-8 character, or is U+0000.`},
		{"bare control character", "title eq \"a\x01\"", `11: a control character inside a string must be escaped, RFC 8259 section 7.`},
		{"not UTF-8", "title eq \"\xff\"", `10: this is not a valid UTF-8 character, or is U+0000.`},
		{"a value path of a simple attribute", `title[value eq "a"]`, `5: title has no sub-attributes by which to select.`},
		{"a value path in a value path", `emails[value[type eq "a"]]`, `12: value has no sub-attributes by which to select.`},

		{"s3.4.2.2 booleans have no order", `active gt true`, `7: active is of type boolean, which has no operator gt.`},
		{"s3.4.2.2 binaries have no order", `x509Certificates.value le "aGk="`, `23: x509Certificates.value is of type binary, which has no operator le.`},
		{"binaries have no substrings", `x509Certificates co "aGk="`, `17: x509Certificates.value is of type binary, which has no operator co.`},
		{"booleans have no substrings", `active co true`, `7: active is of type boolean, which has no operator co.`},
		{"dateTimes have no substrings", `meta.created sw "2011"`, `13: meta.created is of type dateTime, which has no operator sw.`},
		{"numbers have no substrings", `badge ew 7`, `6: ` + acme + `badge is of type integer, which has no operator ew.`},
		{"null has no order", `title gt null`, `6: null can be compared by eq and ne only, not by gt.`},
		{"a complex attribute without value", `title pr or name eq "a"`, `12: name is complex: compare one of its sub-attributes.`},
		{"no boolean", `active eq "yes"`, `10: active needs a value of type boolean.`},
		{"no boolean in a word", `active eq 1`, `10: active needs a value of type boolean.`},
		{"no number", `badge eq 0x10`, `9: ` + acme + `badge needs a value of type integer.`},
		{"no number of JSON", `badge eq "007"`, `9: ` + acme + `badge needs a value of type integer.`},
		{"no number in range", `rate eq 1e999`, `8: ` + acme + `rate needs a value of type decimal.`},
		{"no integer", `badge eq 1.5`, `9: ` + acme + `badge needs a value of type integer.`},
		{"no dateTime", `meta.created eq "yesterday"`, `16: meta.created needs a value of type dateTime.`},

		{"s7.5.2 password cannot be searched", `password eq "a"`, `0: password cannot be searched: it is never returned.`},
		{"s7.5.2 nor tested for presence", `title pr and password pr`, `13: password cannot be searched: it is never returned.`},
		{"s7.5.2 nor anything else that is never returned", `pin pr`, `0: ` + acme + `pin cannot be searched: it is never returned.`},
		{"s7.5.2 nor by the attribute it is the value of", `title pr or vault eq "a"`, `12: ` + acme + `vault.value cannot be searched: it is never returned.`},

		{"2 KiB", `title eq "` + strings.Repeat("a", MaxBytes) + `"`, `2048: a filter may have 2048 bytes, this one has 2059.`},
		{"64 comparisons", strings.Repeat("id pr or ", MaxTerms) + `title pr`, `576: a filter may have 64 comparisons, not more.`},
		{"16 levels", strings.Repeat("(", 17) + `title pr` + strings.Repeat(")", 17), `16: a filter may be nested 16 levels deep, not more.`},
		{"16 levels of not", strings.Repeat("not (", 17) + `title pr` + strings.Repeat(")", 17), `84: a filter may be nested 16 levels deep, not more.`},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			e, err := Parse(tt.src, testUser, nil)
			if e != nil {
				t.Errorf("Parse(%s) = %s with an error", tt.src, Format(e))
			}
			refused, ok := errors.AsType[*scim.Error](err)
			if !ok {
				t.Fatalf("Parse(%s): error %v, want a *scim.Error", tt.src, err)
			}
			if refused.Status != 400 || refused.Type != scim.InvalidFilter || refused.Detail != placed(t, tt.src, tt.want) {
				t.Errorf("Parse(%s)\n got %v\nwant 400 invalidFilter at byte %s", tt.src, refused, tt.want)
			}
		})
	}
}

func TestParseAtTheLimits(t *testing.T) {
	t.Parallel()
	deepest := strings.Repeat("(", MaxDepth) + `title pr` + strings.Repeat(")", MaxDepth)
	for rule, src := range map[string]string{
		"2 KiB":                  `title eq "` + strings.Repeat("a", MaxBytes-11) + `"`,
		"64 comparisons":         strings.Repeat("id pr or ", MaxTerms-1) + `title pr`,
		"16 levels":              deepest,
		"16 levels, and another": deepest + " or " + deepest,
	} {
		if _, err := Parse(src, testUser, nil); err != nil {
			t.Errorf("%s: %v", rule, err)
		}
	}
}

func TestParseValueFilter(t *testing.T) {
	t.Parallel()
	p, err := testUser.Resolve("emails")
	if err != nil {
		t.Fatal(err)
	}
	const path = `emails[type eq "]" and primary eq "True"].value`
	e, end, err := ParseValueFilter(path, 7, p.Attribute, nil)
	if err != nil || Format(e) != `type eq "]" and primary eq true` || path[end:] != ".value" {
		t.Errorf("got %s, then %q, %v", Format(e), path[end:], err)
	}
	for src, want := range map[string]string{
		`emails[kind eq "a"]`:          `7: There is no`,
		`emails[]`:                     `7: expected an attribute`,
		`emails[type eq "a".value]`:    `18: expected "and"`,
		`emails[type eq "a`:            `15: the string`,
		`emails[(type eq "a"]`:         `19: expected "and"`,
		strings.Repeat("emails[", 999): `2048: a filter`,
	} {
		if _, _, err = ParseValueFilter(src, 7, p.Attribute, nil); err == nil || !strings.Contains(err.Error(), placed(t, src, want)) {
			t.Errorf("ParseValueFilter(%.40s): error %v, want %s", src, err, want)
		}
	}
}

func TestLiteral(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]any{
		`userName eq "BJensen"`:                  "BJensen",
		`userName eq "a\"b"`:                     `a"b`,
		`userName eq BJensen`:                    "BJensen",
		`active eq "True"`:                       true,
		`active eq false`:                        false,
		`badge eq 7`:                             int64(7),
		`rate eq 7.5`:                            7.5,
		`userName eq null`:                       nil,
		`userName pr`:                            nil,
		`meta.created eq "2011-05-13T04:42:34Z"`: "2011-05-13T04:42:34Z",
	} {
		e, err := Parse(src, testUser, nil)
		if err != nil {
			t.Fatal(err)
		}
		if c, _ := e.(*Comparison); c == nil || c.Literal() != want {
			t.Errorf("Literal of %s = %#v, want %#v", src, c.Literal(), want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, src := range []string{
		`userName eq "bjensen"`, `name.familyName co "O'Malley" and not(active eq "True")`,
		`emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp"].value pr`,
		`(title pr or userType eq Intern) and (meta.lastModified gt "2011-05-13T04:42:34Z")`,
		`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq "26118915-6090-4610-87e4-49d8ca9f808d"`,
		`userName eq "\ud83d\ude00\u2028\\"`, `schemas eq null`, `badge gt -1.0e2`, `rate le "0.5"`,
		`hired ne "2011-05-13T04:42:34+01:00"`, `((((`, `not not`, `emails[type pr or value pr].value pr`,
	} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		e, err := Parse(src, testUser, nil)
		if err != nil {
			if refused, ok := errors.AsType[*scim.Error](err); !ok || refused.Type != scim.InvalidFilter || !strings.HasPrefix(refused.Detail, "A") {
				t.Fatalf("Parse(%q): error %v, want invalidFilter with a place", src, err)
			}
			return
		}
		Match(e, bjensen)
		// The canonical text may be longer, and deeper by the parentheses of a compared value path:
		// no limits here.
		text := Format(e)
		p := parser{lexer: lexer{src: text}, tol: &scim.Tolerance{Strict: true}, depth: -MaxDepth, maxBytes: MaxBytes, maxTerms: MaxTerms}
		again, err := p.or(testUser)
		if err != nil || p.pos != len(text) || !reflect.DeepEqual(again, e) {
			t.Fatalf("Parse(%q) formats as %q, which is another filter (error %v)", src, text, err)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for name, src := range map[string]string{
		"eq":        `userName eq "bjensen@example.com"`,
		"valuePath": `emails[type eq "work" and value eq "bjensen@example.com"]`,
		"64terms":   strings.Repeat(`name.familyName co "a" or `, MaxTerms-1) + `title pr`,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(src, testUser, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestAListOfValuesMayBeLong(t *testing.T) {
	t.Parallel()
	p, err := schema.Load(nil).Group.Resolve("members")
	if err != nil {
		t.Fatal(err)
	}
	members := p.Attribute
	terms := func(n int, term string) string { return strings.Join(slices.Repeat([]string{term}, n), " or ") + "]" }
	for _, row := range []struct {
		rule, text string
		ok         bool
	}{
		{"1,000 values", terms(MaxListTerms, `value eq "01900000-0000-7000-8000-000000000000"`), true},
		{"one more", terms(MaxListTerms+1, `value eq "1"`), false},
		{"64 of anything", terms(MaxTerms, `value co "1"`), true},
		{"65 terms of which one is not a value of the list", `value co "1" or ` + terms(MaxTerms, `value eq "1"`), false},
		{"more bytes than a list may have", terms(500, `value eq "`+strings.Repeat("7", 200)+`"`), false},
	} {
		t.Run(row.rule, func(t *testing.T) {
			t.Parallel()
			_, end, err := ParseValueList(row.text, 0, members, &scim.Tolerance{Strict: true})
			if (err == nil) != row.ok || err == nil && end != len(row.text) {
				t.Errorf("read %d bytes of %d: %v", end, len(row.text), err)
			}
		})
	}
}
