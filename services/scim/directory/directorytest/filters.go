package directorytest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/services/scim/directory"
)

// selection is a filter and those of the staff that satisfy it, in the order of their names.
type selection struct{ filter, want string }

const everybody = "agent baker clerk driver"

// userSelections and groupSelections map rules to filters that show them. {agent} is replaced by
// that user's id.
func userSelections() map[string][]selection {
	return map[string][]selection{
		"eq folds case, unless the attribute is caseExact": {
			{`userName eq "AGENT@example.COM"`, "agent"},
			{`userName eq "agent@example.co"`, ""},
			{`title eq "STRASSE"`, "clerk"},
			{`name.familyName eq "ÅGREN"`, "agent clerk"},
			{`name.familyName eq "A\u030AGREN"`, "agent clerk"},
			{`externalId eq "Ab.1"`, "agent"},
			{`externalId eq "ab.1"`, "baker"},
			{`externalId eq "AB.1"`, ""},
			{`urn:example:params:scim:schemas:extension:badge:2.0:User:link eq "https://example.com/a"`, ""},
			{`urn:example:params:scim:schemas:extension:badge:2.0:User:code eq "ab"`, "driver"},
			{`urn:example:params:scim:schemas:extension:badge:2.0:User:photo eq "Qq=="`, "agent"},
			{`urn:example:params:scim:schemas:extension:badge:2.0:User:photo eq "qq=="`, ""},
		},
		"schemas, id, meta and state can be asked for": {
			{`schemas eq "urn:ietf:params:scim:schemas:core:2.0:User"`, everybody},
			{`schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"`, "agent clerk"},
			{`not (schemas co "extension:enterprise")`, "baker driver"},
			{`id eq "{driver}"`, "driver"},
			{`id eq "{driver}" or id eq "{agent}"`, "agent driver"},
			{`id ne "{driver}"`, "agent baker clerk"},
			{`id eq "no such id"`, ""},
			{`id sw "{driver}"`, "driver"},
			{`id gt "{agent}"`, "baker driver"},
			{`meta.resourceType eq "User"`, everybody},
			{`meta.version eq "W/\"1\""`, everybody},
			{`active eq false`, "baker"},
			{`active ne false`, "agent clerk driver"},
			{`urn:devrev:params:scim:schemas:extension:1.0:User:state eq "shadow"`, "clerk driver"},
		},
		"externalId, userName and id as parts of larger filters": {
			{`externalId eq "Ab.1" and title pr`, ""},
			{`externalId eq "Ab.1" or title eq "baker"`, "agent baker"},
			{`not (externalId eq "Ab.1")`, "baker clerk driver"},
			{`active eq true and userName eq "agent@example.com"`, "agent"},
			{`userName eq "agent@example.com" and userName eq "baker@example.com"`, ""},
			{`userName eq "gone@example.com"`, ""},
			{`userName eq "gone@example.com" or id eq "{baker}"`, "baker"},
			{`id eq "{baker}" and id eq "{agent}"`, ""},
			{`id eq "{driver}" or id eq "no such id" or id eq "{driver}" or id eq "{agent}"`, "agent driver"},
			{`(id eq "{driver}" or userName eq "agent@example.com" or id eq "{baker}") and active eq true`, "agent driver"},
			{`id eq "{driver}" or title eq "baker"`, "baker driver"},
		},
		"ne is satisfied by another value, and by none": {
			{`title ne "BAKER"`, "agent clerk driver"},
			{`emails.type ne "work"`, everybody},
			{`emails.type ne "home"`, "agent clerk driver"},
			{`emails.value ne "driver@example.com"`, "agent baker clerk"},
			{`urn:example:params:scim:schemas:extension:badge:2.0:User:number ne 7`, "baker clerk driver"},
			{`urn:example:params:scim:schemas:extension:badge:2.0:User:active ne true`, "baker clerk driver"},
			{`urn:example:params:scim:schemas:extension:badge:2.0:User:expires ne "2026-03-01T10:00:00Z"`, "clerk driver"},
		},
		"not is the opposite of its filter": {
			{`not (emails.type eq "home")`, "clerk driver"},
			{`not (emails.type ne "home")`, "baker"},
			{`not (title pr)`, "agent"},
			{`not (title gt "c")`, "agent baker"},
			{`not (not (title pr))`, "baker clerk driver"},
			{`not (title pr and active eq true)`, "agent baker"},
		},
		"co, sw and ew take their value literally": {
			{`title co "RIV"`, "driver"},
			{`title co "(N"`, "driver"},
			{`title co "."`, ""},
			{`title sw "d"`, "driver"},
			{`title sw "^d"`, ""},
			{`title ew "r"`, "baker"},
			{`title ew ")"`, "driver"},
			{`title co "sse"`, "clerk"},
			{`displayName co "% off.$"`, "agent"},
			{`displayName ew ".$"`, "agent"},
			{`displayName sw "50%"`, "agent"},
			{`displayName co "\"b\\"`, "driver"},
			{`displayName eq "a\"b\\c"`, "driver"},
			{`externalId sw "A"`, "agent"},
			{`externalId sw "A."`, ""},
			{`externalId co "b."`, "agent baker"},
			{`userName co ""`, everybody},
			{`emails.value co "HOME"`, "agent"},
			{`emails co "example"`, "agent driver"},
			{`urn:example:params:scim:schemas:extension:badge:2.0:User:link sw "https://example.com/"`, "agent"},
		},
		"pr and null ask whether there is a value": {
			{`title pr`, "baker clerk driver"},
			{`emails pr`, "agent baker driver"},
			{`emails.value pr`, "agent driver"},
			{`name pr`, "agent clerk"},
			{`name.givenName pr`, "agent"},
			{`title eq null`, "agent"},
			{`title ne null`, "baker clerk driver"},
			{`emails.value eq null`, "baker clerk"},
			{`externalId eq null`, "clerk driver"},
			{`userName pr`, everybody},
			{`nickName pr`, ""},
			{`urn:example:params:scim:schemas:extension:badge:2.0:User:doors pr`, "clerk driver"},
		},
		"strings have an order, in their folded form": {
			{`title gt "C"`, "clerk driver"},
			{`title lt "driver"`, "baker"},
			{`title ge "BAKER"`, "baker clerk driver"},
			{`title gt "BAKER"`, "clerk driver"},
			{`title le "baker"`, "baker"},
			{`externalId lt "a"`, "agent"},
			{`emails.value gt "m"`, "agent"},
		},
		"numbers compare as numbers": {
			{`urn:example:params:scim:schemas:extension:badge:2.0:User:number eq 7`, "agent"},
			{`urn:example:params:scim:schemas:extension:badge:2.0:User:number gt 9`, "baker"},
			{`urn:example:params:scim:schemas:extension:badge:2.0:User:number ge 9`, "baker driver"},
			{`urn:example:params:scim:schemas:extension:badge:2.0:User:number lt 10`, "agent driver"},
			{`urn:example:params:scim:schemas:extension:badge:2.0:User:number le 7`, "agent"},
			{`urn:example:params:scim:schemas:extension:badge:2.0:User:height eq 2`, "clerk"},
			{`urn:example:params:scim:schemas:extension:badge:2.0:User:height gt 1.25`, "agent clerk"},
			{`urn:example:params:scim:schemas:extension:badge:2.0:User:height lt 15e-1`, ""},
		},
		"dateTimes compare as instants": {
			{`urn:example:params:scim:schemas:extension:badge:2.0:User:expires eq "2026-03-01T11:00:00+01:00"`, "agent baker"},
			{`urn:example:params:scim:schemas:extension:badge:2.0:User:expires eq "2026-03-01T10:00:00.000Z"`, "agent baker"},
			{`urn:example:params:scim:schemas:extension:badge:2.0:User:expires gt "2026-03-01T10:00:00Z"`, "driver"},
			{`urn:example:params:scim:schemas:extension:badge:2.0:User:expires lt "2026-03-01T05:00:00.001-05:00"`, "agent baker"},
			{`urn:example:params:scim:schemas:extension:badge:2.0:User:expires ge "2026-03-01T10:00:00.001Z"`, "driver"},
			{`meta.created gt "2026-03-02T09:01:00.123Z"`, "baker driver"},
			{`meta.created ge "2026-03-02T10:01:00.123+01:00"`, "agent baker driver"},
			{`meta.created eq "2026-03-02T09:02:00.123Z"`, "driver"},
			{`meta.lastModified lt "2026-03-02T09:08:00.123Z"`, "baker"},
		},
		"booleans are equal or not": {
			{`urn:example:params:scim:schemas:extension:badge:2.0:User:active eq false`, "clerk"},
			{`urn:example:params:scim:schemas:extension:badge:2.0:User:active eq true`, "agent"},
			{`emails.primary eq true`, "agent"},
			{`emails.primary eq false`, ""},
		},
		"a comparison at a multi-valued attribute is satisfied by any value": {
			{`emails.value eq "agent@EXAMPLE.com"`, "agent"},
			{`emails eq "zz@home.example.com"`, "agent"},
			{`emails.type eq "home"`, "agent baker"},
			{`urn:example:params:scim:schemas:extension:badge:2.0:User:doors eq "SOUTH"`, "clerk driver"},
			{`urn:example:params:scim:schemas:extension:badge:2.0:User:doors ne "south"`, "agent baker clerk"},
			{`emails.type eq "home" and emails.value sw "agent@"`, "agent"},
		},
		"a value path is satisfied by one and the same element": {
			{`emails[type eq "home" and value sw "agent@"]`, ""},
			{`emails[type eq "WORK" and value ew "example.com"]`, "agent"},
			{`emails[type eq "home" and value pr]`, "agent"},
			{`emails[type eq "home" and not (value pr)]`, "baker"},
			{`emails[not (type eq "work")]`, "agent baker driver"},
			{`not (emails[type eq "home"])`, "clerk driver"},
			{`emails[type eq "work" or type eq "other"]`, "agent driver"},
			{`emails[value ne "driver@example.com"]`, "agent baker"},
			{`emails[value eq null]`, "baker"},
			{`emails[primary eq true]`, "agent"},
			{`emails[primary ne true]`, "agent baker driver"},
			{`emails[(type eq "home" or type eq "work") and primary eq true]`, "agent"},
			{`emails[type eq "home"] and emails[primary eq true]`, "agent"},
		},
		"attributes of an extension stand under its URN": {
			{`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "R&D"`, "agent clerk"},
			{`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "Boss-1"`, "agent"},
			{`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "boss-1"`, ""},
			{`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager pr`, "agent"},
			{`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager[value pr]`, "agent"},
			{`urn:ietf:params:scim:schemas:core:2.0:User:userName sw "agent"`, "agent"},
			{`urn:example:params:scim:schemas:extension:badge:2.0:User:externalId eq "Ab.1"`, "baker"},
			{`urn:example:params:scim:schemas:extension:badge:2.0:User:externalId eq "ab.1"`, ""},
			{`urn:example:params:scim:schemas:extension:badge:2.0:User:groups co "GUIDE"`, "baker"},
		},
		"and, or and parentheses": {
			{`title pr and active eq true or userName sw "baker"`, "baker clerk driver"},
			{`title pr and (active eq true or userName sw "baker")`, "baker clerk driver"},
			{`title pr or userName sw "agent" and active eq false`, "baker clerk driver"},
			{`(title pr or userName sw "agent") and active eq false`, "baker"},
			{`userName sw "a" or userName sw "b" or userName sw "c"`, "agent baker clerk"},
		},
		"groups.value eq is satisfied if that membership exists": {
			{`groups.value eq "{guides}"`, "agent clerk"},
			{`groups[value eq "{guides}"]`, "agent clerk"},
			{`groups eq "{bakers}"`, "baker"},
			{`groups.value eq "no such group"`, ""},
			{`not (groups.value eq "{guides}")`, "baker driver"},
			{`groups.value eq "{guides}" or groups.value eq "{bakers}"`, "agent baker clerk"},
			{`groups.value eq "{guides}" and groups.value eq "{bakers}"`, ""},
			{`groups.value eq "{guides}" and title pr`, "clerk"},
			{`userName sw "d" or groups.value eq "{bakers}"`, "baker driver"},
			{`id eq "{agent}" and groups.value eq "{guides}"`, "agent"},
			{`id eq "{agent}" and groups.value eq "{bakers}"`, ""},
		},
	}
}

