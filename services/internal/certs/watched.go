package certs

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

// checkEvery is how often files are looked at while connections are made.
const checkEvery = time.Second

// watched is a value that is read from files, and read again when they have changed.
type watched[T any] struct {
	paths []string
	read  func() (T, error)
	log   func(error) // of files that were read again: nil, or why the value is still the one before

	mu      sync.Mutex
	value   T
	stamp   string // of the files that value was read from
	refused string // of those that could not be read, so that each is logged once
	checked time.Time
}

func watch[T any](log func(error), read func() (T, error), paths ...string) (*watched[T], error) {
	w := &watched[T]{paths: paths, read: read, log: log, stamp: stampOf(paths), checked: time.Now()}
	var err error
	w.value, err = read()
	return w, err
}

// get returns the value of the files, a second late at most. While files are being replaced they
// may not fit together: then it is the value before.
func (w *watched[T]) get() T {
	w.mu.Lock()
	defer w.mu.Unlock()
	if time.Since(w.checked) < checkEvery {
		return w.value
	}
	w.checked = time.Now()
	stamp := stampOf(w.paths)
	if stamp == w.stamp {
		return w.value
	}
	value, err := w.read()
	if err == nil {
		w.value, w.stamp, w.refused = value, stamp, ""
		w.log(nil)
	} else if w.refused != stamp {
		w.refused = stamp
		w.log(err)
	}
	return w.value
}

// stampOf returns a text that differs once a file has changed. Kubernetes replaces a link, which
// leads to another file from then on.
func stampOf(paths []string) string {
	var stamp strings.Builder
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			fmt.Fprintf(&stamp, "%v;", err)
			continue
		}
		fmt.Fprintf(&stamp, "%d %d;", info.ModTime().UnixNano(), info.Size())
	}
	return stamp.String()
}
