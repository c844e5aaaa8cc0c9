package activity_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

func TestAnEntryIsBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ä", 10_000)
	made := &directory.Change{Effect: directory.EffectUpdated, Before: directory.Snapshot{Document: scim.NewDocument()}}
	for i := range 1000 {
		text := fmt.Sprint(i, long)
		made.Outcomes = append(made.Outcomes, directory.Outcome{Operation: i, Path: text})
		made.Skipped = append(made.Skipped, directory.UserID(text))
		made.Members.Added = append(made.Members.Added, directory.UserID(fmt.Sprint("joined", i)))
		made.Members.Removed = append(made.Members.Removed, directory.UserID(fmt.Sprint("left", i)))
		made.Tolerance.Accepted = append(made.Tolerance.Accepted, scim.Accepted{Coercion: scim.UnknownIgnored, Path: text})
	}
	made.After.Document = scim.NewDocument("userName", "bjensen", "title", long)
	w := newWorld(t)
	w.Must(w.Log.Record(t.Context(), w.Org, by(long, directory.UserID("\xff\x00"+long)), made))
	e := w.latest()
	if want := (activity.Omitted{Operations: 900, Coercions: 900, Ignored: 900, Skipped: 900, Members: 1800}); e.Omitted != want {
		t.Errorf("omitted are %+v, want %+v", e.Omitted, want)
	}
	for what, n := range map[string]int{"operations": len(e.Operations), "coercions": len(e.Coercions), "ignored": len(e.Ignored), "skipped": len(e.Skipped), "who joined": len(e.Members.Added), "who left": len(e.Members.Removed)} {
		if n != 100 {
			t.Errorf("%d %s, want 100", n, what)
		}
	}
	for _, text := range []string{e.Operations[99].Path, e.Coercions[99].Path, e.Skipped[99], e.Method, e.Resource.ID} {
		if len(text) > 200 || strings.ToValidUTF8(text, "") != text {
			t.Errorf("%q has %d bytes", text, len(text))
		}
	}
	if moved, err := w.Log.Moved(t.Context(), w.Org, e.ID, 990, 2000); err != nil || len(moved) != 1010 || moved[0].Joined == moved[1009].Joined || e.MembersAdded != 1000 {
		t.Errorf("%d moved, %v", len(moved), err)
	}
	want := []activity.Difference{{Attribute: "title", Withheld: activity.ReasonTooLong}, {Attribute: "userName", After: []byte(`"bjensen"`)}}
	if diff := cmp.Diff(want, e.Attributes); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	w.Must(w.Log.Refuse(t.Context(), w.Org, by("PUT", "7"), made, scim.BadRequest(scim.InvalidValue, "%s", long)))
	if e := w.latest(); len(e.Refusal.Detail) > 1<<10 || e.Operations != nil || e.Attributes != nil || e.Skipped != nil {
		t.Errorf("of a refusal is told %+v", e)
	}
}

func TestTheValuesOfAnEntryAreBoundedTogether(t *testing.T) {
	t.Parallel()
	attributes := scim.NewDocument()
	for i := range 30 {
		attributes.Set(fmt.Sprintf("a%02d", i), strings.Repeat("x", 2000))
	}
	own := &schema.Schema{ID: "urn:example:2.0:User"}
	for name := range attributes.All() {
		own.Attributes = append(own.Attributes, &schema.Attribute{Name: name, Type: schema.String})
	}
	w := newWorld(t)
	w.Org.Schemas = w.Org.Schemas.With(own)
	made := &directory.Change{Effect: directory.EffectUpdated, After: directory.Snapshot{Document: scim.NewDocument(own.ID, attributes)}}
	w.Must(w.Log.Record(t.Context(), w.Org, by("PUT", "7"), made))
	for i, d := range w.latest().Attributes {
		want := activity.Reason("")
		if i >= 16 { // as many as 32 KiB hold
			want = activity.ReasonTooLong
		}
		if d.Withheld != want || (d.After == nil) != (want != "") {
			t.Errorf("value %d of %s is withheld as %q, want %q", i, d.Attribute, d.Withheld, want)
		}
	}
}

// The change has happened, whether or not its client waits for the answer.
func TestAClientThatLeftIsToldOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	left, leave := context.WithCancel(t.Context())
	leave()
	w.Must(w.Log.Record(left, w.Org, by("DELETE", "7"), &directory.Change{Effect: directory.EffectDeleted}))
	if e := w.latest(); e.Effect != directory.EffectDeleted {
		t.Errorf("told was %+v", e)
	}
}

// broken is a Store whose writes fail.
type broken struct{ activity.Store }

func (broken) Record(context.Context, directory.Tenant, activity.Entry, []activity.Moved) error {
	return directory.ErrUnavailable
}

func (broken) List(context.Context, directory.Tenant, activity.Query) ([]activity.Entry, error) {
	return nil, directory.ErrUnavailable
}

func TestAStoreThatFailsIs503(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	log := activity.NewLog(broken{}, []byte("a key of names"))
	_, listing := log.List(t.Context(), w.Org, activity.Query{Limit: 1})
	_, _, why := log.Why(t.Context(), w.Org, directory.User{})
	for call, err := range map[string]error{
		"Record": log.Record(t.Context(), w.Org, by("PUT", "7"), &directory.Change{}), "List": listing, "Why": why,
	} {
		if e, ok := errors.AsType[*scim.Error](err); !ok || e.Status != 503 || !errors.Is(err, directory.ErrUnavailable) {
			t.Errorf("%s: %v", call, err)
		}
	}
}

// deaf is a Store that says so often that it stored no line, whether or not it did.
type deaf struct {
	activity.Store
	left  int
	lines bool // it did
}

func (d *deaf) Record(ctx context.Context, t directory.Tenant, e activity.Entry, moved []activity.Moved) error {
	if d.left == 0 {
		return d.Store.Record(ctx, t, e, moved)
	}
	d.left--
	if d.lines {
		if err := d.Store.Record(ctx, t, e, moved); err != nil {
			return err
		}
	}
	return directory.ErrUnavailable
}

// TestAChangeThatCouldNotBeToldIsToldLater: once, although the client that asks again changes
// nothing any more.
func TestAChangeThatCouldNotBeToldIsToldLater(t *testing.T) {
	t.Parallel()
	for _, stored := range []bool{false, true} {
		w := newWorld(t)
		store := &deaf{Store: w.Activity, left: 2, lines: stored}
		log := activity.NewLog(store, []byte("a key of names"))
		left := &directory.Change{Effect: directory.EffectDeactivated}
		if err := log.Record(t.Context(), w.Org, by("PATCH", "7"), left); err == nil {
			t.Error("a change that is not told is acknowledged")
		}
		if err := log.Flush(t.Context()); err == nil {
			t.Error("Flush says that it stored what it could not store")
		}
		for range 2 {
			w.Must(log.Flush(t.Context()))
		}
		lines, err := log.List(t.Context(), w.Org, activity.Query{Limit: 9})
		w.Must(err)
		if len(lines) != 1 || lines[0].Effect != directory.EffectDeactivated || lines[0].Resource.ID != "7" {
			t.Errorf("stored at once %t: told is %+v", stored, lines)
		}
	}
}
