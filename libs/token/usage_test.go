package token_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/devrev/scim/libs/token"
)

// drawUsage draws one of few clients, hours and so on, so that two of them meet.
func drawUsage(t *rapid.T, label string) (u token.Usage) {
	at := func() time.Time {
		return bubbleStart.Add(time.Duration(rapid.IntRange(0, 5).Draw(t, label+" minutes")) * 25 * time.Minute)
	}
	if rapid.Bool().Draw(t, label+" let in") {
		u.FirstUsedAt = at()
		u.LastUsedAt = u.FirstUsedAt.Add(time.Minute)
		client := rapid.SampledFrom([]token.Client{token.ClientOkta, token.ClientEntra, token.ClientOther}).Draw(t, label+" client")
		u = u.Plus(token.Usage{
			Hours:     []token.Hour{{At: u.FirstUsedAt, Count: token.Count{Requests: 2, Failures: 1}}},
			Clients:   []token.Seen[token.Client]{{Name: client, LastAt: u.LastUsedAt}},
			Addresses: []token.Seen[token.AddressClass]{{Name: token.AddressPublic, LastAt: u.LastUsedAt}},
		})
	}
	if rapid.Bool().Draw(t, label+" refused") {
		dead := at()
		u = u.Plus(token.Usage{
			Hours:   []token.Hour{{At: dead, Count: token.Count{Refused: 1}}},
			Refused: []token.Seen[token.Reason]{{Name: token.ReasonRevoked, LastAt: dead}},
		})
	}
	return u
}

func TestLawsOfUsage(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawUsage(t, "a"), drawUsage(t, "b"), drawUsage(t, "c")
		before := a.Plus(token.Usage{})
		for rule, pair := range map[string][2]token.Usage{
			"nothing adds nothing":              {a, token.Usage{}.Plus(a)},
			"the order of two does not matter":  {a.Plus(b), b.Plus(a)},
			"nor which two are added first":     {a.Plus(b).Plus(c), a.Plus(b.Plus(c))},
			"adding modifies neither":           {before, a},
			"since the beginning is everything": {a, a.Since(bubbleStart)},
			"a forgotten part may be added to":  {a.Plus(b).Since(bubbleStart.Add(time.Hour)), a.Since(bubbleStart.Add(time.Hour)).Plus(b.Since(bubbleStart.Add(time.Hour)))},
		} {
			if diff := cmp.Diff(pair[0], pair[1], cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s:\n%s", rule, diff)
			}
		}
		sum, sums := a.Plus(b).Sum(), a.Sum()
		sums.Requests, sums.Failures, sums.Refused = sums.Requests+b.Sum().Requests, sums.Failures+b.Sum().Failures, sums.Refused+b.Sum().Refused
		if sum != sums {
			t.Errorf("together %+v requests, want %+v", sum, sums)
		}
	})
}

func TestClassOfAddress(t *testing.T) {
	t.Parallel()
	for class, addresses := range map[token.AddressClass][]string{
		token.AddressLoopback: {"127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1"},
		token.AddressPrivate:  {"10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.0.1", "fd00::1", "fe80::1%eth0", "::ffff:10.0.0.1"},
		token.AddressPublic:   {"192.0.2.1", "172.32.0.1", "100.128.0.1", "2001:db8::1", "", "0.0.0.0", "okta.example.com", "10.0.0.1:443"},
	} {
		for _, address := range addresses {
			if got := token.ClassOf(address); got != class {
				t.Errorf("%q is %s, want %s", address, got, class)
			}
		}
	}
}
