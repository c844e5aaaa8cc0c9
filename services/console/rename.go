package console

import "net/http"

func (s *Console) askRename(v *visit) error {
	t, err := v.api.Token(v.Request.Context(), v.Param("id"))
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "rename", "Rename a token", t, crumb{"Security", v.path("security")}, crumb{t.Name, v.path("security", "tokens", t.ID)})
}

func (s *Console) rename(v *visit) error {
	t, err := v.api.Rename(v.Request.Context(), v.Param("id"), v.PostForm("name"))
	if err != nil {
		return v.again(err, s.askRename)
	}
	return v.done("rename", v.path("security", "tokens", t.ID))
}
