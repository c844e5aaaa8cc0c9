package console

import (
	"net/http"

	"github.com/devrev/scim/services/internal/apiclient"
)

// staffPage is all organisations, for those who are on call.
type staffPage struct {
	apiclient.Standings

	Pager    pager
	Filtered bool
}

func (s *Console) staff(v *visit) error {
	token := v.session.AccessToken
	found, err := s.deps.API.As(func() (string, error) { return token, nil }).Organisations(v.Request.Context(), v.query("q", "state"))
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "staff", "Organisations", staffPage{found, v.pager(found.Next), v.filtered("q", "state")})
}
