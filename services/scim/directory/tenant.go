package directory

import (
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/internal/terms"
)

// Tenant is the id of a DevRev organisation: [A-Za-z0-9._-]{1,64}, as the platform gives it. It
// comes from a verified token or admin credential alone, and every read and write of a Store is
// inside one.
type Tenant string

// Organisation is a tenant and the terms on which its requests are served. It is made for one
// request and not changed.
type Organisation struct {
	Tenant         Tenant
	UserNameFormat terms.UserNameFormat // "" means terms.UserNameEmail
	Strict         bool                 // refuse what would have to be put right
	HideValues     bool                 // activity names attributes that changed, without their values
	// RestoreByExternalID: the identity provider never gives an externalId to another person, so a
	// create brings a leaver with the same one back under whatever userName.
	RestoreByExternalID bool
	// RestoreByUserName: the organisation never gives a userName to another person, so a create
	// brings a leaver with the same one back under whatever externalId.
	RestoreByUserName bool
	// ForgetGroups: who is deleted and comes back is in none of the groups from before.
	ForgetGroups bool
	// MatchByExternalID and MatchByUserName: a member that waits may mean the person who has its
	// value as externalId or as userName, and not only as id.
	MatchByExternalID bool
	MatchByUserName   bool
	Guard             terms.Guard      // what a mass change is
	Schemas           *schema.Registry // what its users and groups may hold, its own extensions included
}
