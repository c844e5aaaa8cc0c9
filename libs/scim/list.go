package scim

import (
	"errors"
	"math"
	"strconv"
)

// The size of a page when the client gives none, and its maximum.
const (
	DefaultCount = 100
	MaxCount     = 200
)

// Page is the part of a list that a client requests, RFC 7644 section 3.4.2.4. StartIndex is
// 1-based; Count 0 requests the total alone.
type Page struct {
	StartIndex int // 1 to math.MaxInt32
	Count      int // 0 to MaxCount
}

// ParsePage reads the parameters startIndex and count, "" where a request has none.
//
// startIndex below 1 becomes 1, as does a missing one. count below 0 becomes 0, above MaxCount
// becomes MaxCount, missing becomes DefaultCount. The error, if any, is an *Error, 400
// invalidValue, naming the parameter that is not a decimal integer.
func ParsePage(startIndex, count string) (Page, error) {
	start, err := parseInteger("startIndex", startIndex, 1)
	if err != nil {
		return Page{}, err
	}
	n, err := parseInteger("count", count, DefaultCount)
	if err != nil {
		return Page{}, err
	}
	return Page{StartIndex: min(max(start, 1), math.MaxInt32), Count: min(max(n, 0), MaxCount)}, nil
}

func parseInteger(parameter, text string, missing int) (int, error) {
	if text == "" {
		return missing, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil && !errors.Is(err, strconv.ErrRange) { // out of range, n is the nearest int
		return 0, BadRequest(InvalidValue, "The parameter %s must be a decimal integer.", parameter)
	}
	return n, nil
}

// ListResponse returns the message of RFC 7644 section 3.4.2: total is the number of all matches,
// startIndex the 1-based index of the first of the resources. itemsPerPage is the number of
// resources at hand; Resources is never null. The cursors of RFC 9865, if any, are further members
// (nextCursor, previousCursor) for the caller to set.
func ListResponse(total, startIndex int, resources []*Document) *Document {
	list := make([]any, len(resources))
	for i, r := range resources {
		list[i] = r
	}
	return NewDocument(
		"schemas", []any{ListResponseSchema},
		"totalResults", int64(total),
		"startIndex", int64(startIndex),
		"itemsPerPage", int64(len(list)),
		"Resources", list,
	)
}
