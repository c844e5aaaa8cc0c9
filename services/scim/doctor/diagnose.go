package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/ratelimit"
	"github.com/devrev/scim/services/internal/required"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/overlay"
)

// What a connection has come to.
const (
	NotStarted Verdict = "not-started" // SCIM was never enabled
	Off        Verdict = "off"         // it was, and cannot work: SCIM or single sign-on is off, or no token is live
	Waiting    Verdict = "waiting"     // for the first contact, or the first person
	Working    Verdict = "working"
	Failing    Verdict = "failing" // what is sent is refused again and again
	Silent     Verdict = "silent"  // Entra ID has not been here for longer than it ever waits
)

// Verdict is what a connection has come to, in one word.
type Verdict string

// Thresholds of the verdicts.
const (
	lookBack     = 24 * time.Hour      // refusals that count
	failingAfter = 3                   // refusals for one cause without a success since
	entraSilence = 2 * time.Hour       // it sends something every 40 minutes, even if no one changed
	endsSoon     = 14 * 24 * time.Hour // of a token's life
	mostRefusals = 500                 // that are read
	mostChanges  = 100
)

// Report is the state of one connection.
type Report struct {
	Verdict  Verdict      `json:"verdict"`
	Since    time.Time    `json:"since,omitzero"` // of failing and silent
	Sentence string       `json:"sentence"`       // the verdict and its cause
	Client   token.Client `json:"client,omitempty"`
	App      App          `json:"app,omitempty"`
	Steps    []Step       `json:"steps"`
	Problems []Problem    `json:"problems"`
}

// App is the kind of application in Okta, which decides what is sent.
type App string

// The kinds.
const (
	Catalog App = "catalog" // from Okta's catalogue, or made by its new wizard: PATCH
	Wizard  App = "wizard"  // made by the App Integration Wizard: PUT
)

// Step is one thing that a connection needs, or that it has been seen to do.
type Step struct {
	ID       string    `json:"id"`
	State    State     `json:"state"`
	SeenAt   time.Time `json:"seenAt,omitzero"`
	Sentence string    `json:"sentence"`
	Remedy   string    `json:"remedy,omitempty"`
	Docs     string    `json:"docs,omitempty"` // below docs/
}

// State is how far a step is.
type State string

// The states.
const (
	Done    State = "done"
	Pending State = "waiting"
	Failed  State = "failed"
	Skipped State = "skipped" // it does not apply, or comes later
)

// Problem is all that goes wrong for one cause.
type Problem struct {
	Sentence string    `json:"sentence"`
	Remedy   string    `json:"remedy,omitempty"`
	Count    int       `json:"count"`
	FirstAt  time.Time `json:"firstAt"`
	LastAt   time.Time `json:"lastAt"`
	Names    []string  `json:"names,omitempty"` // of users or groups, the first few
	Sample   string    `json:"sample"`          // the id of the latest entry of the activity
	Open     bool      `json:"open"`            // nothing of its kind has succeeded since

	latest activity.Entry
}

// Tokens is what a Doctor reads of the token store.
type Tokens interface {
	Organisation(ctx context.Context, org string) (token.Organisation, error)
	List(ctx context.Context, org string) ([]token.Record, error)
}

// Deps are what a Doctor reads. All are required.
type Deps struct {
	Tokens    Tokens
	Users     *directory.Users
	Groups    *directory.Groups
	Activity  *activity.Log
	BaseURL   string        // public, of SCIM
	Directory overlay.Below // what requests on a stage find
	Protocol  Protocol
	// Guard returns the guard of requests on a stage over this directory.
	Guard func(over directory.Store) (Guard, error)
	Now   func() time.Time
}

// Doctor examines connections. Make it with New.
type Doctor struct {
	Deps

	reaching pace
	staging  pace
	trying   *ratelimit.Local
}

