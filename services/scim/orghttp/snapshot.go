package orghttp

import (
	"time"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/scim/directory"
)

// The lines of a snapshot, of which each has one member.
type (
	snapshotLine struct {
		Snapshot   *snapshotBegin      `json:"snapshot,omitempty"`
		User       *snapshotUser       `json:"user,omitempty"`
		Group      *snapshotGroup      `json:"group,omitempty"`
		Membership *snapshotMembership `json:"membership,omitempty"`
		End        *snapshotEnd        `json:"end,omitempty"`
	}
	snapshotBegin struct {
		Seq int64     `json:"seq"`
		At  time.Time `json:"at"`
	}
	snapshotUser struct {
		ID          directory.UserID `json:"id"`
		Version     int64            `json:"version"`
		UserName    string           `json:"userName"`
		DisplayName string           `json:"displayName,omitempty"`
		Email       string           `json:"email,omitempty"`
		ExternalID  string           `json:"externalId,omitempty"`
		State       directory.State  `json:"state"`
		SignedIn    bool             `json:"signedIn"`
	}
	snapshotGroup struct {
		ID          directory.GroupID `json:"id"`
		Version     int64             `json:"version"`
		DisplayName string            `json:"displayName"`
		ExternalID  string            `json:"externalId,omitempty"`
	}
	snapshotMembership struct {
		Group directory.GroupID `json:"group"`
		User  directory.UserID  `json:"user"`
	}
	snapshotEnd struct {
		Users       int `json:"users"`
		Groups      int `json:"groups"`
		Memberships int `json:"memberships"`
	}
)

// snapshot writes all users, groups and memberships, an object a line. It begins with the number of
// the last event: all that was told up to there is in it, and of what came later perhaps a part, as
// the versions show. Its last line says that it is whole; it is missing where a page cannot be
// read.
func (h *handler) snapshot(c *gin.Context) error {
	ctx, org := c.Request.Context(), organisationOf(c)
	seq, err := h.Events.LastSeq(ctx, org.Tenant)
	if err != nil {
		return unreadable(err)
	}
	s := snapshotWriter{c: c}
	s.add(snapshotLine{Snapshot: &snapshotBegin{seq, directory.Now(time.Now())}})
	q := directory.Query{Limit: web.ExportPage, NoTotal: true}
	for more := true; more; {
		page, err := h.Users.List(ctx, org, q)
		if err != nil {
			return err
		}
		for _, u := range page.Items {
			s.user(u)
			q.After = &directory.Position{ID: string(u.ID)}
		}
		if err := s.flush(); err != nil {
			return err
		}
		more = len(page.Items) == q.Limit || page.Cut
	}
	q = directory.Query{Limit: web.ExportPage, NoTotal: true, WithMembers: true}
	for more := true; more; {
		page, err := h.Groups.List(ctx, org, q)
		if err != nil {
			return err
		}
		for _, g := range page.Items {
			s.group(g)
			q.After = &directory.Position{ID: string(g.ID)}
		}
		if err := s.flush(); err != nil {
			return err
		}
		more = len(page.Items) == q.Limit || page.Cut
	}
	s.add(snapshotLine{End: &s.written})
	return s.flush()
}

// snapshotWriter writes the lines of a snapshot, page by page.
type snapshotWriter struct {
	c       *gin.Context
	page    []snapshotLine
	written snapshotEnd
}

func (s *snapshotWriter) add(line snapshotLine) { s.page = append(s.page, line) }

func (s *snapshotWriter) user(u directory.User) {
	s.written.Users++
	s.add(snapshotLine{User: &snapshotUser{
		u.ID, u.Version, u.UserName(), u.Document.String("displayName"), u.Email(), u.ExternalID(), u.State, u.SignedIn,
	}})
}

func (s *snapshotWriter) group(g directory.Group) {
	s.written.Groups++
	s.written.Memberships += len(g.Members)
	s.add(snapshotLine{Group: &snapshotGroup{g.ID, g.Version, g.DisplayName(), g.Document.String("externalId")}})
	for _, user := range g.Members {
		s.add(snapshotLine{Membership: &snapshotMembership{g.ID, user}})
	}
}

func (s *snapshotWriter) flush() error {
	err := writeLines(s.c, s.page)
	s.page = s.page[:0]
	return err
}
