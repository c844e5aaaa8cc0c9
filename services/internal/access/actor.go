package access

import "slices"

// The roles that mean something here, in the claim "roles".
const (
	ScimAdmin = "scim-admin"   // may change SCIM of the organisation, and its tokens
	Auditor   = "scim-auditor" // may read
	// Operator is of DevRev's staff, not of an organisation's people: it may read every
	// organisation, and change none. It counts only in a token with the claim staff, and without an
	// organisation.
	Operator = "scim-operator"
)

// Actor is who a request comes from.
type Actor struct {
	Subject  string   // the claim "sub", opaque; PlatformSubject for the platform
	Org      string   // the one organisation the person acts for; "" for the platform
	Roles    []string // in that organisation
	Platform bool     // one of DevRev's own services, which acts for any organisation
	Staff    bool     // one of DevRev's people, with the role Operator
}

// PlatformSubject is the Subject of the platform.
const PlatformSubject = "platform"

// MayManage reports whether the actor may change the organisation's SCIM.
func (a Actor) MayManage(org string) bool {
	return a.Platform || a.belongsTo(org) && slices.Contains(a.Roles, ScimAdmin)
}

// MayRead reports whether the actor may see the organisation's SCIM. Who may manage may read, and
// staff may read all.
func (a Actor) MayRead(org string) bool {
	return a.MayManage(org) || a.Staff || a.belongsTo(org) && slices.Contains(a.Roles, Auditor)
}

// MayReadAll reports whether the actor may see which organisations there are.
func (a Actor) MayReadAll() bool { return a.Platform || a.Staff }

// belongsTo keeps the zero Actor out of the organisation without a name.
func (a Actor) belongsTo(org string) bool { return a.Org != "" && a.Org == org }
