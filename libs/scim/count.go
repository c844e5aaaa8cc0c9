package scim

import (
	"cmp"
	"io"
)

// Reader returns a reader of the text in r that fails with the *Error of Decode as soon as what was
// read certainly holds more than l.Values values, 413, or is nested deeper than l.Depth, 400, if it
// is JSON. So such a text need not come to its end, and none of its values is made. Of an array's
// elements it counts those that are arrays and objects.
func (l Limits) Reader(r io.Reader) io.Reader {
	return &counted{r: r, most: cmp.Or(l.Values, MaxValues), deepest: cmp.Or(l.Depth, MaxDepth)}
}

type counted struct {
	r       io.Reader
	most    int
	deepest int

	n       int
	depth   int
	tooDeep bool
	text    bool // the next byte is in a string
	escaped bool // and follows a backslash
	member  bool // a member's value comes next
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	for _, b := range p[:n] {
		c.count(b)
		if c.tooDeep {
			return n, unreadable(tooDeep)
		}
		if c.n > c.most {
			return n, tooManyValues(c.most)
		}
	}
	return n, err
}

func (c *counted) count(b byte) {
	if c.text {
		switch {
		case c.escaped:
			c.escaped = false
		case b == '\\':
			c.escaped = true
		case b == '"':
			c.text = false
		}
		return
	}
	switch b {
	case ' ', '\t', '\n', '\r':
		return
	case ':':
		c.member = true
		return
	case '"':
		c.text = true
	case '{', '[':
		c.n++
		c.member = false
		c.depth++
		c.tooDeep = c.depth > c.deepest
	case '}', ']':
		c.depth--
	}
	if c.member {
		c.n++
		c.member = false
	}
}
