package main

import (
	"errors"
	"net/url"
	"strconv"
)

// most is how long an answer may be. With 0 the services answer an empty list, which looks as if
// there were nothing.
type most int

// UnmarshalText reads it.
func (m *most) UnmarshalText(text []byte) error {
	n, err := strconv.Atoi(string(text))
	if err != nil || n < 1 || n > 200 {
		return errors.New("must be a number from 1 to 200")
	}
	*m = most(n)
	return nil
}

// stretch is the part of a list that a command asks for.
type stretch struct {
	Limit most   `default:"100" placeholder:"N" help:"At most so many, 1 to 200; without it, 100."`
	After string `placeholder:"POSITION" help:"Go on behind the page that told this."`
}

// query returns the parameters of a list: the stretch, and what filters holds that is not "".
func (s stretch) query(filters map[string]string) url.Values {
	query := url.Values{"limit": {strconv.Itoa(int(s.Limit))}}
	if s.After != "" {
		query.Set("after", s.After)
	}
	for name, value := range filters {
		if value != "" {
			query.Set(name, value)
		}
	}
	return query
}
