package filter

import (
	"slices"
	"testing"

	"github.com/devrev/scim/libs/scim"
)

// bjensen is a stored user, after RFC 7643 section 8.3.
var bjensen = scim.NewDocument(
	"schemas", []any{scim.UserSchema, scim.EnterpriseUserSchema},
	"id", "2819c223-7f76-453a-919d-413861904646",
	"externalId", "Ab701984",
	"userName", "BJensen@example.com",
	"name", scim.NewDocument("familyName", "Jensen", "givenName", "Barbara"),
	"title", "Straße",
	"active", true,
	"nickName", "",
	"ims", []any{},
	"emails", []any{
		scim.NewDocument("value", "bjensen@example.com", "type", "work", "primary", true),
		scim.NewDocument("value", "babs@home.example.org", "type", "home"),
	},
	"photos", []any{scim.NewDocument()},
	"meta", scim.NewDocument("created", "2010-01-23T04:56:22Z", "lastModified", "2011-05-13T04:42:34.5+02:00"),
	scim.EnterpriseUserSchema, scim.NewDocument("employeeNumber", "701984", "manager", scim.NewDocument("value", "26118915")),
	acme[:len(acme)-1], scim.NewDocument("badge", int64(1<<53+1), "rate", 1.5, "rates", []any{1.5, 2.0}, "key", "aGk="),
)

func TestMatch(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule, filter string
		want         bool
	}{
		{"eq of a string that is not caseExact", `userName eq "bjensen@EXAMPLE.com"`, true},
		{"eq of a string that is caseExact", `externalId eq "ab701984"`, false},
		{"eq of a string that is caseExact, exactly", `externalId eq "Ab701984"`, true},
		{"eq under simple case folding only", `title eq "strasse"`, false},
		{"ne of the same", `userName ne "BJENSEN@example.com"`, false},
		{"ne of another", `userName ne "a"`, true},
		{"co ignores case", `userName co "JENSEN@"`, true},
		{"co of a caseExact string does not", `externalId co "B7"`, false},
		{"sw", `userName sw "bj"`, true},
		{"sw is not co", `userName sw "jensen"`, false},
		{"ew", `userName ew ".COM"`, true},
		{"ew is not co", `userName ew "example"`, false},
		{"the empty string is in every value", `userName co ""`, true},
		{"but not in no value", `locale co ""`, false},
		{"gt by the bytes of the folded form", `userName gt "bjensem"`, true},
		{"lt of the same is not", `userName lt "BJensen@example.com"`, false},
		{"le of the same is", `userName le "bjensen@example.com"`, true},
		{"ge of the same is", `userName ge "bjensen@example.com"`, true},

		{"booleans", `active eq true`, true},
		{"booleans that differ", `active ne false`, true},
		{"dateTimes are instants", `meta.lastModified eq "2011-05-13T02:42:34.500Z"`, true},
		{"dateTimes have order", `meta.created lt "2010-01-23T04:56:22.001Z" and meta.created ge "2010-01-23T05:56:22+01:00"`, true},
		{"integers past 2^53 are exact", `badge eq 9007199254740992`, false},
		{"an integer and a decimal are one number", `rate eq 1.50 and rates eq 2`, true},
		{"numbers have order, not text", `rate lt 10 and rate gt -2`, true},
		{"any of several numbers", `rates gt 1.9`, true},
		{"binaries", `key eq "aGk="`, true},

		{"eq of an absent attribute", `locale eq "en"`, false},
		{"ne of an absent attribute", `locale ne "en"`, true},
		{"order of an absent attribute", `locale lt "en" or locale ge "en"`, false},
		{"eq null of an absent attribute", `locale eq null`, true},
		{"ne null of an absent attribute", `locale ne null`, false},
		{"eq null of a present attribute", `title eq null`, false},
		{"ne null of a present attribute", `title ne null`, true},
		{"an absent attribute in an absent extension", `urn:devrev:params:scim:schemas:extension:1.0:User:state ne "active"`, true},

		{"pr", `title pr`, true},
		{"pr of an absent attribute", `locale pr`, false},
		{"pr of an empty string", `nickName pr`, false},
		{"pr of an empty list", `ims pr`, false},
		{"pr of an empty complex value", `photos pr`, false},
		{"pr of a complex attribute", `name pr and emails pr and manager pr`, true},
		{"pr of a sub-attribute of some element", `emails.primary pr`, true},
		{"pr of a sub-attribute of no element", `emails.display pr`, false},

		{"any of several values", `emails.value ew "home.example.org"`, true},
		{"a complex attribute by its value", `emails eq "BABS@home.example.org"`, true},
		{"ne: any value that differs", `emails.type ne "work"`, true},
		{"ne: no value that differs", `emails.primary ne true`, false},
		{"schemas by one of its values", `schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"`, true},
		{"schemas without a match", `schemas eq "urn:ietf:params:scim:schemas:core:2.0:Group"`, false},
		{"an attribute of an extension", scim.EnterpriseUserSchema + `:employeeNumber eq "701984"`, true},
		{"a complex attribute of an extension", `manager eq "26118915"`, true},

		{"different elements satisfy two comparisons", `emails.type eq "home" and emails.primary eq true`, true},
		{"a value path needs one element that satisfies it all", `emails[type eq "home" and primary eq true]`, false},
		{"a value path finds it", `emails[type eq "work" and value co "bjensen"]`, true},
		{"ne in a value path where the element lacks the attribute", `emails[type eq "home" and primary ne true]`, true},
		{"a value path of a single value", `name[givenName eq "barbara" and familyName sw "J"]`, true},
		{"a value path of no element", `phoneNumbers[type ne "work"]`, false},
		{"not of a value path of no element", `not (phoneNumbers[type ne "work"])`, true},

		{"not", `not (active eq false)`, true},
		{"not of an absent attribute", `not (locale eq "en")`, true},
		{"and", `active eq true and title pr`, true},
		{"and of one", `active eq true and locale pr`, false},
		{"or", `locale pr or active eq true`, true},
		{"or of two false terms", `locale pr or active eq false`, false},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			e, err := Parse(tt.filter, testUser, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := Match(e, bjensen); got != tt.want {
				t.Errorf("Match(%s) = %t", tt.filter, got)
			}
		})
	}
	if !Match(nil, bjensen) {
		t.Error("no filter must match all")
	}
}

func BenchmarkMatch(b *testing.B) {
	e, err := Parse(`userName eq "bjensen@example.com" and emails[type eq "work" and value co "@example.com"]`, testUser, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		Match(e, bjensen)
	}
}

func TestAnyOfIsSatisfiedByOneAndFlat(t *testing.T) {
	t.Parallel()
	if e := AnyOf(nil); e != nil {
		t.Errorf("of no terms it is %v", e)
	}
	for _, n := range []int{1, 2, 3, 100} {
		terms := make([]Expr, n)
		for i := range terms {
			terms[i] = &Not{}
		}
		var met []Expr
		deepest := 0
		var walk func(e Expr, depth int)
		walk = func(e Expr, depth int) {
			if or, ok := e.(*Or); ok {
				walk(or.Left, depth+1)
				walk(or.Right, depth+1)
				return
			}
			met, deepest = append(met, e), max(deepest, depth)
		}
		walk(AnyOf(terms), 0)
		if !slices.Equal(met, terms) || deepest > 7 {
			t.Errorf("of %d terms it has %d, %d deep", n, len(met), deepest)
		}
	}
}
