package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

const (
	// lockTimeout is how long Open waits for another process to let go of the file, so that a
	// restart finds it free.
	lockTimeout = time.Second
	// batchDelay is how long writes that find the file busy wait for one another, to share a
	// transaction and its fsync. It is about as long as an fsync takes, so that each ends when the
	// next is full.
	batchDelay = 500 * time.Microsecond
)

// File is an open file. It is safe for concurrent use.
type File struct {
	path    string
	open    sync.RWMutex // held while a transaction runs, alone while db is replaced
	db      *bbolt.DB
	writing atomic.Int32 // calls of update that are under way
	tokens  recall
}

// Open opens the file at path and makes it if there is none; the folder must be there. One process
// can have it open at a time. The error is one sentence for the person who started the program.
func Open(path string) (*File, error) {
	db, err := open(path)
	if err != nil {
		return nil, err
	}
	if err := prepare(db); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), db.Close())
	}
	f := &File{path: path, db: db}
	if err := f.shred(); err != nil { // which an earlier process may not have come to
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), f.db.Close())
	}
	return f, nil
}

func open(path string) (*bbolt.DB, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockTimeout})
	if errors.Is(err, berrors.ErrTimeout) {
		return nil, fmt.Errorf("open %s: another process has the file open; stop that one first", path)
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return nil, fmt.Errorf("open %s: its folder must exist and be writable: %w", path, err)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db.MaxBatchDelay = batchDelay
	return db, nil
}

// Close waits for the calls that are under way and lets go of the file. Later calls of its stores
// answer that they are unavailable.
func (f *File) Close() error {
	f.open.Lock()
	defer f.open.Unlock()
	if err := f.db.Close(); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	return nil
}

// view runs read on one state of the file, that of the moment.
func (f *File) view(ctx context.Context, read func(tx *bbolt.Tx) error) error {
	f.open.RLock()
	defer f.open.RUnlock()
	return f.db.View(func(tx *bbolt.Tx) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return read(tx)
	})
}

// update runs change alone; its effect is on the disk when update returns nil, and undone if it
// returns an error. It may be run more than once, as documented at bbolt's Batch: change must set
// its results and not add to them.
//
// A lone write is done at once. Those that come while another is under way are done together.
func (f *File) update(ctx context.Context, change func(tx *bbolt.Tx) error) error {
	f.open.RLock()
	defer f.open.RUnlock()
	do := f.db.Batch
	if f.writing.Add(1) == 1 {
		do = f.db.Update
	}
	defer f.writing.Add(-1)
	return do(func(tx *bbolt.Tx) error {
		// A caller that gave up while waiting gets its error, and then nothing may have changed.
		if err := ctx.Err(); err != nil {
			return err
		}
		return change(tx)
	})
}
