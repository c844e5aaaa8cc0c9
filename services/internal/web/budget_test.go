package web_test

import (
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/devrev/scim/services/internal/web"
)

// TestABudgetIsNeverExceeded draws takes and returns, and compares the budget with a
// count of them.
func TestABudgetIsNeverExceeded(t *testing.T) {
	const total, each = 20, 8
	rapid.Check(t, func(r *rapid.T) {
		b, held := web.NewBudget(total, each), map[*web.Share]int64{}
		owners := map[*web.Share]string{}
		sum := func(of string) (n int64) {
			for s, h := range held {
				if of == "" || owners[s] == of {
					n += h
				}
			}
			return n
		}
		var shares []*web.Share
		for range rapid.IntRange(1, 60).Draw(r, "steps") {
			if len(shares) == 0 || rapid.Bool().Draw(r, "a new request") {
				owner := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(r, "owner")
				shares = append(shares, b.Share(owner))
				owners[shares[len(shares)-1]] = owner
			}
			s := rapid.SampledFrom(shares).Draw(r, "request")
			if rapid.IntRange(0, 3).Draw(r, "act") == 0 {
				s.Release()
				held[s] = 0
			} else {
				n := rapid.Int64Range(0, 6).Draw(r, "n")
				fits := sum("")+n <= total && sum(owners[s])+n <= each
				if got := s.Take(n); got != fits {
					r.Fatalf("taking %d of what %s has and all have (%d, %d): %v", n, owners[s], sum(owners[s]), sum(""), got)
				}
				if fits {
					held[s] += n
				}
			}
			if b.Held() != sum("") {
				r.Fatalf("%d are held, want %d", b.Held(), sum(""))
			}
		}
	})
}

func TestABodyIsChargedAsItComes(t *testing.T) {
	t.Parallel()
	b := web.NewBudget(100, 10)
	share := b.Share("a")
	body, err := io.ReadAll(web.Charge(io.NopCloser(strings.NewReader("0123456789")), share))
	if err != nil || string(body) != "0123456789" || b.Held() != 10 {
		t.Errorf("read %q, %v; %d are held", body, err, b.Held())
	}
	if _, err := io.ReadAll(web.Charge(io.NopCloser(strings.NewReader("x")), b.Share("a"))); !errors.Is(err, web.ErrOverloaded) {
		t.Errorf("beyond the share of its owner: %v", err)
	}
	if _, err := io.ReadAll(web.Charge(io.NopCloser(strings.NewReader("x")), b.Share("b"))); err != nil {
		t.Errorf("another owner: %v", err)
	}
	var done sync.WaitGroup
	for range 8 {
		done.Go(func() {
			s := b.Share("c")
			s.Take(1)
			s.Release()
		})
	}
	done.Wait()
	share.Release()
	if b.Held() != 1 {
		t.Errorf("%d are held, want b's", b.Held())
	}
}
