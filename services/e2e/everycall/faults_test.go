package everycall

import (
	"fmt"
	"sync"
)

// mode is how a call fails.
type mode int

const (
	lost       mode = iota // it never arrives
	answerLost             // it is carried out, and no one hears of it
	away                   // it never arrives, nor does any later one
)

var modes = map[mode]string{lost: "is lost", answerLost: "is done and its answer lost", away: "is lost, as are all behind it"}

// faults counts the calls of all stores, and fails one.
type faults struct {
	mu     sync.Mutex
	called []string // since the last arm
	at     int      // the call that fails; 0: none
	mode   mode
}

// arm has the call with this number fail from now on.
func (f *faults) arm(at int, m mode) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.called, f.at, f.mode = nil, at, m
}

// disarm returns which calls there were.
func (f *faults) disarm() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	called := f.called
	f.called, f.at = nil, 0
	return called
}

// strikes reports whether the call fails, and how.
func (f *faults) strikes(call string) (struck bool, m mode) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.called = append(f.called, call)
	n := len(f.called)
	return f.at > 0 && (n == f.at || n > f.at && f.mode == away), f.mode
}

// through makes a call that returns something, unless it is to fail: with what the store's contract
// calls unavailable.
func through[T any](f *faults, call string, unavailable error, do func() (T, error)) (T, error) {
	struck, how := f.strikes(call)
	if !struck {
		return do()
	}
	if how == answerLost {
		_, _ = do()
	}
	var none T
	return none, fmt.Errorf("%w: %s %s", unavailable, call, modes[how])
}

// past is through for a call that returns only an error.
func past(f *faults, call string, unavailable error, do func() error) error {
	_, err := through(f, call, unavailable, func() (struct{}, error) { return struct{}{}, do() })
	return err
}
