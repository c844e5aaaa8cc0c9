package console

import (
	"encoding/json"
	"net/http"

	"github.com/devrev/scim/services/internal/apiclient"
)

// tryPage is a request that is not sent, and what it would do.
type tryPage struct {
	Method, Path, IfMatch, Client, Body string

	Entry   *apiclient.ActivityEntry // that the request is made of; nil: none
	Made    string                   // how it was made, in words
	Outcome *apiclient.Outcome       // nil: it was not tried yet
}

// Changes are the entries that the activity would have.
func (p tryPage) Changes() []apiclient.ActivityEntry {
	if p.Outcome.Change != nil {
		return []apiclient.ActivityEntry{*p.Outcome.Change}
	}
	return p.Outcome.Changes
}

// Answer is the body of the answer, for people.
func (p tryPage) Answer() string { return pretty(p.Outcome.Body) }

// askTry shows the form, filled in with the request of ?entry=, as far as that is known.
func (s *Console) askTry(v *visit) error {
	p := tryPage{Method: http.MethodPatch}
	if id := v.Query("entry"); id != "" {
		e, err := v.api.Entry(v.Request.Context(), id)
		if err != nil {
			return err
		}
		p = replay(e)
	}
	return v.showTry(p)
}

// try asks what a request would do, and shows it. It changes nothing, so auditors may ask for it.
func (s *Console) try(v *visit) error {
	p := tryPage{
		Method: v.PostForm("method"), Path: v.PostForm("path"), IfMatch: v.PostForm("if_match"), Client: v.PostForm("client"), Body: v.PostForm("body"),
	}
	asked := apiclient.DryRun{Method: p.Method, Path: p.Path}
	if p.Body != "" {
		asked.Body, _ = json.Marshal(p.Body) // as a text: the service sends it as it is
	}
	if p.IfMatch != "" {
		asked.Headers = map[string]string{"If-Match": p.IfMatch}
	}
	if p.Client != "" {
		asked.As = &apiclient.DryRunAs{Client: p.Client}
	}
	o, err := v.api.DryRun(v.Request.Context(), asked)
	if err != nil {
		return v.again(err, func(v *visit) error { return v.showTry(p) })
	}
	p.Outcome = &o
	return v.showTry(p)
}

func (v *visit) showTry(p tryPage) error {
	above := crumb{"Activity", v.path("activity")}
	if p.Entry != nil {
		return v.show(http.StatusOK, "try", "Try a request", p, above, crumb{did(*p.Entry), v.path("activity", p.Entry.ID)})
	}
	return v.show(http.StatusOK, "try", "Try a request", p, above)
}

// pretty is a JSON text as people read it.
func pretty(raw json.RawMessage) string {
	text, err := json.MarshalIndent(raw, "", "  ")
	if err != nil {
		return string(raw)
	}
	return string(text)
}
