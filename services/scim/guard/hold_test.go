package guard_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/patch"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/guard"
)

// newHoldingWorld is newWorld with the mode hold, ten people or more, and the limit that holds
// there: more than 3 and more than a quarter.
func newHoldingWorld(t *testing.T, people int) (*world, []directory.UserID) {
	t.Helper()
	w := newWorld(t)
	w.Org.Guard = terms.DefaultGuard()
	w.Org.Guard.Mode, w.Org.Guard.People = terms.GuardHold, terms.Mass{Count: 3, Percent: 25, Minutes: 60}
	w.since = w.now.Add(-48 * time.Hour)
	return w, w.people(people)
}

// leave has Okta deactivate a person, as a handler does, and returns the refusal.
func (w *world) leave(watch *guard.Watch, id directory.UserID) *scim.Error {
	w.Helper()
	return w.wish(watch, id, directory.EffectDeactivated)
}

func (w *world) wish(watch *guard.Watch, id directory.UserID, wanted directory.Effect) *scim.Error {
	w.Helper()
	by := activity.Request{RequestID: "R-" + string(id), TokenID: "T", Client: "okta", Method: "PATCH", Resource: activity.Resource{Type: "User", ID: string(id)}}
	made := &directory.Change{}
	made.Announce = func(ctx context.Context) error {
		if made.After.State.Enabled() {
			return nil
		}
		return watch.Admit(ctx, w.Org, "tag", by, guard.Wish{User: id, Wanted: made.Effect})
	}
	var err error
	if wanted == directory.EffectDeleted {
		err = w.Users.Delete(w.Context(), w.Org, id, made)
	} else {
		_, err = w.Users.Patch(w.Context(), w.Org, id, w.active(wanted == directory.EffectReactivated), made)
	}
	refusal, refused := errors.AsType[*scim.Error](err)
	if err != nil && !refused {
		w.Fatal(err)
	}
	if err == nil {
		w.Must(watch.Note(w.Context(), w.Org, "tag", by, made))
		w.flush(watch)
	}
	return refusal
}

func (w *world) active(is bool) patch.Request {
	w.Helper()
	req, err := patch.Decode(scim.NewDocument("schemas", []any{scim.PatchOpSchema}, "Operations",
		[]any{scim.NewDocument("op", "replace", "path", "active", "value", is)}), &scim.Tolerance{})
	w.Must(err)
	return req
}

// wants fails the test unless the refusals of so many wishes have this status; 0 is none.
func (w *world) wants(status int, ids ...directory.UserID) {
	w.Helper()
	for _, id := range ids {
		refusal := w.leave(w.watch, id)
		if got := refusal; got == nil && status != 0 || got != nil && got.Status != status {
			w.Fatalf("%s was answered with %v, want %d", id, refusal, status)
		}
	}
}

// isIn reports whether the person is enabled.
func (w *world) isIn(id directory.UserID) bool {
	w.Helper()
	u, err := w.Users.GetDeleted(w.Context(), w.Org, id)
	w.Must(err)
	return u.State.Enabled()
}

func (w *world) enabled(ids []directory.UserID) (n int) {
	w.Helper()
	for _, id := range ids {
		if w.isIn(id) {
			n++
		}
	}
	return n
}

func (w *world) holdReport() guard.HoldReport {
	w.Helper()
	r, err := w.watch.Report(w.Context(), w.Org)
	w.Must(err)
	if r.Hold == nil {
		w.Fatal("there is no hold")
	}
	return *r.Hold
}

func (w *world) tend() {
	w.Helper()
	w.Must(w.watch.Tend(w.Context()))
}

func (w *world) decide(v guard.Verdict, changes ...guard.HeldID) []guard.Decided {
	w.Helper()
	_, decided, err := w.watch.Decide(w.Context(), w.Org, w.holdReport().ID, guard.Decision{Verdict: v, Changes: changes, By: audit.Caller{Subject: "admin-7"}, Note: "we moved"})
	w.Must(err)
	return decided
}

// actions are those of the audit's entries, in their order.
func (w *world) actions() (actions []audit.Action) {
	w.Helper()
	entries, err := w.Audit.ReadAudit(w.Context(), string(w.Org.Tenant), audit.Query{OldestFirst: true, Limit: 100})
	w.Must(err)
	for _, e := range entries {
		actions = append(actions, e.Action)
	}
	return actions
}

