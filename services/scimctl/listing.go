package main

import (
	"net/url"
	"strconv"
)

// stretch is the part of a list that a command asks for.
type stretch struct {
	Limit int    `default:"100" help:"At most so many; 200 at most."`
	After string `placeholder:"POSITION" help:"Go on behind the page that told this."`
}

// query returns the parameters of a list: the stretch, and what filters holds that is not "".
func (s stretch) query(filters map[string]string) url.Values {
	query := url.Values{"limit": {strconv.Itoa(s.Limit)}}
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
