package issuer

import (
	"regexp"

	"github.com/devrev/scim/services/internal/access"
)

// Role is a role that a person can have.
type Role string

// The roles of the sign-in page.
const (
	Administrator Role = "administrator"
	Auditor       Role = "auditor"
	Staff         Role = "staff" // DevRev's own, on call for all organisations
)

// Person is a person who can sign in.
type Person struct {
	Role         Role
	Organisation string // "" of staff
}

// known reports whether there is such a person.
func (p Person) known() bool {
	if p.Role == Staff {
		return p.Organisation == ""
	}
	return (p.Role == Administrator || p.Role == Auditor) && organisationID.MatchString(p.Organisation)
}

var organisationID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// subject is opaque, as DevRev's are: it names no real person.
func (p Person) subject() string {
	if p.Role == Staff {
		return "local-staff"
	}
	return "local-" + string(p.Role)
}

// name is how the person is addressed.
func (p Person) name() string {
	switch p.Role {
	case Administrator:
		return "Local administrator"
	case Auditor:
		return "Local auditor"
	default:
		return "Local staff"
	}
}

// claims are those that DevRev's issuer has in an access token.
func (p Person) claims() map[string]any {
	switch p.Role {
	case Administrator:
		return map[string]any{"org": p.Organisation, "roles": []string{access.ScimAdmin}}
	case Auditor:
		return map[string]any{"org": p.Organisation, "roles": []string{access.Auditor}}
	default:
		return map[string]any{"staff": true, "roles": []string{access.Operator}}
	}
}
