package console

import (
	"fmt"
	"net/http"

	"github.com/devrev/scim/services/internal/apiclient"
)

// undoPage is an undo, or the dry run of one, which comes first.
type undoPage struct {
	apiclient.Undo

	Pager pager
}

// Ended reports whether every user and group has an outcome.
func (p undoPage) Ended() bool { return p.State == "done" }

// Moves is how many users and groups go back, at least in part.
func (p undoPage) Moves() int { return p.Counts["undone"] + p.Counts["partly"] }

// tryUndo begins the dry run of an undo: of an entry, or of the push that it belongs to.
func (s *Console) tryUndo(v *visit) error {
	asked := apiclient.UndoAsked{DryRun: true}
	entry := v.PostForm("entry")
	if v.PostForm("what") == "push" {
		asked.Push = entry
	} else {
		asked.Entries = []string{entry}
	}
	return s.startUndo(v, asked, func(v *visit) error { return s.showEntry(v, entry) })
}

// manyPeople is how many people an undo may take back without a fresh proof of who asks for it.
const manyPeople = 20

// confirmUndo begins the undo that its dry run has shown. For many people, the administrator has to
// have proved who they are.
func (s *Console) confirmUndo(v *visit) error {
	tried, err := v.api.Undo(v.Request.Context(), v.Param("id"), "")
	if err != nil {
		return v.again(err, s.undo)
	}
	if people := min(tried.Users, undoPage{Undo: tried}.Moves()); people > manyPeople {
		if ok, err := v.proved(fmt.Sprintf("Take back what was changed of %d people", people)); !ok {
			return err
		}
	}
	return s.startUndo(v, apiclient.UndoAsked{As: v.Param("id")}, s.undo)
}

func (s *Console) startUndo(v *visit, asked apiclient.UndoAsked, page page) error {
	id, err := v.api.StartUndo(v.Request.Context(), asked)
	if err != nil {
		return v.again(err, page)
	}
	v.Redirect(http.StatusSeeOther, v.path("undo", id))
	return nil
}

// undo shows how far an undo is. Until it has ended, the browser looks again by itself.
func (s *Console) undo(v *visit) error {
	u, err := v.api.Undo(v.Request.Context(), v.Param("id"), v.Query("after"))
	if err != nil {
		return err
	}
	p := undoPage{u, v.pager(u.Next)}
	title := "Undo"
	if u.DryRun {
		title = "What an undo would do"
	}
	if !p.Ended() {
		v.Header("Refresh", "2")
	}
	return v.show(http.StatusOK, "undo", title, p, crumb{"Activity", v.path("activity")})
}
