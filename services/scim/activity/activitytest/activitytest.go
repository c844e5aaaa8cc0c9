package activitytest

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/patch"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// A rule is one sentence of the contract and the test that a store can fail.
type rule struct {
	name string
	run  func(w world)
}

// RunStore proves the contract on the stores that newStore gives, one for each rule; they may share
// their data. newStore ends with Cleanup what it starts.
func RunStore(t *testing.T, newStore func(t *testing.T) activity.Store) {
	t.Helper()
	for _, r := range slices.Concat(recordRules, listRules, movedRules, countRules) {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			r.run(world{t, newStore(t), directory.Tenant("org-" + uuid.NewString())})
		})
	}
}

// world is a store and an organisation in it that no other test has.
type world struct {
	*testing.T
	activity.Store
	tenant directory.Tenant
}

// NewEntry returns an entry of that time with no field left at its zero value, except for Refusal
// and Withheld, which do not go with the others. Its resource and its request are its own.
func NewEntry(at time.Time) activity.Entry {
	at = directory.Now(at)
	return activity.Entry{
		ID: newID(at), At: at, Kind: activity.KindChange, Name: "Zoë@example.com",
		Request: activity.Request{
			RequestID: "request-" + uuid.NewString(), TraceID: "trace-" + uuid.NewString(), By: activity.VoiceProvider, Actor: "somebody", TokenID: "0123456789ab", Client: "okta", Method: "PATCH",
			Resource: activity.Resource{Type: "User", ID: uuid.NewString()},
		},
		Effect: directory.EffectDeactivated, Credential: "revoked",
		State: activity.Transition{Before: directory.StateActive, After: directory.StateDeactivated},
		Attributes: []activity.Difference{
			{Attribute: "name", Before: json.RawMessage(`{"givenName":"Zoë \"Z\" \\"}`), After: json.RawMessage(`{"givenName":null}`)},
			{Attribute: "urn:example:2.0:User:cost.centre", After: json.RawMessage(`[1,2.5,true]`)},
			{Attribute: "$ref", Before: json.RawMessage(`"x"`)},
		},
		Operations: []activity.Operation{{Operation: 1, Op: patch.Replace, Path: "active", Result: directory.ResultApplied, Why: "said so"}},
		Coercions:  []activity.Coercion{{Coercion: scim.CapitalOp, Path: "op"}, {Coercion: scim.UnknownIgnored, Path: "a.b$c"}, {Coercion: scim.UnknownIgnored, Path: "\x00"}},
		Ignored:    []activity.Ignored{{Path: "a.b$c", Why: "no schema has it"}},
		Kept:       []string{"displayName"}, Skipped: []string{"nobody"}, MembersAdded: 1, MembersRemoved: 2,
		Members: activity.Members{Added: []directory.UserID{"somebody"}, Removed: []directory.UserID{"nobody", "anybody"}},
		Omitted: activity.Omitted{Attributes: 1, Operations: 2, Coercions: 3, Ignored: 5, Skipped: 4, Members: 6},
	}
}

// newID returns a UUIDv7 of that time.
func newID(at time.Time) string {
	id := uuid.Must(uuid.NewV7())
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(at.UnixMilli()))
	copy(id[:6], ms[2:])
	return id.String()
}

// now is the present, since a store forgets what is too old.
func now() time.Time { return directory.Now(time.Now()) }

// record stores entries as they are.
func (w world) record(entries ...activity.Entry) {
	w.Helper()
	for _, e := range entries {
		if err := w.Record(w.Context(), w.tenant, e, nil); err != nil {
			w.Fatalf("Record: %v", err)
		}
	}
}

// series records entries, a minute apart until now, and returns them oldest first.
func (w world) series(n int, change func(i int, e *activity.Entry)) []activity.Entry {
	w.Helper()
	entries := make([]activity.Entry, n)
	for i := range entries {
		entries[i] = NewEntry(now().Add(time.Duration(i-n+1) * time.Minute))
		change(i, &entries[i])
	}
	w.record(entries...)
	return entries
}

// values compares those of attributes whole: byte by byte, long ones take half a minute.
var values = cmp.FilterValues(func(a, b json.RawMessage) bool { return len(a)+len(b) > 0 },
	cmp.Comparer(func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }))

// lists fails the test unless q asks for exactly these entries, in this order.
func (w world) lists(q activity.Query, want ...activity.Entry) {
	w.Helper()
	got, err := w.List(w.Context(), w.tenant, q)
	if err != nil {
		w.Fatalf("List: %v", err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), values); diff != "" {
		w.Errorf("List of %+v (-want +got):\n%s", q, diff)
	}
}

func (w world) counts(want activity.Counts) {
	w.Helper()
	got, err := w.Counts(w.Context(), w.tenant)
	if err != nil {
		w.Fatalf("Counts: %v", err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		w.Errorf("Counts (-want +got):\n%s", diff)
	}
}

func (w world) unavailable(call string, err error) {
	w.Helper()
	if !errors.Is(err, directory.ErrUnavailable) {
		w.Errorf("%s: error %v, want %v", call, err, directory.ErrUnavailable)
	}
}
