package mongostore

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"gotest.tools/v3/assert"
	"pgregory.net/rapid"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/directory/directorytest"
)

// hostile are values that mean something to MongoDB, to a regular expression, to JSON or to a store
// that builds its queries from text.
func hostile() []string {
	return []string{
		"$where", "$ne", "$gt", "$$ROOT", "$pending.add", "$key", `{"$ne":null}`, `{"$where":"sleep(1000)"}`, `{$gt: ''}`, "';return true;//",
		"doc.userName", "key.username.f", "a.b", ".", "$", "%24ne", "%2E", "_id", "org",
		"(a+)+$", "^.*$", ".*", `\Q..\E`, `\z`, `\E`, "[", "(?i)a", "(?#", "a|b", "a{2,}", `\`, "/a/i", "a", "a\nb", "a\n", "\na",
		"a\x00b", "\x00", "é", "e\u0301", "\U0010FFFF", "a\U0010FFFF", "\uD7FF", "\uE000",
	}
}

// Every hostile value is found by eq, co, sw and ew where it is, and nowhere else: as a text that
// means itself.
func TestValuesMeanThemselves(t *testing.T) {
	t.Parallel()
	s := newStore(t, watched(t))
	values := hostile()
	for i, v := range values {
		u := directorytest.NewUser(fmt.Sprintf("user%02d@example.com", i), "externalId", v)
		assert.NilError(t, s.CreateUser(t.Context(), "org", u))
	}
	path, err := directorytest.Schemas().User.Resolve("externalId")
	assert.NilError(t, err)
	for op, holds := range map[filter.Op]func(s, part string) bool{
		filter.Equal:      func(s, part string) bool { return s == part },
		filter.Contains:   strings.Contains,
		filter.StartsWith: strings.HasPrefix,
		filter.EndsWith:   strings.HasSuffix,
	} {
		for _, v := range values {
			q := directory.Query{Filter: &filter.Comparison{Path: path, Op: op, Value: v}, Limit: 100}
			page, err := s.ListUsers(t.Context(), "org", q)
			if err != nil {
				t.Fatalf("externalId %s %q: %v", op, v, err)
			}
			var got []string
			for _, u := range page.Items {
				got = append(got, u.ExternalID())
			}
			want := slices.DeleteFunc(hostile(), func(s string) bool { return !holds(s, v) })
			if !slices.Equal(got, want) {
				t.Errorf("externalId %s %q finds %q, want %q", op, v, got, want)
			}
		}
	}
}

// Nor is a value taken for more than itself anywhere else that one goes in.
func TestNoArgumentIsAnOperator(t *testing.T) {
	t.Parallel()
	const tenant = directory.Tenant("tenant")
	s := newStore(t, watched(t))
	u := directorytest.NewUser("a@example.com")
	assert.NilError(t, s.CreateUser(t.Context(), tenant, u))
	g := directorytest.NewGroup("Guides", u.ID)
	assert.NilError(t, s.CreateGroup(t.Context(), tenant, g))
	for _, v := range hostile() {
		_, byID := s.User(t.Context(), tenant, directory.UserID(v))
		_, byName := s.UserByName(t.Context(), tenant, v)
		_, group := s.Group(t.Context(), tenant, directory.GroupID(v), true)
		_, foreign := s.User(t.Context(), directory.Tenant(v), u.ID)
		for _, err := range []error{byID, byName, group, foreign} {
			if nilIfNotFound(err) != nil || err == nil {
				t.Errorf("%q: got %v, want %v", v, err, directory.ErrNotFound)
			}
		}
		groups, err := s.GroupsOf(t.Context(), tenant, []directory.UserID{directory.UserID(v)})
		if err != nil || len(groups) > 0 {
			t.Errorf("%q is in the groups %v, %v", v, groups, err)
		}
		known, err := s.KnownUsers(t.Context(), tenant, []directory.UserID{directory.UserID(v)})
		if err != nil || len(known) > 0 {
			t.Errorf("%q is known as %v, %v", v, known, err)
		}
	}
}

type holder struct {
	Document document `bson:"doc"`
}

// Names are MongoDB's paths; a document comes back with those that it had.
func TestDocumentsComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	name := rapid.OneOf(rapid.SampledFrom(hostile()), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		d := scim.NewDocument()
		for range rapid.IntRange(0, 4).Draw(t, "members") {
			inner := scim.NewDocument(name.Draw(t, "name"), name.Draw(t, "value"))
			value := rapid.SampledFrom([]any{nil, true, int64(1)<<53 + 1, 1.5, "$ne", inner, []any{inner, "a", int64(7)}, []any{}}).Draw(t, "value")
			d.Set(name.Draw(t, "name"), value)
		}
		encoded := encode(d)
		for _, m := range encoded {
			if strings.ContainsAny(m.Key, ".$\x00") {
				t.Fatalf("the name %q is more than a name", m.Key)
			}
		}
		stored, err := bson.Marshal(holder{document{d}})
		assert.NilError(t, err)
		var got holder
		if err := bson.Unmarshal(stored, &got); err != nil || !got.Document.Equal(d) {
			t.Fatalf("got %v (%v), want %v", got, err, d)
		}
	})
}

func TestSuccessorIsTheLeastTextBeyondAPrefix(t *testing.T) {
	t.Parallel()
	text := rapid.StringOf(rapid.SampledFrom([]rune{'a', 'b', 0, 0x7F, 0x80, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFE, 0x10FFFF}))
	rapid.Check(t, func(t *rapid.T) {
		prefix, s := text.Draw(t, "prefix"), text.Draw(t, "text")
		if rapid.Bool().Draw(t, "has prefix") {
			s = prefix + s
		}
		next, ok := successor(prefix)
		if inRange := s >= prefix && (!ok || s < next); inRange != strings.HasPrefix(s, prefix) {
			t.Fatalf("successor(%q) = %q, %t; %q is in the range: %t", prefix, next, ok, s, inRange)
		}
	})
}
