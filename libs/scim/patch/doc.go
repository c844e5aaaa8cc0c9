// Package patch implements the PATCH of RFC 7644 section 3.5.2: Decode reads a request, Apply
// applies it to a document, and SplitMembers separates the changes of a group's members from the
// rest, so that a store can apply those without reading the members.
//
// An operation's path is resolved by the resource type, so that there is one mechanism for core
// attributes, extensions and the schemas that an organisation registers. Known departures of Okta
// and Entra ID from the RFC are accepted as named coercions (scim.Tolerance); all others are
// refused with the RFC's error types.
//
// Where the RFC leaves a choice:
//
//   - A complex value is merged, sub-attribute by sub-attribute, also by replace: what the
//     operation does not name stays. A replace of the elements that a value path selects replaces
//     them whole, except for their value and the sub-attributes in the filter. null, "" and []
//     clear by replace and do nothing by add.
//   - An element is identified by its value and type: adding it again changes that element and
//     creates no second one. An element whose value is cleared is removed as a whole.
//   - A value path that selects nothing creates the element, if its filter describes it by eq
//     alone.
//   - Removing an absent value is not an error.
package patch
