package main

import (
	"slices"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"gotest.tools/v3/assert"
)

// What is on a command line can be seen by others (ps).
func TestNoFlagTakesACredential(t *testing.T) {
	var all commands
	parser, err := kong.New(&all, options(&console{})...)
	assert.NilError(t, err)
	flags := 0
	err = kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			flags++
			if slices.Contains(credentialFlags, flag.Name) {
				t.Errorf("--%s is named as if it took a credential", flag.Name)
			}
			if slices.Contains(flag.Envs, tokenVariable) {
				t.Errorf("--%s takes the credential", flag.Name)
			}
		}
		return next(nil)
	})
	if err != nil || flags < 15 {
		t.Errorf("saw %d flags, %v", flags, err)
	}
}

func TestExitCodesAreDistinctAndExplained(t *testing.T) {
	seen := map[exitCode]bool{}
	for _, e := range exits {
		if seen[e.code] || e.meaning == "" {
			t.Errorf("code %d is there twice, or means nothing", e.code)
		}
		seen[e.code] = true
	}
}

func TestSpans(t *testing.T) {
	for text, want := range map[string]time.Duration{"90d": 90 * day, "0d": 0, "36h": 36 * time.Hour, "1h30m": 90 * time.Minute, "32767d": 32767 * day} {
		var s span
		if err := s.UnmarshalText([]byte(text)); err != nil || time.Duration(s) != want {
			t.Errorf("%s is %s, %v; want %s", text, time.Duration(s), err, want)
		}
	}
	for _, text := range []string{"", "d", "90", "-1d", "-5h", "1.5d", "32768d", "90d ", "tomorrow"} {
		var s span
		if err := s.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken for %s", text, time.Duration(s))
		}
	}
}

func TestTimesAreAbsoluteAndRelative(t *testing.T) {
	now := time.Date(2026, 11, 28, 13, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		away time.Duration
		want string
	}{
		{0, "2026-11-28 13:30Z (just now)"},
		{-59 * time.Second, "2026-11-28 13:29Z (just now)"},
		{-time.Minute, "2026-11-28 13:29Z (1 minute ago)"},
		{119 * time.Minute, "2026-11-28 15:29Z (in 119 minutes)"},
		{-2 * time.Hour, "2026-11-28 11:30Z (2 hours ago)"},
		{90 * day, "2027-02-26 13:30Z (in 90 days)"},
	} {
		if got := when(now.Add(c.away).In(time.FixedZone("east", 3600)), now, "never"); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	if got := when(time.Time{}, now, "never"); got != "never" {
		t.Errorf("no time is %q", got)
	}
}
