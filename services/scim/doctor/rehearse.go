package doctor

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

const (
	stageEvery = 2 * time.Second // of an organisation
	maxShown   = 4 << 10         // bytes of a body
	maxName    = 254             // bytes of a userName
)

// Play says whose dialogue is rehearsed.
type Play struct {
	Client   token.Client `json:"client"`
	App      App          `json:"app,omitempty"`      // of Okta; "": Catalog
	UserName string       `json:"userName,omitempty"` // as the identity provider would send it; "": one that every organisation takes
}

// Rehearsal is what came of a dialogue.
type Rehearsal struct {
	Client    token.Client `json:"client"`
	App       App          `json:"app,omitempty"`
	Passed    bool         `json:"passed"`
	Sentence  string       `json:"sentence"` // the first cause of a failure
	Remedy    string       `json:"remedy,omitempty"`
	Exchanges []Exchange   `json:"exchanges"`
}

// Exchange is one request of a rehearsal and its answer. Lists are shown by what was found alone.
type Exchange struct {
	Step     string          `json:"step"` // what the identity provider does, in words
	Method   string          `json:"method"`
	Path     string          `json:"path"`
	Body     json.RawMessage `json:"body,omitempty"`
	Status   int             `json:"status"`
	Answer   json.RawMessage `json:"answer,omitempty"`
	OK       bool            `json:"ok"`
	Sentence string          `json:"sentence"`
}

// Rehearse plays an identity provider's dialogue through the real protocol, on the organisation's
// terms. Nothing of it remains. Its errors are *scim.Error.
func (d *Doctor) Rehearse(ctx context.Context, org directory.Organisation, play Play) (Rehearsal, error) {
	switch {
	case play.Client != token.ClientOkta && play.Client != token.ClientEntra:
		return Rehearsal{}, scim.BadRequest(scim.InvalidValue, "client must be okta or entra.")
	case play.App != "" && (play.Client != token.ClientOkta || play.App != Catalog && play.App != Wizard):
		return Rehearsal{}, scim.BadRequest(scim.InvalidValue, "app must be catalog or wizard, and is of okta alone.")
	case len(play.UserName) > maxName:
		return Rehearsal{}, scim.BadRequest(scim.InvalidValue, "userName must have %d bytes at most.", maxName)
	}
	if wait := d.staging.take(org.Tenant, d.Now()); wait > 0 {
		return Rehearsal{}, &Early{"A rehearsal was run a moment ago.", wait}
	}
	if play.Client == token.ClientOkta && play.App == "" {
		play.App = Catalog
	}
	stage, err := d.open(org, func(directory.Store) (Guard, error) { return unguarded{}, nil })
	if err != nil {
		return Rehearsal{}, err
	}
	p := &player{ctx: ctx, stage: stage, r: Rehearsal{Client: play.Client, App: play.App, Passed: true}}
	p.perform(org, play)
	if p.r.Passed {
		p.r.Sentence = fmt.Sprintf("All %d requests are answered as %s expects. Nothing of them was kept.", len(p.r.Exchanges), nameOf(play))
	}
	return p.r, ctx.Err()
}

// Early is why something is not done yet, which was done a moment ago.
type Early struct {
	Detail string
	Wait   time.Duration
}

// Error is the detail.
func (e *Early) Error() string { return e.Detail }

func nameOf(play Play) string {
	if play.Client == token.ClientEntra {
		return "Entra ID"
	}
	return "Okta"
}

// player sends what the script says.
type player struct {
	ctx   context.Context //nolint:containedctx // of one rehearsal, no longer than it
	stage *stage
	r     Rehearsal
}

