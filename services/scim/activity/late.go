package activity

import (
	"context"
	"sync"
)

// What is kept of changes whose line could not be stored: so many lines, and so many users who
// joined or left groups by them. The lines of later changes are lost.
const (
	mostLate      = 10_000
	mostLateMoved = 500_000
)

// late holds the lines of changes that took place and could not be recorded at the time. The
// client that repeats its request changes nothing any more, so no later line tells of the change.
type late struct {
	mu    sync.Mutex
	lines []line
	moved int // users in lines
}

// keep keeps a line, if there is room for it.
func (y *late) keep(l line) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if len(y.lines) < mostLate && y.moved+len(l.moved) <= mostLateMoved {
		y.lines = append(y.lines, l)
		y.moved += len(l.moved)
	}
}

func (y *late) take() []line {
	y.mu.Lock()
	defer y.mu.Unlock()
	taken := y.lines
	y.lines, y.moved = nil, 0
	return taken
}

// flushLate stores the lines that are kept. One that is stored already, although the store did
// not say so, is not stored again.
func (l *Log) flushLate(ctx context.Context) error {
	taken := l.late.take()
	for n, kept := range taken {
		if err := l.write(ctx, kept); err != nil {
			for _, left := range taken[n:] {
				l.late.keep(left)
			}
			return err
		}
	}
	return nil
}
