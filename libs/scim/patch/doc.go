// Package patch is the PATCH of RFC 7644 section 3.5.2: Decode reads a request, Apply carries it out on a document,
// and SplitMembers takes out of a group's request what it does to the members, so that a store can apply that
// without reading them.
//
// An operation's path is resolved by the resource type, so that there is one mechanism for core attributes,
// extensions and whatever an organisation registers. What Okta and Entra ID are known to send beyond the RFC is
// accepted as a named coercion (scim.Tolerance); all else is refused with the RFC's error types.
//
// Where the RFC leaves a choice:
//
//   - A complex value is merged, sub-attribute by sub-attribute, also by replace: what the operation does not name stays. A
//     replace of the elements that a value path selects replaces them whole, but for their value and what the filter says. null, "" and [] clear by replace and do nothing by add.
//   - An element is known by its value and type: adding it again changes that element and makes no second one. An
//     element whose value is cleared goes as a whole.
//   - A value path that selects nothing makes the element, if its filter says by eq alone what the element is.
//   - Removing what is not there is no error.
package patch
