package directory

import (
	"encoding/hex"
	"strings"
	"unicode"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/internal/terms"
)

// maxUserName is the longest userName in bytes; an e-mail address has at most 254 (RFC 5321 section
// 4.5.3.1).
const maxUserName = 254

// checkUserName refuses a userName that the organisation does not take.
func checkUserName(org Organisation, name string) error {
	switch {
	case strings.TrimSpace(name) == "":
		return invalidValue("userName", "every user needs one.")
	case len(name) > maxUserName:
		return invalidValue("userName", "it is longer than %d bytes.", maxUserName)
	case strings.ContainsFunc(name, unicode.IsControl):
		return invalidValue("userName", "it holds a control character.")
	case strings.ContainsFunc(name, isInvisible):
		return invalidValue("userName", "it holds an invisible character, %U: two names that look the same would be two users.", []rune(name)[strings.IndexFunc(name, isInvisible)])
	case org.UserNameFormat != terms.UserNameAny && !isEmail(name):
		return invalidValue("userName", "it must be an e-mail address. In the identity provider, set the application username format to e-mail.")
	}
	return nil
}

// isInvisible reports whether no one sees r: it is a format character, such as U+200B, or another
// that Unicode lets a font leave out, such as U+3164 or the variation selector U+FE0F.
func isInvisible(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// isEmail asks for one @ with something on both sides and no white space; whether the address
// exists, only mail can show.
func isEmail(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && local != "" && domain != "" && !strings.Contains(domain, "@") && !strings.ContainsFunc(s, unicode.IsSpace)
}

// settle makes the user that results when doc, a validated document, becomes that of before (zero:
// a new user). It applies DevRev's rules about attributes:
//   - active is DevRev's state, not part of the document; absent leaves the state alone;
//   - displayName is the person's own once there is one;
//   - a name that Entra ID writes to mark the user as deleted is none;
//   - the primary e-mail follows a change of userName, unless the same request writes another;
//   - a manager's $ref goes when the manager changes without it: Entra ID writes the value alone.
func settle(org Organisation, before User, doc *scim.Document, c *Change) (User, error) {
	after := before
	after.Document = doc
	if active, ok := takeActive(doc); ok {
		after.State = before.State.WithActive(active, before.SignedIn)
	}
	if err := keepNames(before, after, c); err != nil {
		return User{}, err
	}
	if before.Document == nil || after.UserName() != before.UserName() { // what is stored must not keep a user from being deactivated
		if err := checkUserName(org, after.UserName()); err != nil {
			return User{}, err
		}
	}
	after.NameKey = Fold(after.UserName())
	if before.Document != nil {
		keepDisplayName(before.Document, doc, c)
		dropStaleReference(before.Document, doc)
	}
	if org.UserNameFormat != terms.UserNameAny {
		followUserName(before, after)
	}
	return after, checkSize(before.Document, doc)
}

func takeActive(doc *scim.Document) (active, ok bool) {
	v, _ := doc.Get("active")
	active, ok = v.(bool)
	doc.Delete("active")
	return active, ok
}

// keepNames leaves userName and e-mails as they were where the request marks a disabled user as
// deleted, as Entra ID does with its soft delete: 32 hexadecimal digits before the name. As a
// name they would hide the user from the day the person comes back.
func keepNames(before, after User, c *Change) error {
	if before.Document == nil || after.State.Enabled() {
		return nil
	}
	if isTombstone(after.UserName(), before.UserName()) {
		if err := c.Tolerance.Accept(scim.Tombstone, "userName", scim.InvalidValue); err != nil {
			return err
		}
		after.Document.Set("userName", before.UserName())
		c.Kept = append(c.Kept, "userName")
	}
	names := []string{before.UserName()}
	for _, v := range before.Document.List("emails") {
		element, _ := v.(*scim.Document)
		names = append(names, element.String("value"))
	}
	for _, v := range after.Document.List("emails") {
		element, _ := v.(*scim.Document)
		for _, name := range names {
			if !isTombstone(element.String("value"), name) {
				continue
			}
			if err := c.Tolerance.Accept(scim.Tombstone, "emails.value", scim.InvalidValue); err != nil {
				return err
			}
			element.Set("value", name)
			c.Kept = append(c.Kept, "emails")
			break
		}
	}
	return nil
}

// isTombstone reports whether text is name behind the 32 hexadecimal digits of an object id.
func isTombstone(text, name string) bool {
	const digits = 32
	if name == "" || len(text) != digits+len(name) || Fold(text[digits:]) != Fold(name) {
		return false
	}
	_, err := hex.DecodeString(text[:digits])
	return err == nil
}

func keepDisplayName(before, doc *scim.Document, c *Change) {
	own := before.String("displayName")
	if own == "" || own == doc.String("displayName") {
		return
	}
	doc.Set("displayName", own)
	c.Kept = append(c.Kept, "displayName")
}

func dropStaleReference(before, doc *scim.Document) {
	was, is := manager(before), manager(doc)
	if is.String("value") != was.String("value") && is.String("$ref") == was.String("$ref") {
		is.Delete("$ref")
	}
}

func manager(doc *scim.Document) *scim.Document {
	return doc.Sub(scim.EnterpriseUserSchema).Sub("manager")
}

func followUserName(before, after User) {
	email := primaryEmail(after.Document)
	switch {
	case email == nil:
		addEmail(after.Document, after.UserName())
	case before.Document == nil || before.UserName() == after.UserName():
	case email.String("value") == primaryEmail(before.Document).String("value"):
		email.Set("value", after.UserName())
	}
}

// primaryEmail returns the element of emails that is primary, else the first; nil if there is none.
func primaryEmail(doc *scim.Document) *scim.Document {
	var first *scim.Document
	for _, e := range doc.List("emails") {
		element, ok := e.(*scim.Document)
		if !ok {
			continue
		}
		if primary, _ := element.Get("primary"); primary == true {
			return element
		}
		if first == nil {
			first = element
		}
	}
	return first
}

func addEmail(doc *scim.Document, address string) {
	doc.Set("emails", []any{scim.NewDocument("value", address, "type", "work", "primary", true)})
}

// setEmail makes address the userName and the primary e-mail of doc.
func setEmail(doc *scim.Document, address string) {
	doc.Set("userName", address)
	if email := primaryEmail(doc); email != nil {
		email.Set("value", address)
	} else {
		addEmail(doc, address)
	}
}
