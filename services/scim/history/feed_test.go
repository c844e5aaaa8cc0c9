package history_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/local/embedded/embeddedtest"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/history"
)

func create(w *embeddedtest.World, n int) {
	w.Helper()
	_, err := w.Users.Create(w.Context(), w.Org, scim.NewDocument("schemas", []any{scim.UserSchema}, "userName", fmt.Sprint("user", n)), &directory.Change{})
	w.Must(err)
}

// holed is a store that has forgotten one event in the middle.
type holed struct {
	history.Store
	hole int64
}

func (s holed) Events(ctx context.Context, t directory.Tenant, after int64, limit int) (events []history.Event, err error) {
	all, err := s.Store.Events(ctx, t, after, limit)
	for _, e := range all {
		if e.Seq != s.hole {
			events = append(events, e)
		}
	}
	return events, err
}

func TestAPageEndsBeforeAGapAndTheNextSaysSo(t *testing.T) {
	t.Parallel()
	w := embeddedtest.NewWorld(t)
	for n := range 5 {
		create(w, n)
	}
	feed := history.NewFeed(holed{w.History, 3})
	page, err := feed.Read(t.Context(), w.Org.Tenant, 0, nil, 10)
	w.Must(err)
	if len(page.Events) != 2 || page.Next != 2 {
		t.Fatalf("got %+v", page)
	}
	_, err = feed.Read(t.Context(), w.Org.Tenant, page.Next, nil, 10)
	gone, ok := errors.AsType[*history.Gone](err)
	if !ok || gone.Oldest != 4 || gone.Last != 5 {
		t.Fatalf("got %v", err)
	}
}

func TestAReaderDoesNotWaitWhereTheServerEnds(t *testing.T) {
	t.Parallel()
	w := embeddedtest.NewWorld(t)
	asked := 0
	ending := func() bool {
		asked++
		return asked == 2
	}
	page, err := history.NewFeed(w.History).Await(t.Context(), w.Org.Tenant, 0, nil, 10, time.Hour, ending)
	w.Must(err)
	if len(page.Events) > 0 || asked != 2 {
		t.Fatalf("got %+v, asked %d times", page, asked)
	}
}

// late is a store whose first event comes between the first look and the second.
type late struct {
	history.Store
	looks int
}

func (s *late) Events(context.Context, directory.Tenant, int64, int) ([]history.Event, error) {
	if s.looks++; s.looks == 1 {
		return nil, nil
	}
	return []history.Event{{Seq: 1}}, nil
}

func (s *late) LastSeq(context.Context, directory.Tenant) (int64, error) { return 0, nil }

func TestAReaderOfLittlePatienceLooksOnceMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		page, err := history.NewFeed(&late{}).Await(t.Context(), "org", 0, nil, 10, time.Millisecond, func() bool { return false })
		if err != nil || len(page.Events) != 1 {
			t.Fatalf("got %+v, %v", page, err)
		}
	})
}

func TestAReaderWhoLeavesWaitsNoLonger(t *testing.T) {
	t.Parallel()
	w := embeddedtest.NewWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	leaving := func() bool {
		cancel()
		return false
	}
	_, err := history.NewFeed(w.History).Await(ctx, w.Org.Tenant, 0, nil, 10, time.Hour, leaving)
	if !errors.Is(err, directory.ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
}

func TestOthersAreNotReadOfATypeThatIsRare(t *testing.T) {
	t.Parallel()
	w := embeddedtest.NewWorld(t)
	for n := range 700 {
		create(w, n)
	}
	_, err := w.Groups.Create(t.Context(), w.Org, scim.NewDocument("schemas", []any{scim.GroupSchema}, "displayName", "Guides"), &directory.Change{})
	w.Must(err)
	page, err := history.NewFeed(w.History).Read(t.Context(), w.Org.Tenant, 0, []history.Type{history.GroupCreated}, 10)
	w.Must(err)
	if len(page.Events) != 1 || page.Events[0].Seq != 701 || page.Next != 701 {
		t.Fatalf("got %+v", page)
	}
}
