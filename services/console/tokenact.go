package console

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/devrev/scim/services/internal/apiclient"
)

// tokenAct is one thing that can be done with a token. Each has a page that says what will happen,
// with the form that does it.
type tokenAct struct {
	name      string // in the path, and of the notice
	title     string
	dangerous func(tokenView) bool // the person has to have proved who they are
	do        func(context.Context, *apiclient.Organisation, string) error
}

func always(tokenView) bool { return true }

func unsafe(t tokenView) bool { return t.Verdict == nil || !t.Verdict.Safe }

func never(tokenView) bool { return false }

var tokenActs = []tokenAct{
	{"revoke", "Revoke a token", unsafe, func(ctx context.Context, api *apiclient.Organisation, id string) error { return api.Revoke(ctx, id) }},
	{"end", "End the token before", unsafe, func(ctx context.Context, api *apiclient.Organisation, id string) error {
		_, err := api.End(ctx, id)
		return err
	}},
	{"cancel", "Take the rotation back", always, func(ctx context.Context, api *apiclient.Organisation, id string) error {
		_, err := api.Cancel(ctx, id)
		return err
	}},
	{"restore", "Restore a token", never, func(ctx context.Context, api *apiclient.Organisation, id string) error {
		_, err := api.Restore(ctx, id)
		return err
	}},
}

// tokenActPage is what a page about an act shows.
type tokenActPage struct {
	Token tokenView
	Act   string
	Title string
}

func (s *Console) askTokenAct(a tokenAct) page {
	return func(v *visit) error {
		t, err := s.findToken(v)
		if err != nil {
			return err
		}
		return v.show(http.StatusOK, "act", a.title, tokenActPage{t, a.name, a.title}, crumb{"Security", v.path("security")}, crumb{t.Name, v.path("security", "tokens", t.ID)})
	}
}

func (s *Console) tokenAct(a tokenAct) page {
	return func(v *visit) error {
		ask := s.askTokenAct(a)
		t, err := s.findToken(v)
		if err != nil {
			return v.again(err, ask)
		}
		if a.name == "revoke" && unsafe(t) && v.PostForm("token_name") != t.Name {
			return v.wrong("Type the name of the token as it is written above: it may be in use.", ask)
		}
		if a.dangerous(t) {
			if ok, err := v.proved(a.title + " (" + t.Name + ")"); !ok {
				return err
			}
		}
		if err := a.do(v.Request.Context(), v.api, t.ID); err != nil {
			return v.again(err, ask)
		}
		return v.done(a.name, v.path("security"))
	}
}

// rotateForm is the form that makes a token in the place of another one.
type rotateForm struct {
	Token tokenView
	Key   string
	Hours int // of the overlap
}

// defaultOverlap is how long the token before goes on, in hours, unless the form says otherwise.
const defaultOverlap = 24

func (s *Console) askRotate(v *visit) error {
	t, err := s.findToken(v)
	if err != nil {
		return err
	}
	form := rotateForm{t, v.key(), defaultOverlap}
	return v.show(http.StatusOK, "rotate", "Rotate a token", form, crumb{"Security", v.path("security")}, crumb{t.Name, v.path("security", "tokens", t.ID)})
}

func (s *Console) rotate(v *visit) error {
	hours, err := strconv.Atoi(v.PostForm("overlap"))
	if err != nil {
		return v.wrong("The overlap is a number of hours, from 0 to 168.", s.askRotate)
	}
	expires, ok := expiry(v.PostForm("expires"), s.deps.Now())
	if !ok {
		return v.wrong("Choose how long the token lives from the list.", s.askRotate)
	}
	t, err := v.api.Rotate(v.Request.Context(), v.PostForm("key"), apiclient.Rotation{
		Current: v.Param("id"), OverlapHours: hours, Name: v.PostForm("name"), ExpiresAt: expires, Force: v.PostForm("force") == "on",
	})
	if err != nil {
		return v.again(err, s.askRotate)
	}
	return s.issued(v, t)
}

// expiry reads a choice of the list: a number of days, or "" for no end.
func expiry(choice string, now time.Time) (time.Time, bool) {
	if choice == "" {
		return time.Time{}, true
	}
	n, err := strconv.Atoi(choice)
	if err != nil || n < 1 || n > 3650 {
		return time.Time{}, false
	}
	return now.UTC().AddDate(0, 0, n).Truncate(time.Second), true
}