// New returns a Doctor, or an error that names what d lacks.
func New(d Deps) (*Doctor, error) {
	if err := required.Check(d); err != nil {
		return nil, err
	}
	return &Doctor{Deps: d, reaching: newPace(reachEvery), staging: newPace(stageEvery), trying: ratelimit.NewLocal()}, nil
}

// seen is what is known of one connection.
type seen struct {
	now      time.Time
	baseURL  string
	terms    terms.Organisation
	enabled  bool
	records  []token.Record
	live     []token.Record
	lastUse  time.Time
	client   token.Client
	users    int
	groups   int
	refused  []activity.Entry // latest first, as the next ones
	changed  []activity.Entry // created, restored and updated
	left     []activity.Entry // deactivated and deleted
	signedIn []activity.Entry
}

// Diagnose returns the state of an organisation's connection. Its errors are *scim.Error.
func (d *Doctor) Diagnose(ctx context.Context, org directory.Organisation) (Report, error) {
	s := seen{now: d.Now(), baseURL: d.BaseURL}
	known, err := d.Tokens.Organisation(ctx, string(org.Tenant))
	if errors.Is(err, token.ErrNotFound) {
		return Never(), nil
	}
	if err == nil {
		s.records, err = d.Tokens.List(ctx, string(org.Tenant))
	}
	if err != nil {
		return Report{}, scim.Errorf(503, "", "The tokens cannot be read at the moment. Try again.").Because(err)
	}
	s.terms, s.enabled = terms.Decode(known.Settings), known.Enabled
	for _, r := range s.records {
		if known.Enabled && r.Live(s.now) && r.Generation >= known.Generation {
			s.live = append(s.live, r)
		}
		for _, c := range r.Clients {
			if c.LastAt.After(s.lastUse) {
				s.lastUse, s.client = c.LastAt, c.Name
			}
		}
	}
	if err := d.look(ctx, org, &s); err != nil {
		return Report{}, err
	}
	if last := first(s.changed); last.At.After(s.lastUse) { // uses are told some seconds later
		s.lastUse, s.client = last.At, token.Client(last.Client)
	}
	return s.report(), nil
}

// look reads the directory and the activity, all parts at the same time.
func (d *Doctor) look(ctx context.Context, org directory.Organisation, s *seen) error {
	parts, reading := errgroup.WithContext(ctx)
	parts.Go(func() error {
		users, err := d.Users.List(reading, org, directory.Query{})
		s.users = users.Total
		return err
	})
	parts.Go(func() error {
		groups, err := d.Groups.List(reading, org, directory.Query{})
		s.groups = groups.Total
		return err
	})
	for _, part := range []struct {
		into *[]activity.Entry
		q    activity.Query
	}{
		{&s.refused, activity.Query{Effects: []directory.Effect{activity.EffectRefused}, Since: s.now.Add(-lookBack), Limit: mostRefusals}},
		{&s.changed, activity.Query{
			Kinds:   []activity.Kind{activity.KindChange},
			Effects: []directory.Effect{directory.EffectCreated, directory.EffectRestored, directory.EffectUpdated, directory.EffectReactivated}, Limit: mostChanges,
		}},
		{&s.left, activity.Query{
			Kinds: []activity.Kind{activity.KindChange}, Effects: []directory.Effect{directory.EffectDeactivated, directory.EffectDeleted}, Limit: 10,
		}},
		{&s.signedIn, activity.Query{Kinds: []activity.Kind{activity.KindSignIn}, Limit: 1}},
	} {
		parts.Go(func() (err error) {
			*part.into, err = d.Activity.List(reading, org, part.q)
			return err
		})
	}
	return parts.Wait()
}

// Never is the report of an organisation for which SCIM was never enabled.
func Never() Report {
	return Report{
		Verdict: NotStarted, Sentence: "Not started: SCIM is off.", Problems: []Problem{},
		Steps: []Step{{
			ID: "scim", State: Pending, Sentence: "SCIM was never enabled.", Docs: "console.md",
			Remedy: "Enable it under Security, and enter the base URL and the token in your identity provider.",
		}},
	}
}

