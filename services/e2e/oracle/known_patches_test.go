package oracle

import "github.com/devrev/scim/libs/scim"

// knownPatches tells how scim-patch differs. First comes what an operation is made of, then which
// attributes it may write, its value, what its path selects, and at last what becomes of a list.
var knownPatches = []known[operation]{
	{
		name: "empty string", they: "writes it", we: "take it for no value",
		decides: `Okta, which pushes "" for what was cleared, and Entra ID: "manager": ""`,
		tell:    nullForEmptyString,
	},
	{
		name: "read-only members", they: "writes them", we: "leave them out",
		decides: "Okta, which sends id with each rename", counted: scim.ReadOnlyIgnored,
		tell: dropMembers(func(t target, ok bool) bool { return ok && t.isReadOnly() }),
	},
	{
		name: "object without path", they: "writes its members as they are", we: "do each as an operation with a path",
		decides: "RFC 7644 sections 3.5.2.1 and 3.5.2.3: its members are attributes, and a complex one is merged",
		tell:    splitObject,
	},
	{
		name: "whole extension", they: "takes the end of the URN for an attribute", we: "do each of its attributes",
		decides: "RFC 7644 section 3.10",
		tell:    splitExtension,
	},
	{
		name: "unknown attribute", they: "writes it", we: "leave it out",
		decides: "Entra ID: a refusal would stop the whole request, deactivation included", counted: scim.UnknownIgnored,
		tell: leaveOutUnknown,
	},
	{
		name: "unknown URN", they: "makes an extension", we: "ignore it",
		decides: "Entra ID, which has a group schema of its own", counted: scim.UnknownSchema,
		tell: ignoreUnknownURN,
	},
	{
		name: "unknown members", they: "writes them", we: "leave them out",
		decides: "Entra ID, which sends whatever an administrator has mapped", counted: scim.UnknownIgnored,
		tell: dropMembers(func(_ target, ok bool) bool { return !ok }),
	},
	{
		name: "nothing that is known", they: "answers that it is done", we: "refuse: invalidPath or mutability",
		decides: "a success has done what it asked",
		whole:   refuseNothingKnown,
	},

	{
		name: "schemas and password", they: "writes them", we: "ignore them",
		decides: "RFC 7643 section 3: schemas follows from the attributes; Okta, which sends a password that no one wants",
		tell:    around(ignoreWhatIsNotKept),
	},
	{
		name: "read-only attribute", they: "writes it", we: "refuse: mutability",
		decides: "RFC 7644 section 3.5.2",
		tell:    refuseMutability(func(_ operation, t target) bool { return t.isReadOnly() }),
	},
	{
		name: "read-only sub-attribute", they: "writes it", we: "leave it out",
		decides: "RFC 7644 section 3.5.2: the display of a member follows from the user",
		tell:    rewriteTarget(withoutReadOnly),
	},
	{
		name: "active", they: "removes it", we: "refuse: mutability",
		decides: "a person is active or is not: to remove it asks for neither",
		tell:    refuseMutability(func(op operation, t target) bool { return t.Attribute.Lasting && op.is("remove") }),
	},
	{
		name: "required attribute", they: "removes it", we: "refuse: mutability",
		decides: "RFC 7644 section 3.5.2.2",
		tell:    refuseMutability(func(op operation, t target) bool { return t.Attribute.Required && t.Sub == nil && op.clears() }),
	},
	{
		name: "immutable sub-attribute", they: "writes it", we: "refuse: mutability",
		decides: "RFC 7643 section 4.2: a member does not become another",
		tell:    refuseMutability(func(_ operation, t target) bool { return t.filter != "" && t.isImmutable() }),
	},

	{
		name: "extension's attribute without URN", they: "writes it beside the extension", we: "find it, if one extension has it",
		decides: `Entra ID: "path": "manager"`,
		tell:    rewriteTarget(extensionsPath),
	},
	{
		name: "names in another case", they: "takes them for other names", we: "take them for the same",
		decides: "RFC 7643 section 2.1",
		tell:    rewriteTarget(canonicalNames),
	},
	{
		name: "string for a boolean", they: "writes the string", we: "write the boolean",
		decides: `Entra ID: "value": "False"`, counted: scim.StringBoolean,
		tell: rewriteTarget(booleans),
	},
	{
		name: "list for a single value", they: "writes the list", we: "write the value in it",
		decides: "Entra ID, for manager", counted: scim.SingleAsList,
		tell: rewriteTarget(singleValue),
	},
	{
		name: "single value for a list", they: "merges it into each element, or writes it as it is", we: "take it for a list of one",
		decides: "Entra ID", counted: scim.ListAsSingle,
		tell: rewriteTarget(listOfOne),
	},
	{
		name: "value for a complex value", they: "writes it, or refuses", we: "take it for the sub-attribute value",
		decides: `Entra ID: "manager": "26118915"`, counted: scim.ValueForComplex,
		tell: rewriteTarget(complexValue),
	},
	{
		name: "add of nothing", they: "clears the attribute", we: "change nothing",
		decides: "RFC 7644 section 3.5.2.1: add takes nothing away",
		tell:    around(addNothing),
	},
	{
		name: "replace by nothing", they: "fails inside, for a complex value", we: "remove",
		decides: "RFC 7643 section 2.5: null and no value are one",
		tell:    rewriteTarget(removeForNull),
	},
	{
		name: "remove with the value that is to go", they: "refuses", we: "remove what the path names",
		decides: `Entra ID: "op": "Remove", "path": "title", "value": "old"`,
		tell:    rewriteTarget(removeWithoutValue),
	},
	{
		name: "remove with a list of values", they: "removes what is equal as a whole", we: "remove what has all that is listed of it",
		decides: `Entra ID: "value": [{"$ref": null, "value": "2819c223"}]`, counted: scim.RemoveWithValue,
		tell: around(removeListed),
	},

	{
		name: "string for a boolean in a value path", they: "finds the types unequal", we: "take it for the boolean",
		decides: `Entra ID: roles[primary eq "True"].value`, counted: scim.StringBoolean,
		tell: rewriteSelection(withBoolean),
	},
	{
		name: "value path that selects nothing", they: "makes an element if the filter is one eq, for a sub-attribute",
		we:      "make it also if it is several, joined by and, or for the whole element",
		decides: "Entra ID, which fills in addresses and roles that way", counted: scim.CreatedByFilter,
		tell: around(createDescribed),
	},
	{
		name: "remove of what is not there", they: "refuses, for a value path", we: "change nothing",
		decides: "Okta, which removes members that are gone; RFC 7644 section 3.5.2.2 has no error for it",
		tell:    around(removeWhatIsThere),
	},
	{
		name: "replace of selected elements", they: "merges", we: "replace all but value and what the filter says",
		decides: "RFC 7644 section 3.5.2.3: all matching values are replaced",
		tell:    rewriteTarget(replaceWhole),
	},
	{
		name: "element that never had a value", they: "makes it", we: "make none",
		decides: "RFC 7643 section 2.5; a person would have an e-mail without an address",
		whole:   pruneEmpty,
	},
	{
		name: "element without its value", they: "keeps what is left of it", we: "remove it",
		decides: "Entra ID, which clears an address so; what is left would describe nothing",
		tell:    around(removeSpent),
	},

	{
		name: "sub-attribute of a list that is not there", they: "makes an object", we: "make a list",
		decides: "RFC 7643 section 2.4",
		tell:    around(makeList),
	},
	{
		name: "duplicates", they: "keeps them", we: "keep one",
		decides: "RFC 7643 section 2.4",
		tell:    around(keepDistinct),
	},
	{
		name: "primary", they: "leaves several", we: "leave the last one",
		decides: "RFC 7644 section 3.5.2: a new primary takes the place of the old",
		tell:    around(keepOnePrimary),
	},
	{
		name: "the same element", they: "compares all of it", we: "know it by value and type, and change it",
		decides: "RFC 7643 section 2.4: no two elements have the same type and value",
		tell:    around(joinElements),
	},
	{
		name: "case in a value path", they: "compares bytes", we: "compare without case what is not caseExact",
		decides: "RFC 7643 section 2.2",
		tell:    rewriteTarget(inEachSpelling),
	},
	{
		name: "ne in a value path where there is no value", they: "does not select", we: "select",
		decides: "RFC 7644 section 3.4.2.2, as in a filter",
		tell:    rewriteSelection(withAbsence),
	},
	{
		name: "escape sequences in a value path", they: `takes \ as it is, unless before a quotation mark`, we: "read JSON",
		decides: "RFC 7644 section 3.4.2.2, as in a filter",
		tell:    rewriteSelection(unescaped),
	},
	{
		name: "colon in a value path", they: "takes it for the end of a URN", we: "read it",
		decides: "RFC 7644 figure 1: values are those of JSON",
		tell:    around(hideColons),
	},
}