func TestBeyondTheLimitPeopleAreHeld(t *testing.T) {
	t.Parallel()
	w, ids := newHoldingWorld(t, 20)
	w.wants(0, ids[:5]...) // a quarter
	w.wants(429, ids[5:12]...)
	w.wants(429, ids[5]) // the same wish again
	refusal := w.wish(w.process(), ids[12], directory.EffectDeleted)
	if refusal == nil || refusal.Status != 429 || !strings.Contains(refusal.Detail, "more than 5 of 20 people were to be deactivated or deleted within 60 minutes") ||
		!strings.Contains(refusal.Detail, w.holdReport().ID) {
		t.Fatalf("a deletion is answered with %v", refusal)
	}
	if n := w.enabled(ids); n != 15 {
		t.Errorf("%d are enabled, want 15", n)
	}
	hold := w.holdReport()
	if hold.State != guard.HoldOpen || hold.People[guard.Waiting] != 8 || hold.Of != 20 {
		t.Errorf("the hold is %+v", hold)
	}
	list, err := w.watch.ListHeld(t.Context(), w.Org.Tenant, hold.ID, "", "", 100)
	w.Must(err)
	for _, held := range list {
		if want := map[bool]directory.Effect{true: directory.EffectDeleted, false: directory.EffectDeactivated}[held.User == ids[12]]; held.Wanted != want || held.RequestID != "R-"+string(held.User) || held.Client != "okta" {
			t.Errorf("held is %+v", held)
		}
	}
	if told := w.told(); len(told) != 1 || told[0].Action != audit.ActionHeld || told[0].TokenID != "T" {
		t.Errorf("told is %+v", told)
	}
	if w.outcomes[guard.Opened] != 1 || w.outcomes[guard.HeldBack] != 8 || w.outcomes[guard.Counted] != 5 || w.outcomes[guard.Uncounted] != 0 {
		t.Errorf("counted was %v", w.outcomes)
	}
}

// TestWhoIsNotHeld: of whatever the guard is not asked to hold, all leave.
func TestWhoIsNotHeld(t *testing.T) {
	t.Parallel()
	for rule, change := range map[string]func(w *world) (client string){
		"Entra ID, by default":                   func(*world) string { return "entra" },
		"a client that the organisation excepts": func(w *world) string { w.Org.Guard.Clients.Okta = terms.GuardOff; return "okta" },
		"where the guard observes":               func(w *world) string { w.Org.Guard.Mode = terms.GuardObserve; return "okta" },
		"in the first day":                       func(w *world) string { w.since = w.now.Add(-23 * time.Hour); return "okta" },
		"while the counter is away":              func(w *world) string { w.counter.away = true; return "okta" },
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			w, ids := newHoldingWorld(t, 12)
			client := change(w)
			for _, id := range ids {
				made := &directory.Change{}
				by := activity.Request{Client: client, Resource: activity.Resource{Type: "User", ID: string(id)}}
				made.Announce = func(ctx context.Context) error {
					return w.watch.Admit(ctx, w.Org, "tag", by, guard.Wish{User: id, Wanted: made.Effect})
				}
				_, err := w.Users.Patch(t.Context(), w.Org, id, w.active(false), made)
				w.Must(err)
			}
		})
	}
}

// TestAmongFewThePercentageSaysNothing: below ten enabled people, the limit is ten.
func TestAmongFewThePercentageSaysNothing(t *testing.T) {
	t.Parallel()
	w, ids := newHoldingWorld(t, 9)
	w.wants(0, ids...)
}

