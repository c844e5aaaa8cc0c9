package lawtest

import (
	"strings"

	"pgregory.net/rapid"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
)

// step is one operation, and what is known of it.
type step struct {
	op  map[string]any
	act func(state) // what it asks for, as done to the model

	wrong   bool // must be refused
	departs bool // is not what the RFCs allow: must be refused if strict
	unknown bool // names what no one knows: nothing but this must be refused
}

// attribute is one that the model knows, with a way to draw its values.
type attribute struct {
	path  string // canonical
	value *rapid.Generator[any]
}

var attributes = []attribute{
	{"active", rapid.SampledFrom([]any{true, false})},
	{"title", words},
	{"nickName", words},
	{"name.givenName", words},
	{scim.EnterpriseUserSchema + ":department", words},
	{scim.EnterpriseUserSchema + ":employeeNumber", words},
}

var words = rapid.SampledFrom([]any{"Guide", "O'Brien", `a "b"`, "7"})

// setting are the operations that give an attribute a value.
var setting = []string{"replace", "add", "Replace", "ADD"}

func chance(t *rapid.T, of int) bool { return rapid.IntRange(1, of).Draw(t, "chance") == 1 }

func drawUserStep(t *rapid.T) step {
	switch rapid.IntRange(0, 9).Draw(t, "what") {
	case 0:
		return drawUnknown(t)
	case 1:
		return drawWrong(t)
	case 2:
		return drawPhone(t)
	case 3:
		return drawClear(t)
	default:
		return drawSet(t)
	}
}

// drawSet draws an operation that gives an attribute a value.
func drawSet(t *rapid.T) step {
	a := rapid.SampledFrom(attributes).Draw(t, "attribute")
	if chance(t, 2) {
		st := drawMember(t, a, setting...)
		if chance(t, 6) {
			st.op["value"], st.departs = text(st.op["value"]), true
		}
		return st
	}
	v := a.value.Draw(t, "value")
	st := drawValue(t, a, v, setting...)
	st.op["path"], st.departs = drawPath(t, a.path, st.departs)
	return st
}

// drawValue draws an operation without path, one of ops, and its value in one of its forms.
func drawValue(t *rapid.T, a attribute, v any, ops ...string) step {
	st := step{op: map[string]any{"op": "replace"}, act: func(s state) { s[a.path] = v }}
	if op := rapid.SampledFrom(ops).Draw(t, "op"); op != strings.ToLower(op) {
		st.op["op"], st.departs = op, true
	} else {
		st.op["op"] = op
	}
	sent := v
	if truth, ok := v.(bool); ok && chance(t, 3) {
		sent, st.departs = map[bool]any{true: "True", false: "False"}[truth], true
	}
	if chance(t, 5) {
		sent, st.departs = map[string]any{"value": sent}, true
	}
	if chance(t, 5) {
		sent, st.departs = []any{sent}, true
	}
	st.op["value"] = sent
	return st
}

// drawPath draws one of the spellings of a path.
func drawPath(t *rapid.T, path string, departs bool) (string, bool) {
	urn, name := scim.UserSchema, path
	if after, ok := strings.CutPrefix(path, scim.EnterpriseUserSchema+":"); ok {
		urn, name = scim.EnterpriseUserSchema, after
	}
	if chance(t, 4) {
		name = strings.ToUpper(name)
	}
	switch rapid.IntRange(0, 4).Draw(t, "spelling") {
	case 0:
		return urn + ":" + name, departs
	case 1:
		return urn + "." + name, true
	case 2:
		if urn == scim.UserSchema {
			return strings.TrimSuffix(urn, "User") + name, true
		}
		return name, departs // which one extension has
	default:
		if urn == scim.UserSchema {
			return name, departs
		}
		return urn + ":" + name, departs
	}
}

