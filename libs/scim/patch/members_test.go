package patch

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/quick"

	"github.com/devrev/scim/libs/scim"
)

func ids(text string) []string { return strings.Fields(text) }

// manyIDs returns n ids as long as those of users, and the filter that lists them.
func manyIDs(n int) (list, alternatives string) {
	texts, terms := make([]string, n), make([]string, n)
	for i := range n {
		texts[i] = fmt.Sprintf("01900000-0000-7000-8000-%012d", i)
		terms[i] = `value eq \"` + texts[i] + `\"`
	}
	return strings.Join(texts, " "), strings.Join(terms, " or ")
}

func delta(reset bool, add, remove string) MemberDelta {
	d := MemberDelta{Reset: reset}
	if add != "" {
		d.Add = ids(add)
	}
	if remove != "" {
		d.Remove = ids(remove)
	}
	return d
}

func unread(t *testing.T) func() ([]*scim.Document, error) {
	t.Helper()
	return func() ([]*scim.Document, error) {
		t.Error("the members were read")
		return nil, nil
	}
}

func TestSplitMembers(t *testing.T) {
	t.Parallel()
	thousand, alternatives := manyIDs(1000)
	for _, tt := range []struct {
		rule, operations string
		want             MemberDelta
		outcomes         string
		coercions        []scim.Coercion
	}{
		{"Okta adds", `{"op":"add","path":"members","value":[{"value":"a","display":"a@example.com"},{"value":"b","display":"b@example.com"}]}`, delta(false, "a b", ""), "1 applied members", nil},
		{
			"Okta removes one by one and adds together", `{"op":"remove","path":"members[value eq \"x\"]"},{"op":"remove","path":"members[value eq \"y\"]"},{"op":"add","path":"members","value":[{"value":"a"},{"value":"b"}]}`,
			delta(false, "a b", "x y"), "1 applied members, 2 applied members, 3 applied members", nil,
		},
		{"Okta pushes all", `{"op":"replace","path":"members","value":[{"value":"a"},{"value":"b"}]}`, delta(true, "a b", ""), "1 applied members", nil},
		{"Okta pushes an empty group", `{"op":"replace","path":"members","value":[]}`, delta(true, "", ""), "1 applied members", nil},
		{"replace by null empties", `{"op":"replace","path":"members","value":null}`, delta(true, "", ""), "1 applied members", nil},
		{"Entra ID adds", `{"op":"Add","path":"members","value":[{"$ref":null,"value":"a"}]}`, delta(false, "a", ""), "1 applied members", []scim.Coercion{scim.CapitalOp}},
		{"Entra ID removes by list", `{"op":"Remove","path":"members","value":[{"$ref":null,"value":"a"},{"$ref":null,"value":"b"}]}`, delta(false, "", "a b"), "1 applied members", []scim.Coercion{scim.CapitalOp, scim.RemoveWithValue}},
		{"Entra ID removes by filter", `{"op":"remove","path":"members[value eq \"a\"]"}`, delta(false, "", "a"), "1 applied members", nil},
		{"Entra ID replaces", `{"op":"replace","path":"members","value":[{"value":"673"}]}`, delta(true, "673", ""), "1 applied members", nil},
		{"remove without value removes all", `{"op":"remove","path":"members"}`, delta(true, "", ""), "1 applied members", nil},
		{"also with null", `{"op":"remove","path":"members","value":null}`, delta(true, "", ""), "1 applied members", nil},
		{"remove with an empty list", `{"op":"remove","path":"members","value":[]}`, delta(false, "", ""), "1 noop members", []scim.Coercion{scim.RemoveWithValue}},
		{"add of an empty list", `{"op":"add","path":"members","value":[]}`, delta(false, "", ""), "1 noop members", nil},
		{"add of null", `{"op":"add","path":"members","value":null}`, delta(false, "", ""), "1 noop members", nil},
		{"an or of ids", `{"op":"remove","path":"members[value eq \"a\" or (value eq \"b\" or value eq c)]"}`, delta(false, "", "a b c"), "1 applied members", []scim.Coercion{scim.UnquotedValue}},
		{"s3.5.2.1 one member, not in a list", `{"op":"add","path":"members","value":{"value":"a"}}`, delta(false, "a", ""), "1 applied members", nil},
		{"one member for a list that is replaced", `{"op":"replace","path":"members","value":{"value":"a"}}`, delta(true, "a", ""), "1 applied members", []scim.Coercion{scim.ListAsSingle}},
		{"an or of 1,000 ids", `{"op":"remove","path":"members[` + alternatives + `]"}`, delta(false, "", thousand), "1 applied members", nil},
		{"ids for members", `{"op":"add","path":"members","value":["a","b"]}`, delta(false, "a b", ""), "1 applied members", []scim.Coercion{scim.ValueForComplex}},
		{"an id for members", `{"op":"remove","path":"members","value":"a"}`, delta(false, "", "a"), "1 applied members", []scim.Coercion{scim.RemoveWithValue, scim.ListAsSingle, scim.ValueForComplex}},
		{"members as JSON in a string", `{"op":"replace","path":"members","value":["{\"value\":\"a\"}","{\"value\":\"b\"}"]}`, delta(true, "a b", ""), "1 applied members", []scim.Coercion{scim.JSONString}},
		{"a list of them in one", `{"op":"add","path":"members","value":"[{\"value\":\"a\"}]"}`, delta(false, "a", ""), "1 applied members", []scim.Coercion{scim.JSONString}},
		{"an id with other quotes", `{"op":"remove","path":"members[value eq 'a']"}`, delta(false, "", "a"), "1 applied members", []scim.Coercion{scim.OtherQuotes}},
		{"below the core URN", `{"op":"add","value":{"` + scim.GroupSchema + `":{"members":[{"value":"a"}]}}}`, delta(false, "a", ""), "1 applied members", []scim.Coercion{scim.URNName}},
		{"at the core URN", `{"op":"add","path":"` + scim.GroupSchema + `","value":{"members":[{"value":"a"}]}}`, delta(false, "a", ""), "1 applied members", []scim.Coercion{scim.URNName}},
		{"with a dot", `{"op":"add","path":"` + scim.GroupSchema + `.members","value":[{"value":"a"}]}`, delta(false, "a", ""), "1 applied members", []scim.Coercion{scim.URNDot}},
		{"without path", `{"op":"add","value":{"members":[{"value":"a"}]}}`, delta(false, "a", ""), "1 applied members", nil},
		{"without path, by the URN", `{"op":"replace","value":{"` + scim.GroupSchema + `:MEMBERS":[{"value":"a"}]}}`, delta(true, "a", ""), "1 applied members", nil},
		{"a path by the URN", `{"op":"remove","path":"` + scim.GroupSchema + `:Members[value eq \"a\"]"}`, delta(false, "", "a"), "1 applied members", nil},
		{"replace of a member by null removes it", `{"op":"replace","path":"members[value eq \"a\"]","value":null}`, delta(false, "", "a"), "1 applied members", nil},
		{"also in an object", `{"op":"replace","value":{"members[value eq \"a\"]":null}}`, delta(false, "", "a"), "1 applied members", nil},
		{"but not by add", `{"op":"add","path":"members[value eq \"a\"]","value":null}`, delta(false, "", ""), "1 noop members", nil},

		{"the last thing done to a member counts", `{"op":"add","path":"members","value":[{"value":"a"},{"value":"b"}]},{"op":"remove","path":"members[value eq \"a\"]"},{"op":"remove","path":"members[value eq \"c\"]"},{"op":"add","path":"members","value":[{"value":"c"}]}`, delta(false, "b c", "a"), "1 applied members, 2 applied members, 3 applied members, 4 applied members", nil},
		{"a member once", `{"op":"add","path":"members","value":[{"value":"a"},{"value":"b"},{"value":"a"}]}`, delta(false, "a b", ""), "1 applied members", nil},
		{"nothing needs to be taken out of an emptied group", `{"op":"remove","path":"members"},{"op":"add","path":"members","value":[{"value":"a"},{"value":"b"}]},{"op":"remove","path":"members[value eq \"a\"]"}`, delta(true, "b", ""), "1 applied members, 2 applied members, 3 applied members", nil},
		{"emptying discards the operations before it", `{"op":"add","path":"members","value":[{"value":"a","type":"Group"}]},{"op":"replace","path":"members","value":[{"value":"b"}]}`, delta(true, "b", ""), "1 applied members, 2 applied members", nil},
		{"groups as members are named", `{"op":"add","path":"members","value":[{"value":"a","type":"User"},{"value":"g","type":"group"},{"value":"h","type":"Group"}]},{"op":"remove","path":"members[value eq \"h\"]"}`, MemberDelta{Add: ids("a g"), Remove: ids("h"), Nested: ids("g")}, "1 applied members, 2 applied members", nil},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			tol := &scim.Tolerance{}
			req := request(t, tt.operations, tol)
			rest, got, outcomes, err := SplitMembers(testTypes.Group, req, unread(t), tol)
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %+v, %v; want %+v", got, err, tt.want)
			}
			if len(rest.Operations) != 0 {
				t.Errorf("left %+v", rest)
			}
			if got := summary(outcomes); got != tt.outcomes {
				t.Errorf("outcomes %s, want %s", got, tt.outcomes)
			}
			var coercions []scim.Coercion
			for _, a := range tol.Accepted {
				coercions = append(coercions, a.Coercion)
			}
			if !slices.Equal(coercions, tt.coercions) {
				t.Errorf("coercions %v, want %v", coercions, tt.coercions)
			}
		})
	}
}

func TestSplitMembersErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule, operation string
		want            scim.ErrorType
	}{
		{"a member needs an id", `{"op":"add","path":"members","value":[{"value":"a"},{"display":"b"}]}`, scim.InvalidValue},
		{"an empty id is refused", `{"op":"add","path":"members","value":[{"value":""}]}`, scim.InvalidValue},
		{"an id is a string", `{"op":"remove","path":"members","value":[{"value":{"a":"b"}}]}`, scim.InvalidValue},
		{"null is not a member", `{"op":"replace","path":"members","value":[null]}`, scim.InvalidValue},
		{"s4.2 sub-attributes of members are immutable", `{"op":"replace","path":"members[value eq \"a\"].display","value":"b"}`, scim.Mutability},
		{"also without a filter", `{"op":"add","path":"members.display","value":"b"}`, scim.Mutability},
		{"also to remove", `{"op":"remove","path":"members[value eq \"a\"].value"}`, scim.Mutability},
		{"elements that are there are not replaced", `{"op":"replace","path":"members[value eq \"a\"]","value":{"value":"b"}}`, scim.Mutability},
		{"a wrong filter", `{"op":"remove","path":"members[id eq \"a\"]"}`, scim.InvalidFilter},
		{"a sub-attribute that is not kept cannot select", `{"op":"remove","path":"members[display eq \"a\"]"}`, scim.InvalidFilter},
		{"nor with others", `{"op":"remove","path":"members[value eq \"a\" or not (display pr)]"}`, scim.InvalidFilter},
		{"a string that begins as JSON is JSON", `{"op":"replace","path":"members","value":["{\"value\":"]}`, scim.InvalidValue},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			req := request(t, `{"op":"add","path":"displayName","value":"A"},`+tt.operation, nil)
			_, _, _, err := SplitMembers(testTypes.Group, req, unread(t), nil)
			if refused, ok := errors.AsType[*scim.Error](err); !ok || refused.Type != tt.want || !strings.HasPrefix(refused.Detail, "operation 2: ") {
				t.Errorf("error %v, want %s in operation 2", err, tt.want)
			}
		})
	}
}

