package directory

import (
	"fmt"
	"slices"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/patch"
	"github.com/devrev/scim/libs/scim/schema"
)

// Result is what one operation of a PATCH came to in the directory, which may be less than what
// package patch made of the document.
type Result string

// The results.
const (
	ResultApplied  Result = "applied"   // it changed the resource
	ResultKept     Result = "kept"      // its value was not applied: the attribute is the person's own, or the value no name
	ResultSkipped  Result = "skipped"   // it names members that no user of the organisation is
	ResultIgnored  Result = "ignored"   // it was left out: it names what no one knows, or what no client writes
	ResultNoEffect Result = "no effect" // the resource was so already, or is so again
)

// Outcome is what became of one operation, or of one attribute of the object that it carried. It is
// for people to read and holds no value of an attribute.
type Outcome struct {
	Operation int // 1-based place in the request
	Op        patch.Op
	Path      string // of the attribute, without what a filter selected; "" for the resource
	Result    Result
	Why       string // a phrase; "" where Result says it all
}

// outcomeOf returns what package patch says of an operation.
func outcomeOf(o patch.Outcome) Outcome {
	result := map[patch.Result]Result{patch.ResultApplied: ResultApplied, patch.ResultIgnored: ResultIgnored, patch.ResultNoOp: ResultNoEffect}[o.Result]
	return Outcome{o.Operation, o.Op, o.Path, result, o.Why}
}

// userOutcomes returns what became of the operations that made after of before; kept are the
// attributes that settle left to the person.
func userOutcomes(org Organisation, before, after User, done []patch.Outcome, kept []string) []Outcome {
	outcomes := make([]Outcome, len(done))
	for i, o := range done {
		outcomes[i] = outcomeOf(o)
		if o.Result != patch.ResultApplied {
			continue
		}
		switch {
		case slices.Contains(kept, o.Path) && o.Path == "displayName":
			outcomes[i].Result, outcomes[i].Why = ResultKept, "it is the person's own"
		case slices.Contains(kept, attributeOf(org.Schemas.User, o.Path)):
			outcomes[i].Result, outcomes[i].Why = ResultKept, "it only marks the user as deleted"
		case o.Path == "active" && before.State == after.State:
			outcomes[i].Result, outcomes[i].Why = ResultNoEffect, undone
		case o.Path != "active" && same(org.Schemas.User, o.Path, before.Document, after.Document):
			outcomes[i].Result, outcomes[i].Why = ResultNoEffect, undone
		}
	}
	return outcomes
}

// attributeOf returns the name of the core attribute in which path lies, "" if there is none.
func attributeOf(rt *schema.ResourceType, path string) string {
	p, err := rt.Resolve(path)
	if err != nil || p.Attribute == nil || p.Extension != "" {
		return ""
	}
	return p.Attribute.Name
}

// undone is why an operation that did change the document has no effect.
const undone = "a later operation, or a rule of DevRev, put back what was there"

// groupOutcomes returns what became of the operations by which c came about.
func groupOutcomes(org Organisation, done []patch.Outcome, c *Change) []Outcome {
	moved, unknown := make(map[string]bool), make(map[string]bool)
	for _, id := range c.Members.Added {
		moved[string(id)] = true
	}
	for _, id := range c.Members.Removed {
		moved[string(id)] = true
	}
	for _, id := range c.Skipped {
		unknown[string(id)] = true
	}
	outcomes := make([]Outcome, len(done))
	for i, o := range done {
		outcomes[i] = outcomeOf(o)
		switch {
		case o.Result != patch.ResultApplied:
		case o.Everyone || len(o.Members) > 0:
			outcomes[i].ofMembers(o, moved, unknown, len(c.Members.Removed) > 0)
		case same(org.Schemas.Group, o.Path, c.Before.Document, c.After.Document):
			outcomes[i].Result, outcomes[i].Why = ResultNoEffect, undone
		}
	}
	return outcomes
}

// ofMembers says of an operation on members what came of it: moved are the users who joined or left
// by the whole request, unknown the ids that no user has, and anyLeft reports whether a member
// left.
func (o *Outcome) ofMembers(done patch.Outcome, moved, unknown map[string]bool, anyLeft bool) {
	changed, skipped := done.Everyone && anyLeft, 0
	for _, id := range done.Members {
		changed = changed || moved[id]
		if done.Op != patch.Remove && unknown[id] {
			skipped++
		}
	}
	switch {
	case skipped > 0:
		o.Why = fmt.Sprintf("no user has %d of the ids", skipped)
		if !changed {
			o.Result = ResultSkipped
		}
	case !changed:
		o.Result, o.Why = ResultNoEffect, "nothing to change"
	}
}

// same reports whether the attribute in which path lies is the same in both documents.
func same(rt *schema.ResourceType, path string, before, after *scim.Document) bool {
	p, err := rt.Resolve(path)
	if err != nil {
		return false
	}
	p.Sub = nil
	was, is := p.Values(before), p.Values(after)
	return scim.EqualValues(was, is)
}
