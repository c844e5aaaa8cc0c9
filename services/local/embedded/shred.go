package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

// erasedBucket is there while free pages of the file may hold what was erased.
const erasedBucket = "erased"

// updateErasing is update for a change that removes what must not be found in the file afterwards.
// shred has to follow; the next Open does it otherwise.
func (f *File) updateErasing(ctx context.Context, change func(tx *bbolt.Tx) error) error {
	return f.update(ctx, func(tx *bbolt.Tx) error {
		if _, err := makeTable(tx, erasedBucket); err != nil {
			return err
		}
		return change(tx)
	})
}

// shred puts a file without free pages in the place of this one, if that holds what was erased.
// Pages that are free keep their bytes, and nothing of bbolt overwrites them.
func (f *File) shred() error {
	f.open.Lock()
	defer f.open.Unlock()
	if err := f.changes.finish(); err != nil {
		return fmt.Errorf("shred: %w", err)
	}
	copied := f.path + ".new" // which a process that was killed may have left
	if err := os.Remove(copied); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("shred: %w", err)
	}
	erased := false
	err := f.db.View(func(tx *bbolt.Tx) error {
		erased = tableAt(tx, erasedBucket).bucket != nil
		return nil
	})
	if err != nil || !erased {
		return err
	}
	if err := f.compact(copied); err != nil {
		return errors.Join(fmt.Errorf("shred: %w", err), os.Remove(copied))
	}
	// From here on only the new file is used, or none: a caller gets an error rather than an answer
	// from a file that is gone.
	if err := errors.Join(f.db.Close(), os.Rename(copied, f.path), syncFolder(filepath.Dir(f.path))); err != nil {
		return fmt.Errorf("shred: %w", err)
	}
	db, err := open(f.path)
	if err != nil {
		return fmt.Errorf("shred: %w", err)
	}
	f.db = db
	return nil
}

// compact writes the file, without its free pages, to path.
func (f *File) compact(path string) error {
	const perTransaction = 1 << 20 // bytes
	to, err := open(path)
	if err != nil {
		return err
	}
	err = bbolt.Compact(to, f.db, perTransaction)
	if err == nil {
		err = to.Update(func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte(erasedBucket)) })
	}
	return errors.Join(err, to.Close())
}

func syncFolder(path string) error {
	folder, err := os.Open(path) //nolint:gosec // that of the file
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
