package directory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/devrev/scim/services/scim/directory"
)

// told returns the outcomes as "1 applied title, 2 kept displayName: why".
func told(c *directory.Change) string {
	var lines []string
	for _, o := range c.Outcomes {
		line := fmt.Sprint(o.Operation, " ", o.Result, " ", o.Path)
		if o.Why != "" {
			line += ": " + o.Why
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestOutcomesOfAUser(t *testing.T) {
	t.Parallel()
	const undone = ": a later operation, or a rule of DevRev, put back what was there"
	for _, c := range []struct{ rule, operations, want string }{
		{"a changed attribute is applied", `[{"op":"replace","path":"title","value":"Guide"}]`, "1 applied title"},
		{"what is so already has no effect", `[{"op":"replace","path":"active","value":true}]`, "1 no effect active: nothing to change"},
		{"displayName is kept", `[{"op":"replace","value":{"displayName":"Babs","title":"Guide"}}]`, "1 kept displayName: it is the person's own\n1 applied title"},
		{"the displayName that is there has no effect", `[{"op":"replace","path":"displayName","value":"Barbara Jensen"}]`, "1 no effect displayName: nothing to change"},
		{"a state that is set back has no effect", `[{"op":"replace","path":"active","value":false},{"op":"replace","path":"active","value":true}]`, "1 no effect active" + undone + "\n2 no effect active" + undone},
		{"the e-mail that comes back has no effect", `[{"op":"remove","path":"emails"}]`, "1 no effect emails" + undone},
		{"a part of a changed attribute is applied", `[{"op":"replace","path":"name.givenName","value":"Babs"}]`, "1 applied name.givenName"},
		{"a displayName that is removed is kept", `[{"op":"remove","path":"displayName"}]`, "1 kept displayName: it is the person's own"},
		{"what marks a user as deleted is no name", `[{"op":"replace","path":"active","value":false},{"op":"replace","path":"userName","value":"0123456789abcdef0123456789ABCDEFbjensen@example.com"}]`, "1 applied active\n2 kept userName: it only marks the user as deleted"},
		{"what no schema has is ignored", `[{"op":"replace","value":{"shoeSize":9,"title":"Guide"}}]`, "1 ignored shoeSize: no schema has it\n1 applied title"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			_, made, err := w.patch(w.user(babs).ID, c.operations)
			w.Must(err)
			w.equal("told", told(made), c.want)
		})
	}
}

func TestOutcomesOfAGroup(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ rule, operations, want string }{
		{"a member that joins", `[{"op":"add","path":"members","value":[{"value":"B"}]}]`, "1 applied members"},
		{"a member that is there", `[{"op":"add","path":"members","value":[{"value":"A"}]}]`, "1 no effect members: nothing to change"},
		{"a member that leaves", `[{"op":"remove","path":"members[value eq \"A\"]"}]`, "1 applied members"},
		{"a member that is not there", `[{"op":"remove","path":"members[value eq \"B\"]"}]`, "1 no effect members: nothing to change"},
		{"who comes and goes in one request", `[{"op":"add","path":"members","value":[{"value":"B"}]},{"op":"remove","path":"members[value eq \"B\"]"}]`, "1 no effect members: nothing to change\n2 no effect members: nothing to change"},
		{"nobody", `[{"op":"add","path":"members","value":[]}]`, "1 no effect members: the value names no member"},
		{"an id that no user has", `[{"op":"add","path":"members","value":[{"value":"01900000-0000-7000-8000-000000000000"}]}]`, "1 skipped members: no user has 1 of the ids"},
		{"beside one that joins", `[{"op":"add","path":"members","value":[{"value":"C"},{"value":"B"}]}]`, "1 applied members: no user has 1 of the ids"},
		{"all of them", `[{"op":"remove","path":"members"}]`, "1 applied members"},
		{"the same ones", `[{"op":"replace","path":"members","value":[{"value":"A"}]}]`, "1 no effect members: nothing to change"},
		{"others", `[{"op":"replace","path":"members","value":[{"value":"B"}]}]`, "1 applied members"},
		{"a name and its members", `[{"op":"replace","value":{"displayName":"Guides","members":[{"value":"B"}]}}]`, "1 applied members\n1 no effect displayName: nothing to change"},
		{"a name that comes back", `[{"op":"replace","path":"displayName","value":"Leaders"},{"op":"replace","path":"displayName","value":"Guides"}]`, "1 no effect displayName: a later operation, or a rule of DevRev, put back what was there\n2 no effect displayName: a later operation, or a rule of DevRev, put back what was there"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			a, b := w.user(`{"userName":"a@example.com"}`), w.user(`{"userName":"b@example.com"}`)
			ids := strings.NewReplacer(`"A"`, `"`+string(a.ID)+`"`, `\"A\"`, `\"`+string(a.ID)+`\"`, `"B"`, `"`+string(b.ID)+`"`, `\"B\"`, `\"`+string(b.ID)+`\"`)
			g := w.group(ids.Replace(`{"displayName":"Guides","members":[{"value":"A"}]}`))
			made, err := w.patchGroup(g.ID, ids.Replace(c.operations))
			w.Must(err)
			w.equal("told", told(made), c.want)
		})
	}
}
