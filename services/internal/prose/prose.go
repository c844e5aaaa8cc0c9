// Package prose has the words for numbers and lengths of time that people read, the same in the
// console, on the command line and in a verdict on a token.
package prose

import (
	"fmt"
	"strings"
	"time"
)

const day = 24 * time.Hour

// Count is a number of things, as in "1 day" and "1,204 entries"; n is an integer.
func Count(n any, thing string) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	if text == "1" {
		return "1 " + thing
	}
	if thing == "person" {
		return text + " people"
	}
	if stem, ok := strings.CutSuffix(thing, "y"); ok && !strings.HasSuffix(thing, "ay") {
		return text + " " + stem + "ies"
	}
	return text + " " + thing + "s"
}

// Duration is a length of time in one unit, rounded down: seconds below a minute, minutes below two
// hours, hours below three days, then days.
func Duration(d time.Duration) string {
	switch {
	case d < time.Minute:
		return Count(int(d/time.Second), "second")
	case d < 2*time.Hour:
		return Count(int(d/time.Minute), "minute")
	case d < 3*day:
		return Count(int(d/time.Hour), "hour")
	default:
		return Count(int(d/day), "day")
	}
}

// Ago says how long ago t was, or, a minute and more ahead of now, in how long it comes.
func Ago(now, t time.Time) string {
	switch d := now.Sub(t); {
	case d >= time.Minute:
		return Duration(d) + " ago"
	case d <= -time.Minute:
		return "in " + Duration(-d)
	default:
		return "just now"
	}
}
