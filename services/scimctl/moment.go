package main

import (
	"errors"
	"strconv"
	"strings"
	"time"
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
	distance := "now"
	switch d := t.Sub(now); {
	case d >= time.Minute:
		distance = "in " + length(d)
	case d <= -time.Minute:
		distance = length(-d) + " ago"
	}
	return t.UTC().Format("2006-01-02 15:04Z") + " (" + distance + ")"
}

// length is a time that people can take in: seconds below a minute, minutes below two hours, hours
// below three days, then days.
func length(d time.Duration) string {
	plural := func(d, unit time.Duration, name string) string {
		if n := int(d / unit); n != 1 {
			return strconv.Itoa(n) + " " + name + "s"
		}
		return "1 " + name
	}
	switch {
	case d < time.Minute:
		return plural(d, time.Second, "second")
	case d < 2*time.Hour:
		return plural(d, time.Minute, "minute")
	case d < 3*day:
		return plural(d, time.Hour, "hour")
	default:
		return plural(d, day, "day")
	}
}
