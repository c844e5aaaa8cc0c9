package apiclient

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"time"
)

// User is a user as the organisation sees it. Attributes and Sources are there where one user is
// asked for.
type User struct {
	ID          string                     `json:"id"`
	UserName    string                     `json:"userName"`
	DisplayName string                     `json:"displayName"`
	Email       string                     `json:"email"` // the primary one
	ExternalID  string                     `json:"externalId"`
	State       string                     `json:"state"` // shadow, active or deactivated
	Deleted     bool                       `json:"deleted"`
	SignedIn    bool                       `json:"signedIn"` // at least once
	Groups      []GroupRef                 `json:"groups"`
	Attributes  map[string]json.RawMessage `json:"attributes"`
	Sources     map[string]AttributeSource `json:"sources"`
	Created     time.Time                  `json:"created"`
	Modified    time.Time                  `json:"modified"`
}

// AttributeSource is who said last what an attribute is.
type AttributeSource struct {
	By    string    `json:"by"` // provider, administrator or person
	At    time.Time `json:"at"` // zero: longer ago than entries are kept
	Entry string    `json:"entry"`
}

// GroupRef names a group.
type GroupRef struct {
	ID          string `json:"id"`
	DisplayName string `json:"displayName"`
}

// Users is a stretch of a list. Next is After of the one that follows; "" is the end.
type Users struct {
	Users        []User `json:"users"`
	Total        int    `json:"total"`
	TotalAtLeast bool   `json:"totalAtLeast"` // there are more
	Next         string `json:"next"`
}

// Why is the reason of a user's state, in a sentence for the administrator.
type Why struct {
	State   string         `json:"state"`
	Deleted bool           `json:"deleted"`
	Why     string         `json:"why"`
	Entry   *ActivityEntry `json:"entry"` // which says so; nil if it is no longer kept
}

// Person is what is known of a name: the user who has it, or else the deleted one who had it, and
// the refused attempts to create it.
type Person struct {
	Name     string          `json:"name"`
	Found    *User           `json:"found"`    // nil: there is none
	Deleted  *User           `json:"deleted"`  // nil: there is none
	Attempts []ActivityEntry `json:"attempts"` // latest first
	Sentence string          `json:"sentence"` // why the person is in, or is not
	Remedy   string          `json:"remedy"`   // what to do; "": nothing
}

// Group is a group as the organisation sees it.
type Group struct {
	ID          string    `json:"id"`
	DisplayName string    `json:"displayName"`
	ExternalID  string    `json:"externalId"`
	Privileged  bool      `json:"privileged"` // its members may do more than others
	MemberCount int       `json:"memberCount"`
	Created     time.Time `json:"created"`
	Modified    time.Time `json:"modified"`
	Deleted     bool      `json:"deleted"`
	Entry       string    `json:"entry"` // of the activity, by which it was deleted
	Version     string    `json:"-"`     // of one group, for SetPrivileged
}

func (g *Group) setVersion(etag string) { g.Version = etag }

// Groups is a stretch of a list, as Users is.
type Groups struct {
	Groups       []Group `json:"groups"`
	Total        int     `json:"total"`
	TotalAtLeast bool    `json:"totalAtLeast"` // there are more
	Next         string  `json:"next"`
}

// Member is a user as a group lists it.
type Member struct {
	ID          string `json:"id"`
	UserName    string `json:"userName"`
	DisplayName string `json:"displayName"`
	State       string `json:"state"`
}

// Members is a stretch of a group's list, as Users is.
type Members struct {
	Members      []Member `json:"members"`
	Total        int      `json:"total"`
	TotalAtLeast bool     `json:"totalAtLeast"` // there are more
	Next         string   `json:"next"`
}

// Waiting is a stretch of the members that wait for their person; Next is as of Users.
type Waiting struct {
	Waiting []WaitingMember `json:"waiting"`
	Next    string          `json:"next"`
}