func TestSplitMembersStrict(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{
		`{"op":"remove","path":"members","value":[{"value":"a"}]}`,
		`{"op":"replace","path":"members","value":{"value":"a"}}`,
		`{"op":"add","path":"members","value":["a"]}`,
	} {
		_, _, _, err := SplitMembers(testTypes.Group, request(t, operation, nil), unread(t), &scim.Tolerance{Strict: true})
		if refused, ok := errors.AsType[*scim.Error](err); !ok || refused.Type != scim.InvalidValue {
			t.Errorf("%s: error %v, want invalidValue", operation, err)
		}
	}
}

// A filter on more than ids applies to the members as the operations before it left them, and reads
// them once.
func TestSplitMembersByOtherFilters(t *testing.T) {
	t.Parallel()
	reads := 0
	current := func() ([]*scim.Document, error) {
		reads++
		return []*scim.Document{
			scim.NewDocument("value", "a", "type", "User", "$ref", "A"),
			scim.NewDocument("value", "b", "type", "User", "$ref", "B"),
			scim.NewDocument("value", "c", "type", "User", "$ref", "B"),
		}, nil
	}
	for _, tt := range []struct {
		rule, operations string
		want             MemberDelta
	}{
		{"of the members there are", `{"op":"remove","path":"members[$ref eq \"B\"]"}`, delta(false, "", "b c")},
		{"ids and more", `{"op":"remove","path":"members[value eq \"b\" or $ref eq \"A\"]"}`, delta(false, "", "a b")},
		{"ids and less", `{"op":"remove","path":"members[value eq \"b\" and $ref eq \"A\"]"}`, delta(false, "", "")},
		{"other operators", `{"op":"remove","path":"members[value ne \"b\"]"}`, delta(false, "", "a c")},
		{"null", `{"op":"remove","path":"members[value eq null]"}`, delta(false, "", "")},
		{"after others, once read", `{"op":"remove","path":"members[value eq \"b\"]"},{"op":"add","path":"members","value":[{"value":"d","$ref":"B"},{"value":"a","$ref":"C"}]},{"op":"remove","path":"members[$ref eq \"B\"]"},{"op":"remove","path":"members[not ($ref pr)]"}`, delta(false, "a", "b d c")},
		{"a member without type is a user", `{"op":"replace","path":"members","value":[{"value":"d"},{"value":"e","type":"Group"},"f"]},{"op":"remove","path":"members[type eq \"User\"]"}`, MemberDelta{Reset: true, Add: ids("e"), Nested: ids("e")}},
	} {
		reads = 0
		_, got, _, err := SplitMembers(testTypes.Group, request(t, tt.operations, nil), current, nil)
		if err != nil || !reflect.DeepEqual(got, tt.want) || reads != 1 {
			t.Errorf("%s: got %+v, %v after %d reads; want %+v", tt.rule, got, err, reads, tt.want)
		}
	}

	many := make([]*scim.Document, maxMemberVisits/10)
	for i := range many {
		many[i] = scim.NewDocument("value", strconv.Itoa(i))
	}
	req := Request{Operations: slices.Repeat([]Operation{{Op: Remove, Path: `members[type pr]`}}, 11)}
	_, _, _, err := SplitMembers(testTypes.Group, req, func() ([]*scim.Document, error) { return many, nil }, nil)
	if refused, ok := errors.AsType[*scim.Error](err); !ok || refused.Type != scim.TooMany || !strings.HasPrefix(refused.Detail, "operation 11: ") {
		t.Errorf("error %v, want tooMany in operation 11", err)
	}

	broken := errors.New("no connection")
	_, _, _, err = SplitMembers(testTypes.Group, request(t, `{"op":"remove","path":"members[type pr]"}`, nil), func() ([]*scim.Document, error) { return nil, broken }, nil)
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want the one of current", err)
	}
}