func groupSelections() map[string][]selection {
	return map[string][]selection{
		"the attributes of a group": {
			{`displayName eq "GUIDES"`, "Guides"},
			{`displayName co "$."`, "bakers' $.%"},
			{`displayName eq "guide"`, ""},
			{`externalId eq "G-1"`, "Guides"},
			{`externalId eq "g-1"`, ""},
			{`not (externalId pr)`, "Empty bakers' $.%"},
			{`id eq "{bakers}"`, "bakers' $.%"},
			{`meta.created gt "2026-03-02T09:04:00Z"`, "bakers' $.%"},
			{`meta.resourceType eq "Group"`, "Empty Guides bakers' $.%"},
		},
		"members.value eq is satisfied if that membership exists": {
			{`members.value eq "{agent}"`, "Guides"},
			{`members eq "{baker}"`, "bakers' $.%"},
			{`members[value eq "{baker}"]`, "bakers' $.%"},
			{`members.value eq "{driver}"`, ""},
			{`members.value eq "no such user"`, ""},
			{`not (members.value eq "{agent}")`, "Empty bakers' $.%"},
			{`id eq "{guides}" and members.value eq "{clerk}"`, "Guides"},
			{`id eq "{guides}" and members.value eq "{baker}"`, ""},
			{`displayName eq "empty" or members.value eq "{clerk}"`, "Empty Guides"},
		},
	}
}