// WaitingMember is a member that waits for its person in a group.
type WaitingMember struct {
	Group    string        `json:"group"`    // its id
	Value    string        `json:"value"`    // what the identity provider sent as the id of a member
	Reason   string        `json:"reason"`   // deleted or unknown
	Sentence string        `json:"sentence"` // the reason in words
	First    WaitingMoment `json:"first"`    // when it began to wait
	Last     WaitingMoment `json:"last"`     // when it was last added, or left
	Count    int           `json:"count"`    // how often it was added since it waits
}

// WaitingMoment is a time, and the request of that time; "" is one that is not known.
type WaitingMoment struct {
	At        time.Time `json:"at"`
	RequestID string    `json:"requestId"`
}

// ActivityDays are the days on which there is activity, the latest first.
type ActivityDays struct {
	Days []ActivityDay `json:"days"`
	More bool          `json:"more"` // there are more entries than were counted
}

// ActivityDay is how many entries a day has.
type ActivityDay struct {
	Day     string `json:"day"` // in UTC, such as 2026-01-31
	Total   int64  `json:"total"`
	Refused int64  `json:"refused"`
}

// Resource is which user or group something is about.
type Resource struct {
	Type string `json:"type"` // User or Group
	ID   string `json:"id"`
}

// ActivityEntry is what one request, or one operation of a bulk request, did.
type ActivityEntry struct {
	ID        string    `json:"id"`
	At        time.Time `json:"at"`
	Kind      string    `json:"kind"` // change, edit, sign-in, auth, read or guard; "" is change
	RequestID string    `json:"requestId"`
	TraceID   string    `json:"traceId"`
	TokenID   string    `json:"tokenId"`
	Client    string    `json:"client"`
	By        string    `json:"by"` // administrator or person; "": the identity provider
	Actor     string    `json:"actor"`
	Undo      string    `json:"undo"` // the undo that made the change
	Method    string    `json:"method"`
	Name      string    `json:"name"`     // what the user or group was called then
	Sentence  string    `json:"sentence"` // what happened, in words; of a timeline's entry
	Resource  Resource  `json:"resource"`
	Effect    string    `json:"effect"`
	Refusal   *struct {
		Status int    `json:"status"`
		Type   string `json:"scimType"`
		Detail string `json:"detail"`
	} `json:"refusal"`
	State struct {
		Before string `json:"before"`
		After  string `json:"after"`
	} `json:"state"`
	Attributes []struct {
		Attribute string          `json:"attribute"`
		Before    json.RawMessage `json:"before"`
		After     json.RawMessage `json:"after"`
		Withheld  string          `json:"withheld"`
	} `json:"attributes"`
	Operations []struct {
		Operation int    `json:"operation"`
		Op        string `json:"op"`
		Path      string `json:"path"`
		Result    string `json:"result"`
		Why       string `json:"why"`
	} `json:"operations"`
	Coercions []struct {
		Coercion string `json:"coercion"`
		Path     string `json:"path"`
	} `json:"coercions"`
	Mass struct { // of the kind guard: how many left within how many minutes, and how many there were before
		Left    int `json:"left"`
		Of      int `json:"of"`
		Minutes int `json:"minutes"`
	} `json:"mass"`
	Credential string `json:"credential"` // why a token was not accepted
	Times      int    `json:"times"`      // above 0: it stands for so many
	Ignored    []struct {
		Path string `json:"path"`
		Why  string `json:"why"`
	} `json:"ignored"`
	Kept           []string `json:"kept"`
	Skipped        []string `json:"skipped"`
	MembersAdded   int      `json:"membersAdded"`
	MembersRemoved int      `json:"membersRemoved"`
	Members        struct { // ids, 100 of each at most
		Added   []string `json:"added"`
		Removed []string `json:"removed"`
	} `json:"members"`
	Omitted struct { // how many the entry leaves out
		Attributes int `json:"attributes"`
	} `json:"omitted"`
}

