package directory

import (
	"slices"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/patch"
	"github.com/devrev/scim/services/internal/terms"
)

// What the identity provider believes a user to be is a document of its own: what its requests
// would have made of the user if no one had changed anything in DevRev, and nothing were the
// person's own. It has the state in active. It is never stored: a Word has where it differs.

// active is what a believed document calls the state.
const active = "active"

// believed returns what the identity provider believes u to be.
func (u User) believed() *scim.Document {
	doc := u.stored()
	for _, s := range u.Word.Said {
		SetAttribute(doc, s.Attribute, s.Value, s.Value != nil)
	}
	return doc
}

// stored returns what u is, in the form of a believed document.
func (u User) stored() *scim.Document {
	doc := u.Document.Clone()
	if doc == nil {
		doc = scim.NewDocument()
	}
	doc.Set(active, u.State.Enabled())
	return doc
}

// believeAll notes what the identity provider believes after a request that says all of a user: doc
// is its document. What it may leave out without saying anything is believed as before.
func (c *Change) believeAll(org Organisation, before User, doc *scim.Document) {
	was, said := before.believed(), doc.Clone()
	for _, own := range []string{active, "displayName"} {
		v, known := was.Get(own)
		if _, ok := said.Get(own); !ok && known && before.Document != nil {
			said.Set(own, v)
		}
	}
	if _, ok := said.Get(active); !ok {
		said.Set(active, true)
	}
	c.believe(org, before, was, said)
}

// believeParts notes what the identity provider believes after a PATCH, which made doc of what was
// stored of before.
func (c *Change) believeParts(org Organisation, before User, req patch.Request, doc *scim.Document) {
	if len(before.Word.Said) == 0 {
		c.believe(org, before, before.Document, doc.Clone())
		return
	}
	was := before.believed()
	said, _, err := patch.Apply(was.Clone(), org.Schemas.User, req, &scim.Tolerance{})
	if err != nil { // what it asks for cannot be made of what it believes: it saw what is stored
		said = was.Clone()
		changed := Attributes(doc)
		for _, attribute := range Changed(before.stored(), doc) {
			value, there := changed[attribute]
			SetAttribute(said, attribute, value, there)
		}
	}
	c.believe(org, before, was, said)
}

// believe notes what the identity provider believes: said, in which the rules of settle hold,
// except for displayName. Where the rules change what it said, both are its word: a mail address
// that follows the userName is no difference, and neither is one that does not.
func (c *Change) believe(org Organisation, before User, was, said *scim.Document) {
	c.said = said.Clone()
	enabled, _ := said.Get(active)
	then, now := before, before
	then.Document, now.Document = was, said
	if before.Document == nil {
		then.Document = nil
	} else {
		now.State = before.State.WithActive(enabled == true, before.SignedIn)
		_ = keepNames(then, now, &Change{}) // lenient, so it refuses nothing
		dropStaleReference(was, said)
	}
	if org.UserNameFormat != terms.UserNameAny {
		followUserName(then, now)
	}
	c.believed = said
}

// heard returns the Word of after, which the change makes of before.
func (c *Change) heard(org Organisation, before, after User) Word {
	var w Word
	because, believed := DriftKept, c.believed
	if c.Cause.By != "" && !c.Wish {
		because, believed, w.Refused = DriftChanged, before.believed(), before.Word.Refused
	}
	if c.Cause.Undo != "" {
		because = DriftUndone
	}
	if believed == nil || after.Deleted {
		return w
	}
	stored, rt := after.stored(), org.Schemas.User
	is, said, word := Attributes(stored), Attributes(believed), Attributes(c.said)
	for _, attribute := range Changed(stored, believed) {
		if rt.SameValue(attribute, is[attribute], said[attribute]) || c.said != nil && rt.SameValue(attribute, is[attribute], word[attribute]) {
			continue
		}
		s := Said{attribute, said[attribute], because, after.Modified, c.Cause.RequestID, c.Cause.By, c.Cause.Client}
		known, ok := before.Word.of(attribute)
		again := because == DriftKept && known.Because != because && slices.Contains(c.Kept, attribute)
		if ok && !again && scim.EqualValues(known.Value, s.Value) {
			s = known
		}
		w.Said = append(w.Said, s)
	}
	return w
}

// Apart returns what is stored of u and what the identity provider believes it is, of one of the
// attributes in its Word.
func (u User) Apart(s Said) (stored, said any) {
	return Attributes(u.stored())[s.Attribute], s.Value
}