func (s *seen) report() Report {
	r := Report{Client: s.client, App: s.app(), Problems: s.problems()}
	r.Steps = s.steps(r.Problems)
	r.Verdict, r.Since, r.Sentence = s.judge(r.Problems)
	return r
}

// app tells which kind of application Okta has, by how it last changed a user.
func (s *seen) app() App {
	if s.client != token.ClientOkta {
		return ""
	}
	for _, e := range slices.Concat(s.left, s.changed) {
		if e.Client != string(token.ClientOkta) || e.Effect == directory.EffectCreated || e.Effect == directory.EffectRestored {
			continue
		}
		isGroup := e.Resource.Type == "Group"
		switch {
		case e.Method == "PATCH":
			return Catalog
		case e.Method == "PUT" && (isGroup || e.Effect == directory.EffectDeactivated || e.Effect == directory.EffectReactivated):
			return Wizard
		}
	}
	return ""
}

// problems groups what went wrong by its cause, the open ones first, then the latest.
func (s *seen) problems() []Problem {
	all := []Problem{}
	add := func(e activity.Entry, sentence, remedy string) {
		i := slices.IndexFunc(all, func(p Problem) bool { return p.Sentence == sentence })
		if i < 0 {
			i = len(all)
			all = append(all, Problem{Sentence: sentence, Remedy: remedy, LastAt: e.At, Sample: e.ID, latest: e})
		}
		p := &all[i]
		p.Count += max(e.Times, 1)
		p.FirstAt = e.At
		if e.Name != "" && len(p.Names) < 5 && !slices.Contains(p.Names, e.Name) {
			p.Names = append(p.Names, e.Name)
		}
	}
	for _, e := range s.refused {
		sentence, remedy := s.cause(e)
		add(e, sentence, remedy)
	}
	for _, e := range s.changed {
		if sentence, remedy := ignored(e); sentence != "" && s.now.Sub(e.At) < lookBack {
			add(e, sentence, remedy)
		}
	}
	for i := range all {
		all[i].Open = s.open(all[i].latest)
	}
	slices.SortStableFunc(all, func(a, b Problem) int {
		if a.Open != b.Open {
			if a.Open {
				return -1
			}
			return 1
		}
		return b.LastAt.Compare(a.LastAt)
	})
	return all
}

// open reports whether nothing of the kind of e has succeeded since.
func (s *seen) open(e activity.Entry) bool {
	switch {
	case e.Effect != activity.EffectRefused:
		return true
	case e.Is(activity.KindAuth):
		return !s.lastUse.After(e.At)
	}
	return !slices.ContainsFunc(slices.Concat(s.changed, s.left), func(made activity.Entry) bool {
		return made.At.After(e.At) && made.Resource.Type == e.Resource.Type && made.Method == e.Method
	})
}

// judge returns the verdict, since when it is so, and both with the cause in a sentence.
func (s *seen) judge(problems []Problem) (Verdict, time.Time, string) {
	because := func(text string) string {
		if len(problems) > 0 && problems[0].Open {
			return text + " " + problems[0].Sentence
		}
		return text
	}
	var failing *Problem
	for i, p := range problems {
		if p.Open && p.latest.Effect == activity.EffectRefused && p.Count >= failingAfter {
			failing = &problems[i]
			break
		}
	}
	switch {
	case !s.enabled && len(s.records) == 0 && s.terms.SSOOff:
		return NotStarted, time.Time{}, "Not started: single sign-on is off."
	case !s.enabled && len(s.records) == 0:
		return NotStarted, time.Time{}, "Not started: SCIM is off."
	case !s.enabled:
		return Off, time.Time{}, because("Off: SCIM is disabled, so no token is accepted.")
	case s.terms.SSOOff:
		return Off, time.Time{}, because("Off: single sign-on is off, so people are provisioned and cannot sign in.")
	case len(s.live) == 0:
		return Off, time.Time{}, because("Off: no token works any more.")
	case failing != nil:
		return Failing, failing.FirstAt, fmt.Sprintf("Failing since %s: %s", directory.Timestamp(failing.FirstAt), failing.Sentence)
	case s.lastUse.IsZero():
		return Waiting, time.Time{}, because("Waiting for the first contact: no request has come with a token of this organisation.")
	case s.users == 0:
		return Waiting, time.Time{}, because("Waiting for the first person: the identity provider has been here, and has sent nobody.")
	case s.client == token.ClientEntra && s.now.Sub(s.lastUse) > entraSilence:
		return Silent, s.lastUse, fmt.Sprintf("Silent since %s: Entra ID, which is here every 40 minutes, has stopped.", directory.Timestamp(s.lastUse))
	case len(problems) > 0 && problems[0].Open:
		return Working, time.Time{}, because("Working, with a problem.")
	default:
		return Working, time.Time{}, "Working."
	}
}