func TestApplyToGroup(t *testing.T) {
	t.Parallel()
	group := document(t, `{"displayName":"A","externalId":"1"}`)
	untouched := text(t, group)
	req := request(t, `{"op":"replace","value":{"id":"7","displayName":"B","members":[{"value":"a"}]}},
		{"op":"remove","path":"externalId"},
		{"op":"add","path":"members","value":[{"value":"b"}]},
		{"op":"replace","value":{"members":[]}},
		{"op":"replace","value":{}}`, nil)
	got, d, outcomes, err := ApplyToGroup(group, testTypes.Group, req, unread(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := document(t, `{"displayName":"B"}`); !got.Equal(want) {
		t.Errorf("got %s", text(t, got))
	}
	if want := delta(true, "", ""); !reflect.DeepEqual(d, want) {
		t.Errorf("got %+v, want %+v", d, want)
	}
	if got, want := summary(outcomes), "1 applied members, 1 ignored id, 1 applied displayName, 2 applied externalId, 3 applied members, 4 applied members, 5 noop"; got != want {
		t.Errorf("outcomes %s\n    want %s", got, want)
	}
	if now := text(t, group); now != untouched {
		t.Errorf("the input became %s", now)
	}
	if op := req.Operations[0]; op.Value.(*scim.Document).Len() != 3 {
		t.Errorf("the request became %+v", op)
	}

	// Numbers in errors are those of the client's request, not those of the remaining operations.
	_, _, _, err = ApplyToGroup(group, testTypes.Group, request(t, `{"op":"remove","path":"members"},{"op":"add","value":{"members":[{"value":"a"}]}},{"op":"remove","path":"displayName"}`, nil), unread(t), nil)
	if refused, ok := errors.AsType[*scim.Error](err); !ok || !strings.HasPrefix(refused.Detail, "operation 3: displayName is required") {
		t.Errorf("error %v, want that of operation 3", err)
	}
	_, _, _, err = ApplyToGroup(group, testTypes.Group, request(t, `{"op":"add","path":"members","value":[{}]}`, nil), unread(t), nil)
	if err == nil {
		t.Error("no error for a member without value")
	}
}

func TestSplitMembersRemoveWithoutPath(t *testing.T) {
	t.Parallel()
	_, _, _, err := SplitMembers(testTypes.Group, Request{Operations: []Operation{{Op: Remove, Value: document(t, `{"members":[]}`)}}}, unread(t), nil)
	if refused, ok := errors.AsType[*scim.Error](err); !ok || refused.Type != scim.NoTarget {
		t.Errorf("error %v, want noTarget", err)
	}
}

func TestMembersOf(t *testing.T) {
	t.Parallel()
	doc := document(t, `{"displayName":"A","members":[{"value":"a"},{"value":"g","type":"Group"},{"value":"a","type":"User"}]}`)
	rest, d, err := MembersOf(doc)
	if err != nil || !rest.Equal(document(t, `{"displayName":"A"}`)) {
		t.Errorf("got %s, %v", text(t, rest), err)
	}
	if want := (MemberDelta{Reset: true, Add: ids("a g"), Nested: ids("g")}); !reflect.DeepEqual(d, want) {
		t.Errorf("got %+v, want %+v", d, want)
	}
	if len(doc.List("members")) != 3 {
		t.Error("the input changed")
	}
	if _, d, err = MembersOf(document(t, `{"displayName":"A"}`)); err != nil || !reflect.DeepEqual(d, MemberDelta{Reset: true}) {
		t.Errorf("no members: got %+v, %v", d, err)
	}
	if _, _, err = MembersOf(document(t, `{"members":[{"display":"A"}]}`)); err == nil {
		t.Error("no error for a member without value")
	}
}

func TestMemberDeltaEmpty(t *testing.T) {
	t.Parallel()
	if !(MemberDelta{}).Empty() {
		t.Error("nothing is something")
	}
	for _, d := range []MemberDelta{{Reset: true}, {Add: ids("a")}, {Remove: ids("a")}} {
		if d.Empty() {
			t.Errorf("%+v is empty", d)
		}
	}
}

// The law of composition: a delta does to any group what its steps do one after the other.
func TestMemberDeltaComposes(t *testing.T) {
	t.Parallel()
	law := func(before, steps []byte) bool {
		stepwise, composed := map[string]bool{}, map[string]bool{}
		for _, b := range before {
			id := strconv.Itoa(int(b % 5))
			stepwise[id], composed[id] = true, true
		}
		changes := newMemberChanges()
		for _, b := range steps {
			switch id := strconv.Itoa(int(b / 8 % 5)); b % 8 {
			case 0:
				clear(stepwise)
				changes.clear()
			case 1, 2, 3:
				stepwise[id] = true
				changes.add(member{id: id})
			default:
				delete(stepwise, id)
				changes.remove(id)
			}
		}
		d := changes.delta()
		if d.Reset {
			clear(composed)
		}
		for _, id := range d.Remove {
			delete(composed, id)
		}
		for _, id := range d.Add {
			composed[id] = true
		}
		named := slices.Sorted(slices.Values(append(slices.Clone(d.Add), d.Remove...)))
		return maps.Equal(composed, stepwise) && len(slices.Compact(named)) == len(d.Add)+len(d.Remove) && (!d.Reset || d.Remove == nil)
	}
	if err := quick.Check(law, &quick.Config{MaxCount: 5000}); err != nil {
		t.Error(err)
	}
}
