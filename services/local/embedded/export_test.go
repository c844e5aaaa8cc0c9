package embedded

import "errors"

// LoseOpenTransaction ends what is open as a disk that refuses to write does.
func LoseOpenTransaction(f *File) {
	c := &f.changes
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := c.current; t != nil {
		c.leave(t)
		t.err = errors.Join(errors.New("the disk is full"), t.tx.Rollback())
		close(t.done)
	}
}