func TestApprovalIsCarriedOutAtOnceByUs(t *testing.T) {
	t.Parallel()
	w, ids := newHoldingWorld(t, 20)
	w.wants(0, ids[:5]...)
	w.wants(429, ids[5:10]...)
	if refusal := w.wish(w.watch, ids[10], directory.EffectDeleted); refusal.Status != 429 {
		t.Fatal(refusal)
	}
	w.decide(guard.Approved)
	w.decide(guard.Approved) // twice is once
	select {
	case <-w.watch.Decided():
	default:
		t.Error("nobody is told to carry it out")
	}
	w.tend()
	if n := w.enabled(ids); n != 9 {
		t.Errorf("%d are enabled, want 9", n)
	}
	if u, err := w.Users.GetDeleted(t.Context(), w.Org, ids[10]); err != nil || !u.Deleted {
		t.Errorf("who was to be deleted is %+v, %v", u, err)
	}
	if u, err := w.Users.Get(t.Context(), w.Org, ids[5]); err != nil || len(u.Word.Said) != 0 {
		t.Errorf("the provider believes otherwise of who was deactivated as it wished: %+v, %v", u.Word, err)
	}
	hold := w.holdReport()
	if hold.State != guard.HoldDecided || hold.Verdict != guard.Approved || hold.By != "admin-7" || hold.Note != "we moved" || hold.People[guard.HeldApplied] != 6 || hold.People[guard.Waiting] != 0 {
		t.Errorf("the hold is %+v", hold)
	}
	entries, err := w.Log.List(t.Context(), w.Org, activity.Query{Resource: activity.Resource{Type: "User", ID: string(ids[5])}, Limit: 10})
	w.Must(err)
	if len(entries) != 1 || entries[0].Actor != "admin-7" || entries[0].By != activity.VoiceAdministrator || entries[0].Effect != directory.EffectDeactivated {
		t.Errorf("the activity says %+v", entries)
	}
	w.wants(0, ids[11:16]...) // the rest of the push: as many as were approved
	w.wants(0, ids[5:9]...)   // the identity provider's retry finds no change
	if got := w.actions(); len(got) != 2 || got[0] != audit.ActionHeld || got[1] != audit.ActionApprove {
		t.Errorf("the audit has %v", got)
	}
}

// TestAnApprovalAllowsTheRestOfThePushOnce: within the window, and not in each one after it.
func TestAnApprovalAllowsTheRestOfThePushOnce(t *testing.T) {
	t.Parallel()
	w, ids := newHoldingWorld(t, 40)
	w.wants(0, ids[:10]...)
	w.wants(429, ids[10:15]...)
	w.decide(guard.Approved)
	w.tend()
	w.wants(0, ids[15:20]...)
	w.wants(429, ids[20])
	w.decide(guard.Rejected)
	w.tend()
	w.now = w.now.Add(61 * time.Minute)
	left := 0
	for _, id := range ids[21:] {
		if w.leave(w.watch, id) == nil {
			left++
		}
	}
	if left != 5 { // a quarter of the 20 who are enabled
		t.Errorf("%d left in the next window", left)
	}
}

func TestRejectionIsRememberedForAWeek(t *testing.T) {
	t.Parallel()
	w, ids := newHoldingWorld(t, 20)
	w.wants(0, ids[:5]...)
	w.wants(429, ids[5:8]...)
	w.decide(guard.Rejected)
	w.tend()
	if n := w.enabled(ids); n != 15 {
		t.Errorf("%d are enabled, want 15", n)
	}
	w.wants(403, ids[5])
	if refusal := w.leave(w.watch, ids[6]); !strings.Contains(refusal.Detail, "rejected this change in DevRev on 30 November 2026") {
		t.Errorf("it is answered with %v", refusal)
	}
	if refusal := w.wish(w.watch, ids[5], directory.EffectDeleted); refusal == nil || refusal.Status != 429 {
		t.Errorf("another wish, which opens the next hold, is answered with %v", refusal)
	}
	if refusal := w.wish(w.watch, ids[7], directory.EffectReactivated); refusal != nil {
		t.Fatal(refusal)
	}
	w.wants(429, ids[7]) // who was assigned again and leaves after that is a new wish
	w.now = w.now.Add(guard.HeldFor)
	w.decide(guard.Rejected)
	w.tend()
	w.wants(0, ids[6]) // counted again
	if w.outcomes[guard.RefusedAgain] != 2 {
		t.Errorf("counted was %v", w.outcomes)
	}
}

func TestOneIsLetThrough(t *testing.T) {
	t.Parallel()
	w, ids := newHoldingWorld(t, 20)
	w.wants(0, ids[:5]...)
	w.wants(429, ids[5:9]...)
	if decided := w.decide(guard.Approved, guard.HeldPerson(ids[6])); len(decided) != 1 || decided[0] != (guard.Decided{ID: guard.HeldPerson(ids[6]), User: ids[6], State: guard.HeldApplied}) {
		t.Errorf("decided is %+v", decided)
	}
	w.decide(guard.Approved, guard.HeldPerson(ids[6]))
	w.decide(guard.Rejected, guard.HeldPerson(ids[7]))
	hold := w.holdReport()
	if w.isIn(ids[6]) || !w.isIn(ids[7]) || !w.isIn(ids[8]) || hold.State != guard.HoldOpen || hold.People[guard.Waiting] != 2 || hold.People[guard.HeldRejected] != 1 {
		t.Errorf("the hold is %+v", hold)
	}
	w.wants(429, ids[9]) // the others wait
	_, _, err := w.watch.Decide(t.Context(), w.Org, hold.ID, guard.Decision{Verdict: guard.Approved, Changes: []guard.HeldID{guard.HeldPerson(ids[0])}})
	if refusal, ok := errors.AsType[*scim.Error](err); !ok || refusal.Status != 404 {
		t.Errorf("a person who is not held: %v", err)
	}
}

