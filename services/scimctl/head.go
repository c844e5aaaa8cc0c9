package main

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/devrev/scim/services/internal/apiclient"
	"github.com/devrev/scim/services/internal/audit"
)

// keptHead is a apiclient.Head on the command line.
type keptHead struct {
	seq  int64
	hash string
}

// headText prints a head, to be kept and given back.
func headText(h apiclient.Head) string { return strconv.FormatInt(h.Seq, 10) + ":" + h.Hash }

var sha256Hex = regexp.MustCompile(`^[0-9a-f]{64}$`)

// UnmarshalText reads what headText gave.
func (h *keptHead) UnmarshalText(text []byte) error {
	seq, hash, _ := strings.Cut(string(text), ":")
	n, err := strconv.ParseInt(seq, 10, 64)
	if err != nil || n < 1 || !sha256Hex.MatchString(hash) {
		return errors.New("must be the number and the hash of an entry with a colon between them")
	}
	*h = keptHead{n, hash}
	return nil
}

// expected is what a chain has to hold. When its entry was written is not kept; a chain that has
// forgotten it begins behind it.
func (h *keptHead) expected(now time.Time) audit.Head {
	return audit.Head{Seq: h.seq, Hash: h.hash, At: now}
}
