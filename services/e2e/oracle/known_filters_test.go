package oracle

import "github.com/devrev/scim/libs/scim"

// knownFilters tells how scim2-parse-filter differs. What changes the form of a filter comes before
// what changes its comparisons, and how the oracle reads literals and lists comes last.
var knownFilters = []known[string]{
	{
		name: "comparison of a value path", they: "takes it for two conditions on any elements", we: "ask one element for both",
		decides: "Entra ID, which matches users by it; outside the grammar of RFC 7644", counted: scim.ValuePathCompared,
		tell: rewriteFilter(takeIn),
	},
	{
		name: "unknown attribute", they: "does not match", we: "refuse: invalidFilter",
		decides: "RFC 7644 table 9; an answer that leaves people out would have them made again",
		tell:    refuseTerm(isUnknown),
	},
	{
		name: "attribute that is never returned", they: "compares it", we: "refuse: invalidFilter",
		decides: "RFC 7643 section 7: what is never returned is not to be told by a filter either",
		tell:    refuseTerm(isNeverReturned),
	},
	{
		name: "operator that the type does not have", they: "compares texts", we: "refuse: invalidFilter",
		decides: "RFC 7644 section 3.4.2.2, table 3: gt, ge, lt and le of boolean and binary fail; co, sw and ew are of strings",
		tell:    refuseTerm(hasNoSuchOperator),
	},
	{
		name: "complex attribute without value", they: "does not match", we: "refuse: invalidFilter",
		decides: "RFC 7644 table 9: this comparison is not supported",
		tell:    refuseTerm(hasNoValue),
	},
	{
		name: "literal of another type", they: "does not match", we: "refuse: invalidFilter",
		decides: "RFC 7643 section 2.3: the types of attributes",
		tell:    refuseTerm(isUnreadable),
	},
	{
		name: "not without parentheses", they: "understands it", we: "refuse: invalidFilter",
		decides: `RFC 7644 figure 1: not is followed by "("`,
		tell:    refuseBareNot,
	},
	{
		name: "attribute named by the URN of the core schema", they: "looks for a member of that name", we: "find the attribute",
		decides: "RFC 7644 section 3.10",
		tell:    rewriteTerm(withoutCoreURN),
	},
	{
		name: "extension's attribute without URN", they: "does not find it", we: "find it, if one extension has it",
		decides: "Entra ID, which asks for manager eq",
		tell:    rewriteTerm(withExtensionURN),
	},
	{
		name: "string without quotation marks", they: "refuses", we: "take the word for a string",
		decides: "Entra ID: externalId eq jyoung", counted: scim.UnquotedValue,
		tell: rewriteTerm(withQuotationMarks),
	},
	{
		name: "string for a boolean", they: "finds the types unequal", we: "take it for the boolean",
		decides: `Entra ID: roles[primary eq "True"]`, counted: scim.StringBoolean,
		tell: rewriteTerm(withBoolean),
	},
	{
		name: "string for a number", they: "finds the types unequal", we: "take it for the number",
		decides: "Entra ID, which writes all values as strings", counted: scim.StringNumber,
		tell: rewriteTerm(withNumber),
	},
	{
		name: "null", they: "looks for a value that is null", we: "ask whether there is a value",
		decides: "RFC 7643 section 2.5: null and no value are one",
		tell:    rewriteTerm(withPresence),
	},
	{
		name: "ne where there is no value", they: "does not match", we: "match",
		decides: "RFC 7644 section 3.4.2.2: ne is that the values are not identical; no value is not the value asked for",
		tell:    rewriteTerm(withAbsence),
	},
	{
		name: "complex attribute compared", they: "does not match", we: "compare its value",
		decides: "RFC 7644 section 3.4.2.2, whose example has emails co",
		tell:    rewriteTerm(withValue),
	},
	{
		name: "dateTime", they: "compares texts", we: "compare instants",
		decides: "RFC 7644 section 3.4.2.2, table 3: chronological order",
		tell:    convertBoth(instant),
	},
	{
		name: "negative number", they: "cannot read it, unless at the end", we: "read it",
		decides: "RFC 7644 figure 1: values are those of JSON",
		tell:    convertBoth(notNegative),
	},
	{
		name: "case", they: "compares bytes", we: "compare without case what is not caseExact",
		decides: "RFC 7643 section 2.2",
		tell:    convertBoth(fold),
	},
	{
		name: "escape sequences", they: `takes \ as it is, unless before a quotation mark`, we: "read JSON",
		decides: "RFC 7644 figure 1: values are those of JSON",
		tell:    rewriteTerm(unescaped),
	},
	{
		name: "$ref", they: "cannot read it", we: "read it",
		decides: "RFC 7644 figure 1 has no $ in names, RFC 7643 section 2.4 has the name",
		tell:    renameReferences,
	},
	{
		name: "one value at a time", they: "asks a list as a whole", we: "ask each value, and each element for the whole filter in the brackets",
		decides: "RFC 7644 section 3.4.2.2: a value path is of one element",
		tell:    separate,
	},
}