// send makes one request, which is right if it is answered with one of the statuses, and returns
// the answer.
func (p *player) send(step, method, path string, body any, right ...int) *scim.Document {
	var data []byte
	if body != nil {
		data, _ = json.Marshal(body) // texts, lists and objects always encode
	}
	header := http.Header{"Accept": {scim.MediaType}, "User-Agent": {userAgents[p.r.Client]}}
	if body != nil {
		header.Set("Content-Type", scim.MediaType+"; charset=utf-8")
	}
	w, err := p.stage.send(p.ctx, method, path, header, data)
	if err != nil {
		return nil
	}
	x := Exchange{Step: step, Method: method, Path: path, Status: w.status, OK: slices.Contains(right, w.status)}
	if len(data) > 0 && len(data) <= maxShown {
		x.Body = data
	}
	doc, err := scim.Decode(w.body.Bytes(), 0)
	if err != nil {
		doc = nil
	}
	_, isList := doc.Get("Resources")
	if doc != nil && !isList && w.body.Len() <= maxShown {
		x.Answer = bytes.Clone(w.body.Bytes())
	}
	x.Sentence = p.sentence(doc, w.status)
	if !x.OK && p.r.Passed {
		p.r.Passed, p.r.Sentence = false, x.Sentence
		if cause, remedy, ok := p.cause(); ok {
			p.r.Sentence, p.r.Remedy = cause, remedy
		}
	}
	p.r.Exchanges = append(p.r.Exchanges, x)
	return doc
}

// cause is that of the refusal that was told last.
func (p *player) cause() (sentence, remedy string, ok bool) {
	for _, e := range p.stage.told.entries {
		if e.Effect == activity.EffectRefused {
			sentence, remedy = (&seen{}).cause(e)
			return sentence, remedy, true
		}
	}
	return "", "", false
}

// sentence says what came of a request.
func (p *player) sentence(doc *scim.Document, status int) string {
	if status >= http.StatusBadRequest {
		detail, _, _ := strings.Cut(doc.String("detail"), " The id of this request is ")
		return detail
	}
	if _, isList := doc.Get("Resources"); isList {
		total, _ := doc.Get("totalResults")
		return fmt.Sprintf("Found: %v.", total)
	}
	if len(p.stage.told.entries) == 0 {
		return "Answered."
	}
	e := p.stage.told.entries[len(p.stage.told.entries)-1]
	text := map[directory.Effect]string{
		directory.EffectCreated: "Created.", directory.EffectRestored: "Restored: the same record as before.", directory.EffectUpdated: "Changed.", directory.EffectUnchanged: "Accepted; nothing to change.",
		directory.EffectDeactivated: "Deactivated.", directory.EffectReactivated: "Reactivated.", directory.EffectDeleted: "Removed.",
	}[e.Effect]
	if e.Effect == directory.EffectCreated && e.State.After != "" {
		text = fmt.Sprintf("Created, in the state %s.", e.State.After)
	}
	if e.MembersAdded+e.MembersRemoved > 0 {
		text += fmt.Sprintf(" Members: %d added, %d removed.", e.MembersAdded, e.MembersRemoved)
	}
	if n := len(e.Coercions); n > 0 {
		text += fmt.Sprintf(" Departures from the RFCs that were put right: %d.", n)
	}
	if len(e.Kept) > 0 {
		text += fmt.Sprintf(" The person's own, and kept: %s.", strings.Join(e.Kept, ", "))
	}
	all := []string{text}
	for _, i := range e.Ignored {
		all = append(all, fmt.Sprintf("%s is left out: %s.", scim.Quote(i.Path), i.Why))
	}
	return strings.Join(all, " ")
}

// random returns text of so many bytes that no one has used before.
func random(bytes int) string {
	data := make([]byte, bytes)
	_, _ = rand.Read(data) // never fails
	return hex.EncodeToString(data)
}

// filterBy returns a filter whose value is quoted as JSON quotes it (RFC 7644 section 3.4.2.2),
// which for some characters is not as Go does.
func filterBy(attribute, value string) string {
	quoted, _ := json.Marshal(value) // a text always encodes
	return "filter=" + url.QueryEscape(attribute+" eq "+string(quoted))
}
