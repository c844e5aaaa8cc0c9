package telemetry_test

import (
	"sync"
	"testing"

	"github.com/devrev/scim/libs/telemetry"
)

func TestOnceMakesAValueOnceForEachKey(t *testing.T) {
	t.Parallel()
	var (
		once telemetry.Once[string, int]
		made int // guarded by once
		all  sync.WaitGroup
	)
	for n := range 16 {
		all.Go(func() {
			key := []string{"a", "bb"}[n%2]
			if got := once.Get(key, func(key string) int { made++; return len(key) }); got != len(key) {
				t.Errorf("%s gives %d", key, got)
			}
		})
	}
	all.Wait()
	if made != 2 {
		t.Errorf("made %d times, want 2", made)
	}
}
