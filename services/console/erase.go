package console

import (
	"io"
	"net/http"

	"github.com/devrev/scim/services/internal/apiclient"
)

// erasePage is the form that erases a person.
type erasePage struct {
	User apiclient.User
	Back string
}

func (s *Console) askErase(v *visit) error {
	u, err := v.api.User(v.Request.Context(), v.Param("id"))
	if err != nil {
		return err
	}
	p := erasePage{u, v.path("users", u.ID)}
	return v.show(http.StatusOK, "erase", "Erase a person", p, crumb{"Users", v.path("users")}, crumb{nameOf(u), p.Back})
}

// erase erases a person: the name has to be typed, and the administrator has to have proved who
// they are.
func (s *Console) erase(v *visit) error {
	u, err := v.api.User(v.Request.Context(), v.Param("id"))
	if err != nil {
		return v.again(err, s.askErase)
	}
	if v.PostForm("user_name") != u.UserName {
		return v.wrong("Type the user name as it is written above.", s.askErase)
	}
	if ok, err := v.proved("Erase a person (" + u.UserName + ")"); !ok {
		return err
	}
	if err := v.api.EraseUser(v.Request.Context(), u.ID); err != nil {
		return v.again(err, s.askErase)
	}
	return v.done("erase", v.path("users"))
}

// exportUser hands on everything that is kept about a person, as a file.
func (s *Console) exportUser(v *visit) error {
	body, err := v.api.ExportUser(v.Request.Context(), v.Param("id"))
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	v.Header("Content-Type", "application/x-ndjson")
	v.Header("Content-Disposition", `attachment; filename="user.ndjson"`)
	_, err = io.Copy(v.Writer, body)
	return err
}
