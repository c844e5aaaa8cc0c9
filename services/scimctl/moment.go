package main

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/devrev/scim/services/internal/prose"
)

const day = 24 * time.Hour

// span is a length of time on the command line: as Go writes it (36h, 30m), or in whole days (90d).
type span time.Duration

// UnmarshalText reads it.
func (s *span) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if days, inDays := strings.CutSuffix(string(text), "d"); inDays {
		var n int64
		n, err = strconv.ParseInt(days, 10, 16) // more than anyone means, and far from an overflow
		d = time.Duration(n) * day
	}
	if err != nil || d < 0 {
		return errors.New("must be a length of time such as 90d, 36h or 30m")
	}
	*s = span(d)
	return nil
}

// moment is a point in time on the command line: an RFC 3339 time, or a span from now.
type moment struct {
	at   time.Time
	away span
}

// UnmarshalText reads it.
func (m *moment) UnmarshalText(text []byte) error {
	if at, err := time.Parse(time.RFC3339, string(text)); err == nil {
		m.at = at
		return nil
	}
	if err := m.away.UnmarshalText(text); err != nil {
		return errors.New("must be a time such as 2030-01-31T12:00:00Z, or a length of time such as 90d or 36h")
	}
	return nil
}

// ahead returns the moment, a span being one into the future; the zero time if none was given.
func (m *moment) ahead(now time.Time) time.Time { return m.from(now, 1) }

// back is the same with a span into the past.
func (m *moment) back(now time.Time) time.Time { return m.from(now, -1) }

func (m *moment) from(now time.Time, direction time.Duration) time.Time {
	switch {
	case m == nil:
		return time.Time{}
	case !m.at.IsZero():
		return m.at
	default:
		return now.Add(direction * time.Duration(m.away)).UTC().Truncate(time.Second)
	}
}

// when prints a time in UTC and its distance from now; otherwise is printed if there is none.
func when(t, now time.Time, otherwise string) string {
	if t.IsZero() {
		return otherwise
	}
	return t.UTC().Format("2006-01-02 15:04Z") + " (" + prose.Ago(now, t) + ")"
}
