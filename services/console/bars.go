package console

import (
	"time"

	"github.com/devrev/scim/services/internal/apiclient"
)

// bar is one column of a picture, in units of its drawing area, which is chartHeight high; and the
// row of the table behind it.
type bar struct {
	Label         string
	Total, Failed int64
	X, Y, Height  int
	FailedY       int
	FailedHeight  int
	Width         int
	Date          time.Time
}

// chart is a picture and its table.
type chart struct {
	Title  string // what it shows, for those who do not see it
	First  string // what the columns of numbers are called
	Second string // "": there is one column
	Bars   []bar
	Width  int
	Height int
	Most   int64
}

const (
	chartHeight = 48
	barWidth    = 26
	barGap      = 6
)

// days are the last n days up to now, the latest last, each with what it counts.
func days(now time.Time, n int, title, first, second string, counted func(day time.Time) (total, failed int64)) chart {
	c := chart{Title: title, First: first, Second: second, Height: chartHeight, Width: n*(barWidth+barGap) - barGap}
	today := now.UTC().Truncate(24 * time.Hour)
	for i := range n {
		day := today.AddDate(0, 0, i-n+1)
		total, failed := counted(day)
		c.Bars = append(c.Bars, bar{Label: day.Format("Mon 2 Jan"), Total: total, Failed: failed, X: i * (barWidth + barGap), Width: barWidth, Date: day})
		c.Most = max(c.Most, total)
	}
	for i := range c.Bars {
		b := &c.Bars[i]
		b.Height, b.FailedHeight = scaled(b.Total, c.Most), scaled(b.Failed, c.Most)
		b.Y, b.FailedY = chartHeight-b.Height, chartHeight-b.FailedHeight
	}
	return c
}

// scaled is the height of a column. What is there is seen, however small.
func scaled(n, most int64) int {
	if n == 0 || most == 0 {
		return 0
	}
	return max(2, int(n*chartHeight/most))
}

// useOf draws a token's requests of the last seven days.
func useOf(now time.Time, t apiclient.Token) chart {
	return days(now, 7, "Requests a day with the token "+t.Name, "Requests", "Refused", func(day time.Time) (total, failed int64) {
		if t.Use == nil {
			return 0, 0
		}
		for _, h := range t.Use.Hours {
			if h.Hour.UTC().Truncate(24 * time.Hour).Equal(day) {
				total, failed = total+h.Requests, failed+h.Failures
			}
		}
		return total, failed
	})
}