// steps returns what the connection needs and has been seen to do, in the order in which one sets
// it up.
func (s *seen) steps(problems []Problem) []Step {
	var steps []Step
	add := func(id string, state State, at time.Time, docs, done, missing, remedy string) {
		step := Step{ID: id, State: state, Sentence: missing, Remedy: remedy, Docs: docs}
		if state == Done {
			step.Sentence, step.Remedy, step.SeenAt = done, "", at
		}
		steps = append(steps, step)
	}
	never := time.Time{}
	add("sso", done(!s.terms.SSOOff), never, "", "Single sign-on is on.", "Single sign-on is off.", "Turn it on in DevRev's sign-in settings: without it no one whom SCIM provisions can sign in.")
	add("scim", done(s.enabled), never, "", "SCIM is on.", "SCIM is disabled.", "Enable it under Security, and enter the new token in your identity provider.")
	add("token", done(len(s.live) > 0), never, "", "A token is live.", "No token is live.", "Issue one under Security, and enter it in your identity provider.")
	contact := done(!s.lastUse.IsZero())
	add("contact", contact, s.lastUse, s.guide(), "Your identity provider has been here.", "Your identity provider has not connected yet.", "In Okta press Test API Credentials, in Entra ID Test Connection. If the test succeeds there and nothing arrives here, it has the token or the base URL of another organisation.")
	add("credentials", s.atDoor(problems, contact, func(e activity.Entry) bool {
		return e.Is(activity.KindAuth) && e.Credential != activity.CredentialMisplaced
	}), s.lastUse, "idp/refusals.md", "The token it sends is accepted.", "A token that it sends is not accepted.", "The problems below say which, and why.")
	add("baseUrl", s.atDoor(problems, contact, func(e activity.Entry) bool { return e.Credential == activity.CredentialMisplaced }), s.lastUse, s.guide(), "The base URL is right.", "It calls a wrong base URL.", "Enter "+s.baseURL+" as the base URL.")
	strict := Skipped
	if s.client == token.ClientOkta || s.client == token.ClientEntra {
		strict = done(!s.terms.Strict)
	}
	add("strict", strict, never, "divergences.md", "The organisation takes what Okta and Entra ID send.", "Only what the RFCs allow is accepted (strict).", "Turn strict off under Settings: Okta and Entra ID need it off.")
	person, of := Pending, latest(s.changed, func(e activity.Entry) bool { return e.Resource.Type == "User" })
	if s.users > 0 {
		person = Done
	}
	add("person", person, of.At, s.guide(), "People have arrived.", "Nobody has arrived.", "Assign people to the DevRev application in your identity provider. Okta sends no one who was assigned before provisioning was on: press Provision User there.")
	add("signIn", after(person, len(s.signedIn) > 0), first(s.signedIn).At, "", "At least one of them has signed in.", "None of them has signed in within 90 days.", "A person becomes active at the first sign-in.")
	updated := latest(s.changed, func(e activity.Entry) bool { return e.Resource.Type == "User" && e.Effect == directory.EffectUpdated })
	add("update", after(person, updated.ID != ""), updated.At, "", "A profile was changed.", "No change of a profile has arrived.", "Change a title in the identity provider, to see that it arrives.")
	left := latest(s.left, func(e activity.Entry) bool { return e.Resource.Type == "User" })
	add("deactivate", after(person, left.ID != ""), left.At, "", "Somebody was deactivated.", "Nobody was deactivated yet.", "Unassign a test person, to see that it works before you depend on it.")
	group := latest(s.changed, func(e activity.Entry) bool { return e.Resource.Type == "Group" && e.MembersAdded > 0 })
	if s.groups > 0 && group.ID == "" {
		group = latest(s.changed, func(e activity.Entry) bool { return e.Resource.Type == "Group" })
	}
	add("group", after(person, s.groups > 0), group.At, s.guide(), "Groups have arrived.", "No group has arrived.", "In Okta use Push Groups; in Entra ID assign groups to the application.")
	refusals := Done
	if len(s.refused) > 0 {
		refusals = Pending
		if problems[0].Open {
			refusals = Failed
		}
	}
	add("refusals", refusals, s.now, "idp/refusals.md", "Nothing was refused in the last 24 hours.", fmt.Sprintf("Refused requests in the last 24 hours: %d.", refusalsOf(s.refused)), "The problems below say why.")
	if len(s.live) > 0 {
		ends := slices.MaxFunc(s.live, func(a, b token.Record) int { return expiry(a).Compare(expiry(b)) })
		soon := !ends.ExpiresAt.IsZero() && ends.ExpiresAt.Sub(s.now) < endsSoon
		add("tokenEnd", done(!soon), s.now, "", "No token ends soon.", "The last live token ends on "+directory.Timestamp(ends.ExpiresAt)+".", "Rotate it under Security, and enter the new one in your identity provider.")
	}
	recent := Skipped
	if s.client == token.ClientEntra {
		recent = done(s.now.Sub(s.lastUse) <= entraSilence)
	}
	add("recent", recent, s.lastUse, "idp/entra.md", "Entra ID is here regularly.", "Entra ID has not been here for more than two hours.", "Look in Entra ID whether provisioning is on and not in quarantine.")
	return slices.DeleteFunc(steps, func(s Step) bool {
		return s.State == Skipped && slices.Contains([]string{"credentials", "baseUrl", "strict", "recent"}, s.ID)
	})
}

