package directory

import (
	"context"
	"errors"
	"time"

	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/libs/scim/schema"
)

// What a Store answers with besides nil and *Duplicate.
var (
	// ErrNotFound: no such user or group in this tenant.
	ErrNotFound = errors.New("not found")
	// ErrVersionConflict: the stored version is another than the given one.
	ErrVersionConflict = errors.New("version conflict")
	// ErrTooMany: the answer to a Query takes reading more resources than its MaxRead.
	ErrTooMany = errors.New("too many resources to read")
	// ErrUnavailable wraps the cause of every answer the store could not give. Whether a change
	// took place is then unknown.
	ErrUnavailable = errors.New("directory store unavailable")
)

// Duplicate is the error of a write after which two resources of a tenant would have one value.
type Duplicate struct {
	Attribute string // "userName" or "displayName"
}

// Error names the attribute, never the value.
func (d *Duplicate) Error() string { return "duplicate " + d.Attribute }

// Store keeps users, groups and memberships of many tenants. directorytest proves each MUST on
// every Store.
//
// All methods are safe for concurrent use, honour ctx, and touch only the given tenant. An id or a
// name that is not UTF-8 is that of no one. Arguments are not kept, a returned value is the
// caller's to modify. Errors are nil, a sentinel above (errors.Is), a *Duplicate (errors.As), or
// ErrUnavailable wrapping the cause; nothing else leaves a Store. What a method acknowledged
// survives a crash of the process; what it did not is there whole or not at all, for every reader.
type Store interface {
	// CreateUser stores u as given (Version 1). It MUST return *Duplicate{"userName"} if a user of
	// the tenant, deleted ones included, has the same NameKey, also when calls race: exactly one
	// wins.
	CreateUser(ctx context.Context, t Tenant, u User) error
	// User returns the user, a deleted one too. It MUST return ErrNotFound for an id of another
	// tenant.
	User(ctx context.Context, t Tenant, id UserID) (User, error)
	// UserByName returns the user with this NameKey, a deleted one too, else ErrNotFound.
	UserByName(ctx context.Context, t Tenant, nameKey string) (User, error)
	// UsersByExternalID returns the users whose Document has exactly this externalId, deleted ones
	// too, in ascending order of id.
	UsersByExternalID(ctx context.Context, t Tenant, externalID string) ([]User, error)
	// ReplaceUser stores u if the stored version equals u.Version, and returns it with Version+1.
	// It MUST return ErrVersionConflict, ErrNotFound, or *Duplicate (a user never collides with
	// itself).
	ReplaceUser(ctx context.Context, t Tenant, u User) (User, error)
	// HearUser stores u.Word and no more of u, if the stored version equals u.Version; the version
	// and Modified stay. It MUST return ErrVersionConflict or ErrNotFound.
	HearUser(ctx context.Context, t Tenant, u User) error
	// DeleteUser does what ReplaceUser does with Deleted set, and ends all memberships of the user:
	// each group that had it gets a new version and u.Modified as its Modified.
	DeleteUser(ctx context.Context, t Tenant, u User) error
	// ListUsers returns the page of users that q asks for, without deleted ones unless q asks for
	// them, and without their Word.
	ListUsers(ctx context.Context, t Tenant, q Query) (Page[User], error)
	// UsersByAddress returns the users, without their Word, who have one of the addresses, in the
	// form of User.Address, as an e-mail address, the primary one or another: in no order, at most
	// limit, without deleted ones. It costs what it returns.
	UsersByAddress(ctx context.Context, t Tenant, addresses []string, limit int) ([]User, error)
	// Drifting returns the users with this kind among their Drifts, in ascending order of id: those
	// behind after, at most limit. It costs what it returns.
	Drifting(ctx context.Context, t Tenant, kind Drift, after UserID, limit int) ([]User, error)
	// CountDrifting returns how many users Drifting has of this kind, and counts no more than most.
	CountDrifting(ctx context.Context, t Tenant, kind Drift, most int) (int, error)
	// KnownUsers returns those of ids that are users of the tenant and not deleted, in no order,
	// none twice.
	KnownUsers(ctx context.Context, t Tenant, ids []UserID) ([]UserID, error)
	// NamesOf returns the displayName, else the userName, of those of ids that KnownUsers returns.
	NamesOf(ctx context.Context, t Tenant, ids []UserID) (map[UserID]string, error)

	// CreateGroup stores g as given with g.Members as its members: at Version 1, or, to bring a
	// deleted group back under its id, at the version behind its end. It MUST return
	// *Duplicate{"displayName"} if a group of the tenant has the same NameKey, also when calls
	// race: exactly one wins. It MUST return ErrVersionConflict if a group that comes back is there
	// already, or has not gone completely.
	CreateGroup(ctx context.Context, t Tenant, g Group) error
	// Group returns the group; its Members, if asked for, are those of the returned version.
	Group(ctx context.Context, t Tenant, id GroupID, withMembers bool) (Group, error)
	// Standing returns the group without members, and how those whom d names stand to it: it is
	// asked for a change of the group, which then does not look again.
	Standing(ctx context.Context, t Tenant, id GroupID, d MemberDelta) (Standing, error)
	// UpdateGroup stores g's document and Word and applies d, all or none, if the stored version is
	// g.Version. Adding a present member and removing an absent one change nothing. It returns the
	// group without members, with Version+1, and whose memberships began and ended; if neither
	// document, NameKey nor any membership changed, the stored group as it is (Version and Modified
	// untouched) and no one. It MUST return ErrVersionConflict, ErrNotFound, or *Duplicate (a group
	// never collides with itself). g.Members is not read. A user deleted meanwhile does not become
	// a member, also where d.Standing knows the user.
	UpdateGroup(ctx context.Context, t Tenant, g Group, d MemberDelta) (Group, MembershipChange, error)
	// SetPrivileged stores g.Privileged and no more of g, if the stored version equals g.Version;
	// the version and Modified stay. It MUST return ErrVersionConflict or ErrNotFound.
	SetPrivileged(ctx context.Context, t Tenant, g Group) error
	// HearGroup is HearUser for a group.
	HearGroup(ctx context.Context, t Tenant, g Group) error
	// DriftingGroups and CountDriftingGroups are Drifting and CountDrifting for the groups with
	// this kind of drift in their Word.
	DriftingGroups(ctx context.Context, t Tenant, kind Drift, after GroupID, limit int) ([]Group, error)
	CountDriftingGroups(ctx context.Context, t Tenant, kind Drift, most int) (int, error)
	// DeleteGroup removes the group g.ID and its memberships for good, if the stored version equals
	// g.Version; 0 stands for any. g.Modified and g.Cause say when and why; no more of g is read.
	DeleteGroup(ctx context.Context, t Tenant, g Group) error
	// ListGroups returns the page of groups that q asks for, with members if q says so.
	ListGroups(ctx context.Context, t Tenant, q Query) (Page[Group], error)
	// CountMembers returns how many members each of the groups has; a group without members may be
	// absent. A change of members that is under way at the same time may be counted in part.
	CountMembers(ctx context.Context, t Tenant, groups []GroupID) (map[GroupID]int, error)
	// GroupsOf returns the groups that each of the users is a member of, in ascending order of id;
	// users without groups are absent. It has every change that was acknowledged. One that is under
	// way, or that failed and was not finished yet, it may have for some users and not for others,
	// and before or after Group has it.
	GroupsOf(ctx context.Context, t Tenant, users []UserID) (map[UserID][]GroupRef, error)

	WaitingStore

	// Repair finishes what a crashed process has begun. It is called at start and from time to
	// time, and may run at the same time as anything else.
	Repair(ctx context.Context) error
}

