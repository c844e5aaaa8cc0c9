package embedded

import (
	"bytes"
	"encoding/binary"

	"go.etcd.io/bbolt"
)

// roll holds the entries of a list, the users or the groups of a tenant, by id. It returns their
// number and finds the one at any index without a walk over those before it: the ids are divided
// into blocks, and each block is counted. rows and blocks change in one transaction, so the counts
// are right after a crash as well.
//
// A block begins at its key and ends before the key of the next one.
type roll struct{ rows, blocks table }

// maxBlock bounds how many ids a block holds, and so how many a search for a place steps over. Of a
// million ids there are a thousand blocks.
const maxBlock = 1024

// get returns the value of the resource, nil if the roll does not have it.
func (r roll) get(id string) []byte { return r.rows.get([]byte(id)) }

// put adds a resource, or gives it another value.
func (r roll) put(id string, value []byte) error {
	key := []byte(id)
	known := r.rows.has(key)
	if err := r.rows.put(key, value); err != nil || known {
		return err
	}
	return r.count(key)
}

// remove takes a resource from the roll, if it is there.
func (r roll) remove(id string) error {
	key := []byte(id)
	if !r.rows.has(key) {
		return nil
	}
	block, size := r.blockOf(key)
	if err := r.rows.delete(key); err != nil {
		return err
	}
	if size == 1 {
		return r.blocks.delete(block)
	}
	return r.blocks.put(block, sizeOf(size-1))
}

// count makes room in the blocks for key, which rows just got.
func (r roll) count(key []byte) error {
	block, size := r.blockOf(key)
	if block != nil && bytes.Compare(key, block) < 0 { // the first block begins earlier from now on
		if err := r.blocks.delete(block); err != nil {
			return err
		}
		block = key
	}
	last, _ := r.rows.bucket.Cursor().Last()
	switch {
	case block == nil:
		return r.blocks.put(key, sizeOf(1))
	case size < maxBlock:
		return r.blocks.put(block, sizeOf(size+1))
	case bytes.Equal(last, key): // ids ascend by time, so mostly it is the last block that is full: it stays so
		return r.blocks.put(key, sizeOf(1))
	}
	lower := (size + 1) / 2
	w := r.from(block)
	w.step(lower)
	upper := bytes.Clone(w.key)
	if err := r.blocks.put(block, sizeOf(lower)); err != nil {
		return err
	}
	return r.blocks.put(upper, sizeOf(size+1-lower))
}

// blockOf returns the block to which key belongs, or would, and how many ids that has; nil if there
// is none yet.
func (r roll) blockOf(key []byte) (block []byte, size int) {
	cursor := r.blocks.bucket.Cursor()
	block, value := cursor.Seek(key)
	if block == nil {
		block, value = cursor.Last()
	} else if !bytes.Equal(block, key) {
		block, value = cursor.Prev()
	}
	if block == nil {
		block, value = cursor.First()
	}
	return bytes.Clone(block), sizeIn(value)
}

// len returns how many resources there are.
func (r roll) len() int {
	total := 0
	for _, value := range r.blocks.under(nil) {
		total += sizeIn(value)
	}
	return total
}

// lenUnder returns how many ids begin with prefix, which ends with a NUL.
func (r roll) lenUnder(prefix []byte) int {
	end := bytes.Clone(prefix)
	end[len(end)-1]++
	return r.before(end) - r.before(prefix)
}

// before returns how many ids are less than key.
func (r roll) before(key []byte) int {
	if r.rows.bucket == nil {
		return 0
	}
	n, last := 0, 0 // of the blocks before the one at key, and of that
	block := ""
	for next, value := range r.blocks.under(nil) {
		if next > string(key) {
			break
		}
		n, last, block = n+last, sizeIn(value), next
	}
	if last == 0 {
		return 0
	}
	for w := r.from([]byte(block)); w.key != nil && bytes.Compare(w.key, key) < 0; w.next() {
		n++
	}
	return n
}

// window is a cursor that is at one of the rows; its key is nil after the last one.
type window struct {
	cursor     *bbolt.Cursor
	key, value []byte
}

func (w *window) next() { w.key, w.value = w.cursor.Next() }

// step moves the window by n rows.
func (w *window) step(n int) {
	for ; n > 0 && w.key != nil; n-- {
		w.next()
	}
}

// at returns the window on the resource before which there are n others.
func (r roll) at(n int) *window {
	for block, value := range r.blocks.under(nil) {
		if size := sizeIn(value); n >= size {
			n -= size
			continue
		}
		w := r.from([]byte(block))
		w.step(n)
		return w
	}
	return &window{}
}

// after returns the window on the resource before which there are n others that come after id.
func (r roll) after(id string, n int) *window {
	w := r.from([]byte(id))
	if string(w.key) == id {
		n++
	}
	w.step(n)
	return w
}

// from returns the window on the first resource whose id is not less than key.
func (r roll) from(key []byte) *window {
	if r.rows.bucket == nil {
		return &window{}
	}
	w := &window{cursor: r.rows.bucket.Cursor()}
	w.key, w.value = w.cursor.Seek(key)
	return w
}

// recount makes the blocks of all rows.
func (r roll) recount() error {
	var old [][]byte
	for block := range r.blocks.under(nil) {
		old = append(old, []byte(block))
	}
	for _, block := range old {
		if err := r.blocks.delete(block); err != nil {
			return err
		}
	}
	var block []byte
	size := 0
	for id := range r.rows.under(nil) {
		if size == maxBlock {
			if err := r.blocks.put(block, sizeOf(size)); err != nil {
				return err
			}
			size = 0
		}
		if size == 0 {
			block = []byte(id)
		}
		size++
	}
	if size == 0 {
		return nil
	}
	return r.blocks.put(block, sizeOf(size))
}

// sizeOf returns the value of a block that has n ids, at most maxBlock.
func sizeOf(n int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) } //nolint:gosec // see maxBlock

func sizeIn(value []byte) int {
	if len(value) != 4 { // nil: there is no block
		return 0
	}
	return int(binary.BigEndian.Uint32(value))
}
