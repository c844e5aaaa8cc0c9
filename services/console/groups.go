package console

import (
	"context"
	"errors"
	"net/http"

	"github.com/devrev/scim/services/internal/apiclient"
)

// groupsPage is the list of groups.
type groupsPage struct {
	apiclient.Groups

	Columns  []column
	Pager    pager
	Filtered bool
	Deleted  bool // these are groups that were deleted
}

func (s *Console) groups(v *visit) error {
	found, err := v.api.Groups(v.Request.Context(), v.query("q", "state", "sort"))
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "groups", "Groups", groupsPage{
		Groups: found, Pager: v.pager(found.Next), Filtered: v.filtered("q"), Deleted: v.filtered("state"),
		Columns: v.columns(column{Name: "Group", Sort: "displayName"}, column{Name: "Members"}, column{Name: "Created", Sort: "created"}, column{Name: "Changed", Sort: "modified"}),
	})
}

// groupPage is a group with its people.
type groupPage struct {
	apiclient.Group

	People   part[apiclient.Members]
	Waiting  part[apiclient.Waiting]
	Timeline part[apiclient.Timeline]
	Pager    pager
}

func (s *Console) group(v *visit) error {
	id := v.Param("id")
	var p groupPage
	var group part[apiclient.Group]
	g := v.gather()
	from(g, &group, func(ctx context.Context) (apiclient.Group, error) { return v.api.Group(ctx, id) })
	from(g, &p.People, func(ctx context.Context) (apiclient.Members, error) { return v.api.Members(ctx, id, v.query("q")) })
	from(g, &p.Waiting, func(ctx context.Context) (apiclient.Waiting, error) {
		return v.api.Waiting(ctx, id, map[string][]string{"limit": {"50"}})
	})
	from(g, &p.Timeline, func(ctx context.Context) (apiclient.Timeline, error) {
		return v.api.GroupTimeline(ctx, id, map[string][]string{"limit": {"20"}})
	})
	if err := g.wait(); err != nil {
		return err
	}
	if group.Away != "" {
		return unavailable(group.Away, errors.New("the group cannot be read"))
	}
	p.Group, p.Pager = group.Value, v.pager(p.People.Value.Next)
	return v.show(http.StatusOK, "group", p.DisplayName, p, crumb{"Groups", v.path("groups")})
}

// privilege says whether the members of the group may do more than others. Only who has proved who
// they are says so: guard and waiting members go by it.
func (s *Console) privilege(v *visit) error {
	privileged, title := v.PostForm("privileged") == "true", "Mark a group as not privileged"
	if privileged {
		title = "Mark a group as privileged"
	}
	if ok, err := v.proved(title); !ok {
		return err
	}
	id := v.Param("id")
	if _, err := v.api.SetPrivileged(v.Request.Context(), id, v.PostForm("version"), privileged); err != nil {
		return v.again(err, s.group)
	}
	return v.done("privileged", v.path("groups", id))
}

// letIn has a member who waits for an approval join the group.
func (s *Console) letIn(v *visit) error {
	id := v.Param("id")
	if ok, err := v.proved("Let a person into a privileged group"); !ok {
		return err
	}
	if err := v.api.LetIn(v.Request.Context(), id, v.PostForm("value")); err != nil {
		return v.again(err, s.group)
	}
	return v.done("let-in", v.path("groups", id))
}

// endWaiting has a member wait in the group no longer.
func (s *Console) endWaiting(v *visit) error {
	id := v.Param("id")
	if err := v.api.EndWaiting(v.Request.Context(), id, v.PostForm("value")); err != nil {
		return v.again(err, s.group)
	}
	return v.done("end-waiting", v.path("groups", id))
}
