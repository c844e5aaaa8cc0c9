package redisstore_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/libs/token/redistest"
)

func TestPlaces(t *testing.T) {
	t.Parallel()
	client := dial(t, redistest.URL(t))
	s, tag := redisstore.New(client), token.NewTag()
	want := func(rule, tag, key, place string) {
		t.Helper()
		if got, err := s.Place(t.Context(), tag, key); err != nil || got != place {
			t.Errorf("%s: got %q, %v; want %q", rule, got, err, place)
		}
	}
	want("nothing is kept", tag, "first", "")
	s.PutPlace(t.Context(), tag, "first", "here", time.Minute)
	want("it is found again", tag, "first", "here")
	want("another key has another place", tag, "second", "")
	want("another organisation has other places", token.NewTag(), "first", "")
	s.PutPlace(t.Context(), tag, "first", "there", time.Minute)
	want("the last one counts", tag, "first", "there")
	for n := range 5_000 {
		s.PutPlace(t.Context(), tag, strconv.Itoa(n), "place", time.Minute)
	}
	if kept, err := client.HLen(t.Context(), "scim:{"+tag+"}:w").Result(); err != nil || kept > 256 {
		t.Errorf("%d places are kept, %v; want 256 at most", kept, err)
	}
	want("among many the last one is found", tag, "4999", "place")
	if left, err := client.PTTL(t.Context(), "scim:{"+tag+"}:w").Result(); err != nil || left <= 0 || left > time.Minute {
		t.Errorf("they are kept for %v, %v", left, err)
	}
}