// drawMember draws an operation without path, or at a URN, whose object gives an attribute a value.
func drawMember(t *rapid.T, a attribute, ops ...string) step {
	v := a.value.Draw(t, "value")
	st := drawValue(t, a, v, ops...)
	sent := st.op["value"]
	if after, ok := strings.CutPrefix(a.path, scim.EnterpriseUserSchema+":"); ok {
		switch rapid.IntRange(0, 3).Draw(t, "spelling") {
		case 0:
			st.op["value"], st.departs = map[string]any{a.path: sent}, true
		case 1:
			st.op["value"], st.departs = map[string]any{scim.EnterpriseUserSchema + "." + after: sent}, true
		case 2:
			st.op["value"], st.departs = map[string]any{after: sent}, true
		default:
			st.op["value"] = map[string]any{scim.EnterpriseUserSchema: map[string]any{after: sent}}
		}
		return st
	}
	member := map[string]any{a.path: sent}
	if outer, inner, dotted := strings.Cut(a.path, "."); dotted {
		if chance(t, 2) {
			member = map[string]any{outer: map[string]any{inner: sent}}
		} else {
			st.departs = true
		}
	}
	switch rapid.IntRange(0, 5).Draw(t, "spelling") {
	case 0:
		st.op["value"], st.departs = map[string]any{scim.UserSchema: member}, true
	case 1:
		qualified := map[string]any{}
		for name, v := range member {
			qualified[scim.UserSchema+":"+name] = v
		}
		st.op["value"], st.departs = qualified, true
	default:
		st.op["value"] = member
	}
	return st
}

// drawClear draws an operation that takes an attribute's value away.
func drawClear(t *rapid.T) step {
	a := rapid.SampledFrom(attributes[1:]).Draw(t, "attribute")
	st := step{act: func(s state) { delete(s, a.path) }}
	path, departs := drawPath(t, a.path, false)
	st.departs = departs
	switch rapid.IntRange(0, 3).Draw(t, "op") {
	case 0:
		st.op = map[string]any{"op": "replace", "path": path, "value": nil}
	case 1:
		st.op = map[string]any{"op": "replace", "path": path, "value": ""}
	case 2:
		st.op, st.departs = map[string]any{"op": "Remove", "path": path}, true
	default:
		st.op = map[string]any{"op": "remove", "path": path}
	}
	return st
}

// drawPhone draws an operation on the telephone number of one type.
func drawPhone(t *rapid.T) step {
	kind := rapid.SampledFrom([]string{"work", "mobile"}).Draw(t, "type")
	quotes := rapid.SampledFrom([][2]string{{`"`, `"`}, {"'", "'"}, {"“", "”"}, {"`", "`"}}).Draw(t, "quotes")
	open, closing := quotes[0], quotes[1]
	path := `phoneNumbers[type eq ` + open + kind + closing + `]`
	if chance(t, 3) {
		return step{
			op:      map[string]any{"op": "remove", "path": path},
			act:     func(s state) { delete(s, "phone "+kind) },
			departs: open != `"`,
		}
	}
	number := rapid.SampledFrom([]string{"1", "2"}).Draw(t, "number")
	return step{
		op:      map[string]any{"op": "replace", "path": path + ".value", "value": number},
		act:     func(s state) { s["phone "+kind] = number },
		departs: true, // where there is none it is made by the filter
	}
}

// drawUnknown draws an operation of which nothing is known.
func drawUnknown(t *rapid.T) step {
	st := step{act: func(state) {}, departs: true, unknown: true}
	path := rapid.SampledFrom([]string{
		"extensionAttribute1", "name.nick", scim.UserSchema + ":foo", scim.EnterpriseUserSchema + ".foo", "urn:x:y:foo", `emails[type eq "work"].foo`,
	}).Draw(t, "path")
	if chance(t, 2) {
		st.op = map[string]any{"op": "add", "path": path, "value": "x"}
	} else {
		st.op = map[string]any{"op": "replace", "value": map[string]any{path: "x"}}
	}
	return st
}

// drawWrong draws an operation that asks for nothing that can be done.
func drawWrong(t *rapid.T) step {
	ops := []map[string]any{
		{"op": "replace", "path": "active", "value": ""},
		{"op": "replace", "path": "active", "value": []any{}},
		{"op": "replace", "value": map[string]any{"active": map[string]any{}}},
		{"op": "add", "path": scim.UserSchema + ":active", "value": "maybe"},
		{"op": "remove", "path": "active"},
		{"op": "replace", "path": "userName", "value": "  "},
		{"op": "remove", "path": "userName"},
		{"op": "replace", "path": "id", "value": "7"},
		{"op": "replace", "value": `{"active":`},
		{"op": "remove", "path": "phoneNumbers[type eq 'work]"},
		{"op": "remove", "path": "phoneNumbers[kind eq 'work']"},
		{"op": "replace", "path": "title", "value": 7},
		{"op": "add", "path": `x509Certificates[type eq "work"].value`, "value": ""},
	}
	return step{op: rapid.SampledFrom(ops).Draw(t, "operation"), act: func(state) {}, wrong: true}
}

