package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Stage is where the play is.
type Stage struct {
	Okta
	// SignIn reports to DevRev that the person of this user name has signed in.
	SignIn func(ctx context.Context, userName string) error
	// Pause is how long the play rests between two scenes of everyday life.
	Pause time.Duration
}

// staff are the people of Okta's directory. None of them exists.
var staff = []struct{ given, family, title, department string }{
	{"Barbara", "Jensen", "Tour guide", "Support"},
	{"Maria", "Rossi", "Engineer", "Engineering"},
	{"Kenji", "Sato", "Engineer", "Engineering"},
	{"Amara", "Okafor", "Engineering manager", "Engineering"},
	{"Lukas", "Novak", "Support engineer", "Support"},
	{"Priya", "Nair", "Account executive", "Sales"},
	{"Tomas", "Silva", "Designer", "Design"},
	{"Ines", "Moreau", "Support engineer", "Support"},
	{"Omar", "Haddad", "Engineer", "Engineering"},
	{"Grace", "Lindqvist", "Head of sales", "Sales"},
	{"Noah", "Fischer", "Engineer", "Engineering"},
	{"Leila", "Karimi", "Designer", "Design"},
	{"Yara", "Costa", "Support lead", "Support"},
	{"Ewan", "Campbell", "Account executive", "Sales"},
	{"Sofia", "Petrova", "Engineer", "Engineering"},
	{"Jonas", "Berg", "Contractor", "Engineering"},
	{"Mei", "Tan", "Support engineer", "Support"},
	{"Carlos", "Vega", "Account executive", "Sales"},
}

func person(i int) Person {
	p := staff[i]
	return Person{
		ExternalID: fmt.Sprintf("00u%017d", i+1), UserName: strings.ToLower(p.given+"."+p.family) + "@example.com",
		GivenName: p.given, LastName: p.family, Title: p.title, Department: p.department,
	}
}

// company is the pushed users and groups, by their index in staff and by name.
type company struct {
	people map[int]string
	groups map[string]string
}

// Play has people and groups pushed, some changed, some deactivated and some refused, and then goes
// on with everyday life until ctx is done.
func (s Stage) Play(ctx context.Context) error {
	c, err := s.Open(ctx)
	for i := 0; err == nil; i++ {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(s.Pause):
		}
		err = s.everyday(ctx, c, i)
	}
	if ctx.Err() != nil {
		return nil //nolint:nilerr // the end of the run is the end of the play
	}
	return err
}

// Open is the first act: all that a page can show has happened once after it.
func (s Stage) Open(ctx context.Context) (company, error) {
	c := company{map[int]string{}, map[string]string{}}
	if _, err := s.TestCredentials(ctx); err != nil {
		return c, err
	}
	for i := range staff {
		answer, err := s.Assign(ctx, person(i))
		if err != nil {
			return c, err
		}
		c.people[i] = answer.ID
		if answer.Status == http.StatusConflict {
			return c, errors.New("the demonstration was played on this data before: name a new folder with -data")
		}
	}
	if err := s.groups(ctx, c); err != nil {
		return c, err
	}
	for i := range 11 {
		if err := s.SignIn(ctx, person(i).UserName); err != nil {
			return c, err
		}
	}
	return c, s.trouble(ctx, c)
}

func (s Stage) groups(ctx context.Context, c company) error {
	for _, name := range []string{"Engineering", "Support", "Sales", "Design"} {
		var members []string
		for i, p := range staff {
			if p.department == name {
				members = append(members, c.people[i])
			}
		}
		answer, err := s.PushGroup(ctx, name, members...)
		if err != nil {
			return err
		}
		c.groups[name] = answer.ID
	}
	_, err := s.RenameGroup(ctx, c.groups["Design"], "Product design")
	return err
}

// trouble plays the cases that administrators ask about.
func (s Stage) trouble(ctx context.Context, c company) error {
	// Her name in Okta has changed; the display name is her own by now.
	married := person(1)
	married.LastName, married.DisplayName = "Rossi-Bianchi", "Maria Rossi-Bianchi"
	if _, err := s.Update(ctx, c.people[1], married); err != nil {
		return err
	}
	for _, leaver := range []int{15, 17} {
		if _, err := s.Deactivate(ctx, c.people[leaver]); err != nil {
			return err
		}
	}
	// The application username format is not Email for these, and the last one has the name of an
	// existing user.
	for i, name := range []string{"dana.white", "farid.aziz"} {
		refused := Person{ExternalID: fmt.Sprintf("00u%017d", 900+i), UserName: name, GivenName: "Dana", LastName: "White"}
		if _, err := s.Assign(ctx, refused); err != nil {
			return err
		}
	}
	again := person(2)
	again.ExternalID = "00u00000000000000999"
	if _, err := s.send(ctx, http.MethodPost, "/Users", again.document(map[string]any{"active": true})); err != nil {
		return err
	}
	_, err := s.PushGroup(ctx, "Sales", c.people[5])
	return err
}

// everyday is a scene of everyday life, one after the other.
func (s Stage) everyday(ctx context.Context, c company, scene int) error {
	somebody := 11 + scene%4
	var err error
	switch id := c.people[somebody]; scene % 5 {
	case 0:
		err = s.SignIn(ctx, person(somebody).UserName)
	case 1:
		promoted := person(somebody)
		promoted.Title = "Senior " + strings.ToLower(promoted.Title)
		_, err = s.Update(ctx, id, promoted)
	case 2:
		_, err = s.AddMembers(ctx, c.groups["Engineering"], id)
	case 3:
		_, err = s.RemoveMember(ctx, c.groups["Engineering"], id)
	default:
		if _, err = s.Deactivate(ctx, id); err == nil {
			_, err = s.Reactivate(ctx, id)
		}
	}
	return err
}