func filterCases() []testCase {
	schemas := Schemas()
	var suite []testCase
	for rule, selections := range userSelections() {
		suite = append(suite, testCase{"filter on users: " + rule, func(w world) {
			ids := w.staff()
			for _, s := range selections {
				page, err := w.ListUsers(w.Context(), w.tenant, directory.Query{Filter: w.filter(schemas.User, ids.Replace(s.filter)), Limit: 9})
				w.ok(err)
				w.selected(s, strings.Fields(allCalled(page.Items)), page.Total)
			}
		}})
	}
	suite = append(suite, testCase{"filter on users: a hundred ids", func(w world) {
		ids := w.staff()
		terms := make([]filter.Expr, 100)
		for i := range terms {
			terms[i] = w.filter(schemas.User, fmt.Sprintf(`id eq "no such id %d"`, i))
		}
		terms[0] = w.filter(schemas.User, ids.Replace(`id eq "{driver}"`))
		terms[99] = w.filter(schemas.User, ids.Replace(`id eq "{clerk}"`))
		page, err := w.ListUsers(w.Context(), w.tenant, directory.Query{Filter: filter.AnyOf(terms), Limit: 9})
		w.ok(err)
		w.selected(selection{"a hundred ids", "clerk driver"}, strings.Fields(allCalled(page.Items)), page.Total)
	}})
	for rule, selections := range groupSelections() {
		suite = append(suite, testCase{"filter on groups: " + rule, func(w world) {
			ids := w.staff()
			for _, s := range selections {
				page, err := w.ListGroups(w.Context(), w.tenant, directory.Query{Filter: w.filter(schemas.Group, ids.Replace(s.filter)), Limit: 9})
				w.ok(err)
				var names []string
				for _, g := range page.Items {
					names = append(names, g.DisplayName())
				}
				w.selected(s, names, page.Total)
			}
		}})
	}
	return suite
}

// selected ends the case unless exactly those whom s wants were found.
func (w world) selected(s selection, found []string, total int) {
	w.Helper()
	slices.Sort(found)
	if got := strings.Join(found, " "); got != s.want {
		w.failf("%s selected %q, want %q", s.filter, got, s.want)
	}
	if total != len(found) {
		w.failf("%s has the total %d for %d resources", s.filter, total, len(found))
	}
}
