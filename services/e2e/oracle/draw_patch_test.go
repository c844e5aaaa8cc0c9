package oracle

import "pgregory.net/rapid"

// form is a kind of operation: where it is directed and what it may carry. A remove carries it as
// well, as Entra ID's does.
type form struct {
	path  *rapid.Generator[string]
	value *rapid.Generator[any]
}

var userForms = []form{
	{at("title", "externalId", "name.givenName", "name.familyName", enterprise+":department", "userName", "nickName"), orNothing(text().AsAny())},
	{at("active"), rapid.SampledFrom([]any{true, false, "True", "False"})},
	{at("name"), orNothing(drawObject(drawName).AsAny())},
	{at("emails"), orNothing(rapid.Custom(drawEmails).AsAny())},
	{at("emails"), rapid.OneOf(rapid.Custom(drawEmails).AsAny(), drawObject(drawEmail).AsAny())},
	{selecting(""), orNothing(drawObject(drawEmail).AsAny())},
	{selecting(".value", ".display"), orNothing(text().AsAny())},
	{selecting(".type"), orNothing(kind().AsAny())},
	{selecting(".primary"), rapid.SampledFrom([]any{true, false, "True"})},
	{at("emails.type", "emails.display"), orNothing(kind().AsAny())},
	{at(enterprise+":manager", enterprise+":manager.value", "manager"), orNothing(text().AsAny())},
	{at(enterprise), rapid.OneOf(drawObject(drawEnterprise).AsAny(), rapid.Just[any](nil))},
	{at(""), drawObject(drawMembers).AsAny()},
}

var groupForms = []form{
	{at("displayName"), text().AsAny()},
	{at(""), drawObject(drawGroup).AsAny()},
	// An empty text is refused (TestASuccessHasDoneWhatItAsked): it would empty the group.
	{at("members"), rapid.OneOf(drawMemberList().AsAny(), rapid.SampledFrom([]any{nil, []any{}}))},
	{at("members"), drawMemberList().AsAny()},
	{rapid.Map(member(), func(id string) string { return "members[value eq " + asJSON(id) + "]" }), rapid.Just[any](nil)},
}

// drawOperation draws an operation of one of the forms.
func drawOperation(forms []form) *rapid.Generator[operation] {
	return rapid.Custom(func(t *rapid.T) operation {
		f := rapid.SampledFrom(forms).Draw(t, "form")
		op := operation{Path: f.path.Draw(t, "path"), Value: f.value.Draw(t, "value")}
		ops := []string{"add", "replace", "Add", "Replace", "remove"}
		if op.Path == "" {
			ops = ops[:4]
		}
		op.Op = rapid.SampledFrom(ops).Draw(t, "op")
		return op
	})
}

func at(paths ...string) *rapid.Generator[string] { return rapid.SampledFrom(paths) }

// selecting draws a value path with one of the given ends.
func selecting(ends ...string) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		byType := "type eq " + asJSON(kind().Draw(t, "type"))
		byValue := "value eq " + asJSON(text().Draw(t, "value"))
		selection := rapid.SampledFrom([]string{
			byType, byType, byType, byValue, byType + " and " + byValue, byType + " or " + byValue, "not (" + byType + ")", "type pr", `type ne "work"`,
		}).Draw(t, "selection")
		return "emails[" + selection + "]" + rapid.SampledFrom(ends).Draw(t, "end")
	})
}

// orNothing draws, besides values, what clears an attribute.
func orNothing(values *rapid.Generator[any]) *rapid.Generator[any] {
	return rapid.OneOf(values, values, values, rapid.SampledFrom([]any{nil, "", []any{}}))
}

func drawName(t *rapid.T, name map[string]any) {
	maybe(t, name, "givenName", text())
	maybe(t, name, "familyName", text())
}

func drawEmail(t *rapid.T, email map[string]any) {
	maybe(t, email, "value", text())
	maybe(t, email, "type", kind())
	maybe(t, email, "display", text())
	maybe(t, email, "primary", rapid.Bool())
	if rapid.IntRange(0, 7).Draw(t, "cleared") == 7 {
		email[rapid.SampledFrom([]string{"value", "type", "display"}).Draw(t, "cleared")] = nil
	}
}

func drawEnterprise(t *rapid.T, extension map[string]any) {
	maybe(t, extension, "department", text())
	maybe(t, extension, "manager", rapid.Just(map[string]any{"value": "a"}))
}

// drawMembers draws the object of an operation without path, with what Okta and Entra ID put into
// it.
func drawMembers(t *rapid.T, members map[string]any) {
	maybe(t, members, "id", text())
	maybe(t, members, "title", text())
	maybe(t, members, "name", drawObject(drawName))
	maybe(t, members, "emails", rapid.Custom(drawEmails))
	maybe(t, members, enterprise+":department", text())
}

// drawGroup draws a group in stored form, or the object of an operation on one.
func drawGroup(t *rapid.T, group map[string]any) {
	group["displayName"] = text().Draw(t, "displayName")
	maybe(t, group, "members", drawMemberList())
}

func member() *rapid.Generator[string] { return rapid.SampledFrom([]string{"a", "A", "b", "c"}) }

func drawMemberList() *rapid.Generator[[]any] {
	return rapid.Custom(func(t *rapid.T) (list []any) {
		for _, id := range rapid.SliceOfNDistinct(member(), 1, 3, rapid.ID).Draw(t, "members") {
			m := map[string]any{"value": id}
			maybe(t, m, "$ref", text())
			list = append(list, m)
		}
		return list
	})
}
