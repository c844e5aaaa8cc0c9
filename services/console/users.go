package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/devrev/scim/services/internal/apiclient"
)

var userFilters = []string{"q", "state", "group", "sort"}

// usersPage is the list of people.
type usersPage struct {
	apiclient.Users

	Columns  []column
	Pager    pager
	Filtered bool
	Refused  []apiclient.ActivityEntry // attempts to create somebody whom the search looks for, where it finds no one
	Group    string                    // the name of the group whose people these are
}

func (s *Console) users(v *visit) error {
	ctx := v.Request.Context()
	var group apiclient.Group
	var naming sync.WaitGroup
	naming.Go(func() {
		if id := v.Query("group"); id != "" {
			group, _ = v.api.Group(ctx, id) // without it, the page shows the rest
		}
	})
	found, err := v.api.Users(ctx, v.query(userFilters...))
	naming.Wait()
	if err != nil {
		return err
	}
	p := usersPage{
		Users: found, Group: group.DisplayName, Pager: v.pager(found.Next), Filtered: v.filtered("q", "state", "group"),
		Columns: v.columns(column{Name: "Person", Sort: "displayName"}, column{Name: "User name", Sort: "userName"}, column{Name: "State"}, column{Name: "Groups"}, column{Name: "Changed", Sort: "modified"}),
	}
	if len(found.Users) == 0 && found.Next == "" && v.Query("q") != "" {
		p.Refused, err = s.refusedNames(ctx, v.api, v.Query("q"))
		if err != nil && !away(err) {
			return err
		}
	}
	return v.show(http.StatusOK, "users", "Users", p)
}

// refusedNames returns the latest refused attempts to create somebody whose name begins with q, or
// is not known.
func (s *Console) refusedNames(ctx context.Context, api *apiclient.Organisation, q string) ([]apiclient.ActivityEntry, error) {
	refused, err := api.Activity(ctx, url.Values{"effect": {"refused"}, "limit": {"200"}})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(refused.Activity, func(e apiclient.ActivityEntry) bool {
		return e.Resource.Type != "User" || e.Method != http.MethodPost || e.Name != "" && !strings.HasPrefix(strings.ToLower(e.Name), strings.ToLower(q))
	}), nil
}

// userPage is a person.
type userPage struct {
	apiclient.User

	Why      part[apiclient.Why]
	Todo     string // what to do about the state; "" is nothing
	Timeline part[apiclient.Timeline]
	Rows     []attributeRow
	Pager    pager
}

// attributeRow is an attribute of a person, and who said it last.
type attributeRow struct {
	Name, Value string
	Source      apiclient.AttributeSource
}

func (s *Console) user(v *visit) error {
	id := v.Param("id")
	var p userPage
	g := v.gather()
	var user part[apiclient.User]
	from(g, &user, func(ctx context.Context) (apiclient.User, error) { return v.api.User(ctx, id) })
	from(g, &p.Why, func(ctx context.Context) (apiclient.Why, error) { return v.api.Why(ctx, id) })
	from(g, &p.Timeline, func(ctx context.Context) (apiclient.Timeline, error) {
		return v.api.UserTimeline(ctx, id, v.query())
	})
	if err := g.wait(); err != nil {
		return err
	}
	if user.Away != "" {
		return unavailable(user.Away, errors.New("the user cannot be read"))
	}
	p.User, p.Pager = user.Value, v.pager(p.Timeline.Value.Next)
	p.Timeline.Value.Names = map[string]string{id: nameOf(p.User)} // no other joined or left in it
	if p.Why.Value.Deleted {
		p.User.Deleted = true
	}
	p.Todo, p.Rows = todo(p.User), attributeRows(p.User)
	return v.show(http.StatusOK, "user", nameOf(p.User), p, crumb{"Users", v.path("users")})
}

// nameOf is how a person is called.
func nameOf(u apiclient.User) string {
	if u.DisplayName != "" {
		return u.DisplayName
	}
	return u.UserName
}

// todo says what an administrator can do about the person's state.
func todo(u apiclient.User) string {
	switch {
	case u.Deleted:
		return "If the person is to come back, assign them in your identity provider again: the same record comes back, with the same id."
	case u.State == "shadow":
		return "Nothing is to be done. The person becomes active at the first sign-in to DevRev."
	case u.State == "deactivated":
		return "If the person is to sign in again, assign them to the DevRev app in your identity provider."
	default:
		return ""
	}
}

// attributeRows are the person's attributes in alphabetical order, those of extensions behind the
// others. An object is a row for each of its members.
func attributeRows(u apiclient.User) (rows []attributeRow) {
	for name, raw := range u.Attributes {
		if name == "schemas" || name == "meta" || name == "id" || name == "groups" {
			continue
		}
		if members, ok := object(raw); ok {
			for member, value := range members {
				separator := "."
				if strings.HasPrefix(name, "urn:") {
					separator = ":"
				}
				source, ok := u.Sources[name+separator+member]
				if !ok {
					source = u.Sources[name]
				}
				rows = append(rows, attributeRow{name + separator + member, shown(value), source})
			}
			continue
		}
		rows = append(rows, attributeRow{name, shown(raw), u.Sources[name]})
	}
	slices.SortFunc(rows, func(a, b attributeRow) int {
		if urn := strings.HasPrefix(a.Name, "urn:"); urn != strings.HasPrefix(b.Name, "urn:") {
			if urn {
				return 1
			}
			return -1
		}
		return strings.Compare(a.Name, b.Name)
	})
	return rows
}
