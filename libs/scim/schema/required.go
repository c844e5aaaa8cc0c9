package schema

import (
	"slices"

	"github.com/devrev/scim/libs/scim"
)

// CheckRequired checks that a document in stored form has all that its schemas require: attributes,
// sub-attributes of present values, extensions. What the service itself provides (readOnly) is not
// checked. The error, if any, is a *scim.Error, 400 invalidValue, naming the first path that is
// missing.
func (rt *ResourceType) CheckRequired(doc *scim.Document) error {
	if err := checkRequired("", rt.Schema.Attributes, doc); err != nil {
		return err
	}
	for _, ext := range rt.Extensions {
		extended := doc.Sub(ext.Schema.ID)
		if extended.Len() == 0 && !ext.Required {
			continue
		}
		if err := checkRequired(ext.Schema.ID+":", ext.Schema.Attributes, extended); err != nil {
			return err
		}
	}
	return nil
}

func checkRequired(prefix string, attributes []*Attribute, doc *scim.Document) error {
	for _, a := range attributes {
		if a.Required && a.kept() && len(appendValues(nil, doc, a)) == 0 {
			return scim.BadRequest(scim.InvalidValue, "%s%s is required.", prefix, a.Name)
		}
		if !slices.ContainsFunc(a.SubAttributes, func(sub *Attribute) bool { return sub.Required }) {
			continue
		}
		for _, v := range appendValues(nil, doc, a) {
			element, _ := v.(*scim.Document)
			if err := checkRequired(prefix+a.Name+".", a.SubAttributes, element); err != nil {
				return err
			}
		}
	}
	return nil
}
