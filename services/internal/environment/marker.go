package environment

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/devrev/scim/services/internal/format"
)

// ErrApart means that the stores belong to two environments, or that it is not known yet that they
// do not.
var ErrApart = errors.New("the stores of REDIS_URL and MONGODB_URI do not belong together")

// Marked is a store that has a marker.
type Marked interface {
	// Environment returns the marker, "" if there is none.
	Environment(ctx context.Context) (string, error)
	// MarkEnvironment stores the marker unless there is one, or in the place of that one if replace
	// is set, and returns the one that is there afterwards.
	MarkEnvironment(ctx context.Context, marker string, replace bool) (string, error)
	// Format returns the numbers of the store's format.Format, zeros if it has none.
	Format(ctx context.Context) (written, readers int64, err error)
	// RaiseFormat stores whichever of each number is higher.
	RaiseFormat(ctx context.Context, written, readers int64) error
}

// Pair are the two stores of a program.
type Pair struct {
	Redis, MongoDB Marked
	// Program is the format of the program, which decides whether it may use the stores; zero: the
	// current one.
	Program format.Format
}

// enter returns format.ErrTooOld if one of the stores holds what the program cannot read. Else it
// raises the format of those that the program writes.
func (p Pair) enter(ctx context.Context, writes ...Marked) error {
	program := cmp.Or(p.Program, format.Current())
	for _, s := range []struct {
		name string
		Marked
	}{{"MongoDB", p.MongoDB}, {"Redis", p.Redis}} {
		stored, err := formatOf(ctx, s)
		if err == nil {
			err = program.Check(s.name, stored)
		}
		if err == nil && program.Raises(stored) && slices.Contains(writes, s.Marked) {
			err = s.RaiseFormat(ctx, program.Written, program.Readers)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func formatOf(ctx context.Context, s Marked) (f format.Format, err error) {
	f.Written, f.Readers, err = s.Format(ctx)
	return f, err
}

// Markers are those of a Pair; "" is none.
type Markers struct{ Redis, MongoDB string }

// Markers reads both.
func (p Pair) Markers(ctx context.Context) (m Markers, err error) {
	if m.Redis, err = p.Redis.Environment(ctx); err != nil {
		return Markers{}, err
	}
	m.MongoDB, err = p.MongoDB.Environment(ctx)
	return m, err
}

// between is longer than the token service takes from one store to the other.
const between = 100 * time.Millisecond

// Compare returns nil if both stores have the same marker, or none has one yet, and the program can
// read them; ErrApart or format.ErrTooOld with the reason; or why a store could not be asked.
func (p Pair) Compare(ctx context.Context) error {
	m, err := p.Markers(ctx)
	if err == nil && m.Redis != m.MongoDB && (m.Redis == "" || m.MongoDB == "") {
		select { // the token service may be writing both at this moment
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(between):
			m, err = p.Markers(ctx)
		}
	}
	if err == nil {
		err = m.apart()
	}
	if err != nil {
		return err
	}
	return p.enter(ctx, p.MongoDB)
}

func (m Markers) apart() error {
	switch {
	case m.Redis == m.MongoDB:
		return nil
	case m.Redis == "":
		return fmt.Errorf("%w: MongoDB has the marker of an environment, Redis has none; tokend writes it if the two share an organisation or Redis is empty", ErrApart)
	case m.MongoDB == "":
		return fmt.Errorf("%w: Redis has the marker of an environment, MongoDB has none; tokend writes it if the two share an organisation or Redis is empty", ErrApart)
	default:
		return fmt.Errorf("%w: Redis is of environment %.8s, MongoDB of %.8s; correct the one that is wrong", ErrApart, m.Redis, m.MongoDB)
	}
}

// Join is Compare for the token service, which marks the stores: both where neither is marked, and
// one that has lost its marker as the other. It does so only if together reports that they belong
// together, since a store without a marker may be that of another environment.
func (p Pair) Join(ctx context.Context, together func(context.Context) (bool, error)) error {
	if err := p.join(ctx, together); err != nil {
		return err
	}
	return p.enter(ctx, p.MongoDB, p.Redis)
}

func (p Pair) join(ctx context.Context, together func(context.Context) (bool, error)) error {
	m, err := p.Markers(ctx)
	if err != nil {
		return err
	}
	if m.Redis != "" && m.MongoDB != "" {
		return m.apart()
	}
	same, err := together(ctx)
	if err != nil {
		return fmt.Errorf("find out whether the stores belong together: %w", err)
	}
	if !same {
		return fmt.Errorf("%w, as far as can be seen: Redis has organisations, MongoDB has none of them under the same tag, "+
			"and one store has no marker of its environment; correct the one that is wrong, or run `scimctl check-stores`", ErrApart)
	}
	return p.mark(ctx, m, false)
}

// Declare marks both stores as one environment, whatever they are marked as: with the marker of
// MongoDB, else of Redis, else a new one. It is for an operator who knows.
func (p Pair) Declare(ctx context.Context) error {
	m, err := p.Markers(ctx)
	if err != nil {
		return err
	}
	return p.mark(ctx, m, true)
}

// mark writes MongoDB first, which loses nothing in a failover.
func (p Pair) mark(ctx context.Context, m Markers, replace bool) error {
	marker := m.MongoDB
	if marker == "" {
		marker = m.Redis
	}
	if marker == "" {
		marker = rand.Text()
	}
	marker, err := p.MongoDB.MarkEnvironment(ctx, marker, false)
	if err != nil {
		return err
	}
	m.MongoDB = marker
	if m.Redis, err = p.Redis.MarkEnvironment(ctx, marker, replace); err != nil {
		return err
	}
	return m.apart()
}