// Timeline is a stretch of what happened to a user or a group, latest first; Next is as of Users.
type Timeline struct {
	Timeline []ActivityEntry   `json:"timeline"`
	Names    map[string]string `json:"names"` // of who joined and left a group, by their ids
	Next     string            `json:"next"`
}

// Activity is a stretch of the activity, latest first; Next is as of Users.
type Activity struct {
	Activity []ActivityEntry `json:"activity"`
	Next     string          `json:"next"`
}

// Users returns those whom the query selects; its parameters are those of listUsers in
// docs/api/scimd.yaml. So it is with the other lists.
func (o *Organisation) Users(ctx context.Context, query url.Values) (Users, error) {
	return ask[Users](ctx, o, request{to: directory, method: http.MethodGet, path: "/users", query: query})
}

// User returns one user, also one that was deleted.
func (o *Organisation) User(ctx context.Context, id string) (User, error) {
	query := url.Values{"deleted": {"true"}}
	return ask[User](ctx, o, request{to: directory, method: http.MethodGet, path: userPath(id), query: query})
}

// Why returns why a user is in its state.
func (o *Organisation) Why(ctx context.Context, id string) (Why, error) {
	return ask[Why](ctx, o, request{to: directory, method: http.MethodGet, path: userPath(id) + "/why"})
}

// Person returns why a person is in, or is not. The name is a userName, or an e-mail address.
func (o *Organisation) Person(ctx context.Context, name string) (Person, error) {
	query := url.Values{"name": {name}}
	return ask[Person](ctx, o, request{to: directory, method: http.MethodGet, path: "/people", query: query})
}

// SignIn reports that the person of this user name has signed in. It is the platform's.
func (o *Organisation) SignIn(ctx context.Context, userName string) error {
	body := map[string]string{"userName": userName}
	_, err := ask[nothing](ctx, o, request{to: directory, method: http.MethodPost, path: "/sign-ins", body: body})
	return err
}

// SetEmail changes a user's e-mail address, and with it the userName.
func (o *Organisation) SetEmail(ctx context.Context, id, email string) (User, error) {
	body := map[string]string{"email": email}
	return ask[User](ctx, o, request{to: directory, method: http.MethodPut, path: userPath(id) + "/email", body: body})
}

// SetDisplayName changes what a user is called.
func (o *Organisation) SetDisplayName(ctx context.Context, id, displayName string) (User, error) {
	body := map[string]string{"displayName": displayName}
	return ask[User](ctx, o, request{to: directory, method: http.MethodPut, path: userPath(id) + "/display-name", body: body})
}

// ExportUser returns everything that is kept about a person, a JSON object in each line. The caller
// closes it.
func (o *Organisation) ExportUser(ctx context.Context, id string) (io.ReadCloser, error) {
	return o.caller.stream(ctx, o.of(request{to: directory, method: http.MethodGet, path: userPath(id) + "/export", accept: "application/x-ndjson"}))
}

// EraseUser erases everything that is kept about a person, for good.
func (o *Organisation) EraseUser(ctx context.Context, id string) error {
	_, err := ask[nothing](ctx, o, request{to: directory, method: http.MethodPost, path: userPath(id) + "/erase"})
	return err
}

// Groups returns those whom the query selects.
func (o *Organisation) Groups(ctx context.Context, query url.Values) (Groups, error) {
	return ask[Groups](ctx, o, request{to: directory, method: http.MethodGet, path: "/groups", query: query})
}

// Group returns one group; Members returns who is in it.
func (o *Organisation) Group(ctx context.Context, id string) (Group, error) {
	query := url.Values{"members": {"false"}}
	return ask[Group](ctx, o, request{to: directory, method: http.MethodGet, path: "/groups/" + url.PathEscape(id), query: query})
}