// MembershipChange names the users whose memberships one update began and ended, each once, in no
// order.
type MembershipChange struct{ Added, Removed []UserID }

// Empty reports whether c changed no one's membership.
func (c MembershipChange) Empty() bool { return len(c.Added) == 0 && len(c.Removed) == 0 }

// Query asks for a page of users or groups.
//
// Filter is evaluated as filter.Match does on the resource (User.Resource, Group.Resource); nil
// selects all. A comparison at groups.value of a user or members.value of a group has the operator
// eq and is satisfied if that membership exists; RelationFilter sees to it that no other term about
// groups or members reaches a Store.
//
// The order is that of Sort; no write changes it for resources whose sorted value it leaves alone.
// The page begins after After if that is set, leaves out the first Skip of what remains, and holds
// at most Limit resources (0: none, only the total).
//
// Without Filter and Sort, a page costs the same wherever it begins. With a Filter that demands a
// value for id, userName, displayName of a group, externalId, groups.value or members.value, only
// the resources with that value are read. Where any other Filter or Sort makes a Store read more
// than MaxRead resources, it answers ErrTooMany; one that has an index for it answers. 0 is no
// bound.
//
// With MaxBytes a Store may end a page with the resource by which its resources have that size, as
// they are stored, and then sets Cut. So a page is read at once, whatever the resources are like.
//
// With Browse, a list for people, a page costs what it shows. Where neither Filter nor Sort needs
// another attribute than UserKeys, GroupKeys, id and relations, a Store reads about Browse
// resources: if it has not filled the page by then, it ends it with a Rest. Such pages join to the
// whole list as others do; Total may be a lower bound.
type Query struct {
	Filter      filter.Expr
	Sort        Sort
	After       *Position
	Skip, Limit int
	MaxRead     int
	Browse      int  // 0: the page is full and Total exact
	MaxBytes    int  // 0: the page is full
	NoTotal     bool // the Total is not asked for, and 0
	WithMembers bool // groups only: fill Members
	Deleted     bool // users only: those who are deleted, and no others
}

// Sort is an order of resources, RFC 7644 section 3.4.2.3. Its zero value is the order of id, which
// is that of creation.
//
// The values compared are those of SortKey, and of resources with one value their ids. A resource
// without a value comes last. A descending order is the ascending one backwards, so one index has
// both.
type Sort struct {
	Path       schema.Path
	Descending bool
}

// Position is the place of a resource in an order: its SortKey (nil in the order of id, and where
// it has none) and its id.
type Position struct {
	Key any
	ID  string
}

// Page is a part of a result, and the number of all matches, no matter what part.
type Page[T any] struct {
	Items   []T
	Total   int
	AtLeast bool      // Total is a lower bound; only with Browse
	Rest    *Position // where the list goes on behind, if it is not at the last of Items; only with Browse
	Cut     bool      // there may be more behind it, for which the page had no room; of a Store only with MaxBytes
}

// Now returns t as a Store keeps it: UTC, milliseconds.
func Now(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