// TestDecisionsThatCannotBe are refused, and nothing is done.
func TestDecisionsThatCannotBe(t *testing.T) {
	t.Parallel()
	w, ids := newHoldingWorld(t, 20)
	decide := func(id string, v guard.Verdict) int {
		_, _, err := w.watch.Decide(t.Context(), w.Org, id, guard.Decision{Verdict: v})
		refusal, _ := errors.AsType[*scim.Error](err)
		if refusal == nil {
			return 0
		}
		return refusal.Status
	}
	if got := decide("none", guard.Approved); got != 404 {
		t.Errorf("where there never was a hold: %d", got)
	}
	w.wants(0, ids[:5]...)
	w.wants(429, ids[5:9]...)
	first := w.holdReport().ID
	w.decide(guard.Rejected)
	if got := decide(first, guard.Approved); got != 409 {
		t.Errorf("the opposite of what was decided: %d", got)
	}
	w.tend()
	w.wants(429, ids[10])
	if got := decide(first, guard.Rejected); got != 404 || first == w.holdReport().ID {
		t.Errorf("a hold after which there is another: %d", got)
	}
	if n := w.enabled(ids); n != 15 {
		t.Errorf("%d are enabled, want 15", n)
	}
}

func TestWhoIsSaidToBeActiveIsHeldNoMore(t *testing.T) {
	t.Parallel()
	w, ids := newHoldingWorld(t, 20)
	w.wants(0, ids[:5]...)
	w.wants(429, ids[5:8]...)
	if refusal := w.wish(w.watch, ids[6], directory.EffectReactivated); refusal != nil {
		t.Fatal(refusal)
	}
	if hold := w.holdReport(); hold.People[guard.Waiting] != 2 || hold.People[guard.HeldDropped] != 1 {
		t.Errorf("the hold is %+v", hold)
	}
	w.decide(guard.Approved)
	w.tend()
	if w.isIn(ids[5]) || !w.isIn(ids[6]) || w.isIn(ids[7]) {
		t.Error("not exactly the others left")
	}
}

// TestWhatNobodyDecides is applied or dropped, as the organisation says.
func TestWhatNobodyDecides(t *testing.T) {
	t.Parallel()
	for rule, c := range map[string]struct {
		change  func(w *world)
		after   time.Duration
		verdict guard.Verdict
		stay    bool
	}{
		"it waits for a day":               {func(*world) {}, 24*time.Hour - time.Millisecond, "", true},
		"after a day it is applied":        {func(*world) {}, 24 * time.Hour, guard.Approved, false},
		"or dropped":                       {func(w *world) { w.Org.Guard.Undecided.Then = terms.ThenDrop }, 24 * time.Hour, guard.Dropped, true},
		"or after another time":            {func(w *world) { w.Org.Guard.Undecided.Hours = 2 }, 2 * time.Hour, guard.Approved, false},
		"where SCIM is disabled, it drops": {func(w *world) { w.disabled = true }, 0, guard.Dropped, true},
		"and where it was, for a moment":   {func(w *world) { w.since = w.now.Add(time.Second) }, 0, guard.Dropped, true},
		"where the mode is changed":        {func(w *world) { w.Org.Guard.Mode = terms.GuardObserve }, 24 * time.Hour, guard.Dropped, true},
		"or the guard is switched off":     {func(w *world) { w.Org.Guard.Mode = terms.GuardOff }, 24 * time.Hour, guard.Dropped, true},
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			w, ids := newHoldingWorld(t, 20)
			w.wants(0, ids[:5]...)
			w.wants(429, ids[5:8]...)
			c.change(w)
			w.now = w.now.Add(c.after)
			w.tend()
			w.tend()
			hold := w.holdReport()
			if hold.Verdict != c.verdict || hold.By != "" || w.isIn(ids[5]) != c.stay || w.isIn(ids[7]) != c.stay {
				t.Errorf("the hold is %+v", hold)
			}
			told := w.told()
			if expired := told[len(told)-1].Action == audit.ActionExpired; expired != (c.verdict != "") {
				t.Errorf("told is %+v", told)
			}
		})
	}
}