// drawGroupStep draws an operation on the group, and what it does to members and name.
func (s *scene) drawGroupStep() (step, func(members map[directory.UserID]bool, name *string)) {
	t := s.T
	nothing := func(map[directory.UserID]bool, *string) {}
	id := rapid.SampledFrom(s.ids).Draw(t, "member")
	switch rapid.IntRange(0, 9).Draw(t, "what") {
	case 0:
		return drawUnknownOfGroup(t), nothing
	case 1:
		return s.drawWrongOfGroup(id), nothing
	case 2:
		name := rapid.SampledFrom([]string{"Guides", "Leaders"}).Draw(t, "name")
		a := attribute{"displayName", rapid.Just[any](name)}
		st := drawValue(t, a, name, setting...)
		if chance(t, 2) {
			st.op["path"] = "displayName"
		} else {
			st.op["value"] = map[string]any{"displayName": st.op["value"]}
		}
		return st, func(_ map[directory.UserID]bool, is *string) { *is = name }
	case 3, 4, 5:
		return drawRemoval(t, id), func(members map[directory.UserID]bool, _ *string) { delete(members, id) }
	default:
		return drawAddition(t, id)
	}
}

func drawRemoval(t *rapid.T, id directory.UserID) step {
	switch rapid.IntRange(0, 5).Draw(t, "spelling") {
	case 0:
		return step{op: map[string]any{"op": "remove", "path": "members[value eq '" + string(id) + "']"}, departs: true}
	case 1:
		return step{op: map[string]any{"op": "remove", "path": `members[$ref eq "` + usersAt + string(id) + `"]`}}
	case 2:
		return step{op: map[string]any{"op": "remove", "path": "members", "value": []any{map[string]any{"value": string(id)}}}, departs: true}
	case 3:
		return step{op: map[string]any{"op": "remove", "path": scim.GroupSchema + `.members[value eq "` + string(id) + `"]`}, departs: true}
	default:
		return step{op: map[string]any{"op": "remove", "path": `members[value eq "` + string(id) + `"]`}}
	}
}

func drawAddition(t *rapid.T, id directory.UserID) (step, func(map[directory.UserID]bool, *string)) {
	st := step{op: map[string]any{"op": "add"}}
	replaces := chance(t, 4)
	if replaces {
		st.op["op"] = "replace"
	}
	element := any(map[string]any{"value": string(id)})
	switch rapid.IntRange(0, 6).Draw(t, "element") {
	case 0:
		element, st.departs = string(id), true
	case 1:
		element, st.departs = text(element), true
	}
	list := []any{element}
	if chance(t, 5) { // no one is this one
		list = append(list, map[string]any{"value": "01900000-0000-7000-8000-000000000000"})
	}
	switch rapid.IntRange(0, 4).Draw(t, "spelling") {
	case 0:
		st.op["value"] = map[string]any{"members": list}
	case 1:
		st.op["value"], st.departs = map[string]any{scim.GroupSchema: map[string]any{"members": list}}, true
	case 2:
		st.op["path"], st.op["value"], st.departs = scim.GroupSchema, map[string]any{"members": list}, true
	default:
		st.op["path"], st.op["value"] = "members", list
	}
	return st, func(members map[directory.UserID]bool, _ *string) {
		if replaces {
			clear(members)
		}
		members[id] = true
	}
}

func drawUnknownOfGroup(t *rapid.T) step {
	path := rapid.SampledFrom([]string{
		"description", scim.GroupSchema + ":foo", "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group:mailNickname", `members[value eq "7"].foo`,
	}).Draw(t, "path")
	return step{op: map[string]any{"op": "add", "path": path, "value": "x"}, departs: true, unknown: true}
}

func (s *scene) drawWrongOfGroup(id directory.UserID) step {
	ops := []map[string]any{
		{"op": "remove", "path": `members[display eq "x"]`},
		{"op": "remove", "path": "members[value eq '" + string(id) + "]"},
		{"op": "replace", "path": "members", "value": []any{`{"value":`}},
		{"op": "replace", "path": "members", "value": []any{map[string]any{"display": "x"}}},
		{"op": "remove", "path": "displayName"},
		{"op": "add", "path": "members", "value": []any{map[string]any{"value": 7}}},
	}
	return step{op: rapid.SampledFrom(ops).Draw(s.T, "operation"), wrong: true}
}
