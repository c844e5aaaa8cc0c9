package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// lockTimeout is how long Open waits for another process to let go of the file, so that a restart
// finds it free.
const lockTimeout = time.Second

// File is an open file. It is safe for concurrent use.
type File struct {
	path    string
	open    sync.RWMutex // held while a transaction runs, alone while db is replaced
	db      *bbolt.DB
	changes committer
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
	f.changes.begin, f.changes.end = func() (*bbolt.Tx, error) { return f.db.Begin(true) }, (*bbolt.Tx).Commit
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
	return db, nil
}

// Close waits for the calls that are under way and lets go of the file. Later calls of its stores
// answer that they are unavailable.
func (f *File) Close() error {
	f.open.Lock()
	defer f.open.Unlock()
	if err := errors.Join(f.changes.finish(), f.db.Close()); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	return nil
}

// view runs read on one state of the file, that of the moment.
func (f *File) view(ctx context.Context, read func(tx *bbolt.Tx) error) error {
	if u := unitOf(ctx); u != nil {
		if err := u.complete(); err != nil {
			return err
		}
	}
	f.open.RLock()
	defer f.open.RUnlock()
	return f.db.View(func(tx *bbolt.Tx) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return read(tx)
	})
}

// update runs change alone; its effect is on the disk when update returns nil, unless ctx is that
// of Together, and undone if it returns an error. If it succeeds it may be run again: see
// committer.
func (f *File) update(ctx context.Context, change func(tx *bbolt.Tx) error) error {
	f.open.RLock()
	defer f.open.RUnlock()
	return f.changes.do(ctx, unitOf(ctx), change)
}
