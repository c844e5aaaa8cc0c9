// Package format says which programs may use which stored data. Every store has two numbers, beside
// the marker of its environment, which only rise.
package format

import (
	"errors"
	"fmt"
)

// ErrTooOld means that a store holds data that this program cannot read.
var ErrTooOld = errors.New("this program is older than the stored data")

// Format is the pair of numbers. That of a store without them is zero: it is from before there were
// any, and every program can read it.
type Format struct {
	Written int64 `json:"written" bson:"written"` // the latest format of a program that has used the store
	Readers int64 `json:"readers" bson:"readers"` // the earliest format of a program that can read what is in it
}

// Current is the format of this program. Written rises with a release that stores what the release
// before does not write itself; Readers is the earliest format whose programs can read it, which is
// never later than that of the release before. So two releases that follow one another run side by
// side, and the later one can be taken back. See docs/release.md.
func Current() Format { return Format{Written: 1, Readers: 1} }

// Check returns ErrTooOld if a program of the format f cannot read a store, which name names, of
// the given one.
func (f Format) Check(name string, stored Format) error {
	if f.Written >= stored.Readers {
		return nil
	}
	return fmt.Errorf("%w: %s holds data of format %d, for programs of format %d or later, and this one is of format %d; start a later release",
		ErrTooOld, name, stored.Written, stored.Readers, f.Written)
}

// Raises reports whether f has a number that is higher than that of stored.
func (f Format) Raises(stored Format) bool {
	return f.Written > stored.Written || f.Readers > stored.Readers
}

// Highest returns the higher of each number.
func (f Format) Highest(other Format) Format {
	return Format{max(f.Written, other.Written), max(f.Readers, other.Readers)}
}