// SetPrivileged says whether the members of a group may do more than others. If the group is no
// longer that of the version, nothing is changed and it is the Problem "changed"; "": whatever it
// is.
func (o *Organisation) SetPrivileged(ctx context.Context, id, version string, privileged bool) (Group, error) {
	r := request{
		to: directory, method: http.MethodPatch, path: "/groups/" + url.PathEscape(id),
		body: map[string]bool{"privileged": privileged}, media: "application/merge-patch+json", header: http.Header{},
	}
	if version != "" {
		r.header.Set("If-Match", version)
	}
	return ask[Group](ctx, o, r)
}

// Members returns the members of a group whom the query selects.
func (o *Organisation) Members(ctx context.Context, id string, query url.Values) (Members, error) {
	return ask[Members](ctx, o, request{to: directory, method: http.MethodGet, path: "/groups/" + url.PathEscape(id) + "/members", query: query})
}

// Waiting returns the members that wait which the query selects: of the group with this id or, if
// it is "", of all groups.
func (o *Organisation) Waiting(ctx context.Context, group string, query url.Values) (Waiting, error) {
	path := "/waiting"
	if group != "" {
		path = "/groups/" + url.PathEscape(group) + path
	}
	return ask[Waiting](ctx, o, request{to: directory, method: http.MethodGet, path: path, query: query})
}

// LetIn makes the person whom a member that waits in the group means a member of it.
func (o *Organisation) LetIn(ctx context.Context, group, value string) error {
	path := "/groups/" + url.PathEscape(group) + "/waiting/" + url.PathEscape(value) + "/approve"
	_, err := ask[nothing](ctx, o, request{to: directory, method: http.MethodPost, path: path})
	return err
}

// EndWaiting has a member wait in the group no longer.
func (o *Organisation) EndWaiting(ctx context.Context, group, value string) error {
	path := "/groups/" + url.PathEscape(group) + "/waiting/" + url.PathEscape(value)
	_, err := ask[nothing](ctx, o, request{to: directory, method: http.MethodDelete, path: path})
	return err
}

// Activity returns the entries that the query selects.
func (o *Organisation) Activity(ctx context.Context, query url.Values) (Activity, error) {
	return ask[Activity](ctx, o, request{to: directory, method: http.MethodGet, path: "/activity", query: query})
}

// ActivityDays counts the latest entries since a time by their days.
func (o *Organisation) ActivityDays(ctx context.Context, since time.Time) (ActivityDays, error) {
	query := url.Values{"since": {since.UTC().Format(time.RFC3339)}}
	return ask[ActivityDays](ctx, o, request{to: directory, method: http.MethodGet, path: "/activity/days", query: query})
}

// UserTimeline returns what happened to a user, groups that the user joined and left included.
func (o *Organisation) UserTimeline(ctx context.Context, id string, query url.Values) (Timeline, error) {
	return ask[Timeline](ctx, o, request{to: directory, method: http.MethodGet, path: userPath(id) + "/timeline", query: query})
}

// GroupTimeline returns what happened to a group.
func (o *Organisation) GroupTimeline(ctx context.Context, id string, query url.Values) (Timeline, error) {
	return ask[Timeline](ctx, o, request{to: directory, method: http.MethodGet, path: "/groups/" + url.PathEscape(id) + "/timeline", query: query})
}

// Entry returns one entry of the activity.
func (o *Organisation) Entry(ctx context.Context, id string) (ActivityEntry, error) {
	return ask[ActivityEntry](ctx, o, request{to: directory, method: http.MethodGet, path: "/activity/" + url.PathEscape(id)})
}

// Coercions returns how often each departure from the RFCs was corrected.
func (o *Organisation) Coercions(ctx context.Context) (map[string]int64, error) {
	answer, err := ask[struct {
		Coercions map[string]int64 `json:"coercions"`
	}](ctx, o, request{to: directory, method: http.MethodGet, path: "/coercions"})
	return answer.Coercions, err
}

func userPath(id string) string { return "/users/" + url.PathEscape(id) }
