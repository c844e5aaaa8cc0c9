package activity

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
)

// Bounds of an entry, since a request may be of any length.
const (
	most      = 100      // of each list
	maxText   = 200      // bytes of a name, path or id
	maxDetail = 1 << 10  // bytes of a refusal's detail
	maxValue  = 2 << 10  // bytes of a value as JSON
	maxValues = 32 << 10 // bytes of all of them
)

// tell records in e what a change did.
func (e *Entry) tell(org directory.Organisation, made *directory.Change) {
	e.Effect = made.Effect
	e.Ignored, e.Omitted.Ignored = some(leftOut(made), func(a scim.Accepted) Ignored {
		return Ignored{clip(a.Path, maxText), a.Coercion.LeftOut()}
	})
	e.Kept = made.Kept
	e.Name = nameOf(org, made)
	e.Skipped, e.Omitted.Skipped = some(made.Skipped, func(id directory.UserID) string { return clip(string(id), maxText) })
	e.Waits = made.Waits
	if made.Effect != directory.EffectUnchanged {
		e.State = Transition{made.Before.State, made.After.State}
		e.differ(org, made)
	}
	e.Operations, e.Omitted.Operations = some(made.Outcomes, func(o directory.Outcome) Operation {
		return Operation{o.Operation, o.Op, clip(o.Path, maxText), o.Result, o.Why}
	})
}

// leftOut returns what a change left out by tolerance, except what an operation says of itself.
func leftOut(made *directory.Change) []scim.Accepted {
	return slices.DeleteFunc(slices.Clone(made.Tolerance.Accepted), func(a scim.Accepted) bool {
		return a.Coercion.LeftOut() == "" || slices.ContainsFunc(made.Outcomes, func(o directory.Outcome) bool {
			return o.Result == directory.ResultIgnored && o.Path == a.Path
		})
	})
}

// nameOf returns what the resource is called after a change, or was before; of a refused create,
// what was asked for.
func nameOf(org directory.Organisation, made *directory.Change) string {
	doc := made.After.Document
	if doc == nil {
		doc = made.Before.Document
	}
	switch {
	case org.HideValues:
		return ""
	case doc == nil:
		return clip(made.Asked, maxText)
	}
	name := doc.String("userName")
	if name == "" {
		name = doc.String("displayName")
	}
	return clip(name, maxText)
}

// differ writes into e which attributes a change changed.
func (e *Entry) differ(org directory.Organisation, made *directory.Change) {
	before, after := directory.Attributes(made.Before.Document), directory.Attributes(made.After.Document)
	changed := directory.Changed(made.Before.Document, made.After.Document)

	rt := org.Schemas.Group
	if e.Resource.Type == org.Schemas.User.Name {
		rt = org.Schemas.User
	}
	left := maxValues
	e.Attributes, e.Omitted.Attributes = some(changed, func(path string) Difference {
		d := Difference{Attribute: path}
		switch {
		case rt.IsSecret(path):
			d.Withheld = ReasonSecret
		case org.HideValues:
			d.Withheld = ReasonHidden
		default:
			d.Before, d.After = text(before, path), text(after, path)
		}
		size := len(d.Before) + len(d.After)
		if len(d.Before) > maxValue || len(d.After) > maxValue || size > left {
			return Difference{Attribute: path, Withheld: ReasonTooLong}
		}
		left -= size
		return d
	})
}

// text returns the value at path as JSON, nil if there is none.
func text(values map[string]any, path string) json.RawMessage {
	v, ok := values[path]
	if !ok {
		return nil
	}
	data, _ := json.Marshal(v) // what a document holds always encodes
	return data
}

// some returns the first of list, as an entry holds them, and how many were left out.
func some[In, Out any](list []In, as func(In) Out) (kept []Out, omitted int) {
	for _, v := range list[:min(len(list), most)] {
		kept = append(kept, as(v))
	}
	return kept, len(list) - len(kept)
}

// clip returns at most so many bytes of what a client wrote, as text that every store takes.
func clip(s string, bytes int) string {
	return strings.ToValidUTF8(s[:min(len(s), bytes)], "")
}