// atDoor returns the state of a step that the first contact settles, unless a problem of this kind
// is open.
func (s *seen) atDoor(problems []Problem, contact State, kind func(activity.Entry) bool) State {
	if slices.ContainsFunc(problems, func(p Problem) bool { return p.Open && kind(p.latest) }) {
		return Failed
	}
	if contact == Done {
		return Done
	}
	return Skipped
}

// guide is the page about the identity provider.
func (s *seen) guide() string {
	switch s.client {
	case token.ClientOkta:
		return "idp/okta.md"
	case token.ClientEntra:
		return "idp/entra.md"
	default:
		return "idp/other.md"
	}
}

func done(is bool) State {
	if is {
		return Done
	}
	return Pending
}

// after returns the state of a step that comes after another.
func after(before State, is bool) State {
	if before != Done && !is {
		return Skipped
	}
	return done(is)
}

// expiry is when a token ends; one that never does ends last.
func expiry(r token.Record) time.Time {
	if r.ExpiresAt.IsZero() {
		return time.Unix(1<<40, 0)
	}
	return r.ExpiresAt
}

func latest(entries []activity.Entry, is func(activity.Entry) bool) activity.Entry {
	if i := slices.IndexFunc(entries, is); i >= 0 {
		return entries[i]
	}
	return activity.Entry{}
}

func first(entries []activity.Entry) activity.Entry {
	return latest(entries, func(activity.Entry) bool { return true })
}

func refusalsOf(entries []activity.Entry) (n int) {
	for _, e := range entries {
		n += max(e.Times, 1)
	}
	return n
}
