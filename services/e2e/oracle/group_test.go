package oracle

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/patch"
)

// TestDrawnGroupPatchesWithoutMembers holds the PATCH of a group whose members are not read, which
// no oracle has, against the one that the oracles agree with.
func TestDrawnGroupPatchesWithoutMembers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		resource := drawObject(drawGroup).Draw(t, "resource")
		ops := rapid.SliceOfN(drawOperation(groupForms), 1, 3).Draw(t, "operations")
		want := apply(t, resource, ops, nil)
		members, err := patchMembers(t, resource, ops)
		switch {
		case err != nil && want.Refused == "":
			t.Fatalf("%s\non %s: %v", asJSON(ops), asJSON(resource), err)
		case err != nil:
		case want.Refused != "":
			t.Fatalf("%s\non %s: accepted, want %s", asJSON(ops), asJSON(resource), want.Refused)
		case !maps.Equal(members, memberIDs(want.Resource)):
			t.Fatalf("%s\non %s: members %v, want %v", asJSON(ops), asJSON(resource), members, memberIDs(want.Resource))
		}
	})
}

// patchMembers returns the ids of the members that the operations leave.
func patchMembers(t tb, resource map[string]any, ops []operation) (map[string]bool, error) {
	t.Helper()
	req, err := patch.Decode(document(t, map[string]any{"schemas": []string{scim.PatchOpSchema}, "Operations": ops}), nil)
	if err != nil {
		return nil, err
	}
	whole := document(t, resource)
	group, _, err := patch.MembersOf(whole)
	if err != nil {
		return nil, err
	}
	_, delta, _, err := patch.ApplyToGroup(group, types.Group, req, func() ([]*scim.Document, error) {
		var elements []*scim.Document
		for _, v := range whole.List("members") {
			element, _ := v.(*scim.Document)
			elements = append(elements, element)
		}
		return elements, nil
	}, nil)
	if err != nil {
		return nil, err
	}
	ids := memberIDs(resource)
	maps.DeleteFunc(ids, func(id string, _ bool) bool { return delta.Reset || slices.Contains(delta.Remove, id) })
	for _, id := range delta.Add {
		ids[id] = true
	}
	return ids, nil
}

func memberIDs(group map[string]any) map[string]bool {
	ids := map[string]bool{}
	list, _ := group["members"].([]any)
	for _, v := range list {
		element, _ := v.(map[string]any)
		id, _ := element["value"].(string)
		ids[id] = true
	}
	return ids
}
