package embedded

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"iter"

	"go.etcd.io/bbolt"
)

// table is a bucket that can be read also where it was never made: it is empty then.
type table struct{ bucket *bbolt.Bucket }

// tableAt returns the table in nested buckets of these names.
func tableAt(tx *bbolt.Tx, names ...string) table {
	t := table{tx.Bucket([]byte(names[0]))}
	for _, name := range names[1:] {
		t = t.sub(name)
	}
	return t
}

// makeTable returns the table in nested buckets of these names and makes those that are missing.
func makeTable(tx *bbolt.Tx, names ...string) (table, error) {
	bucket, err := tx.CreateBucketIfNotExists([]byte(names[0]))
	for _, name := range names[1:] {
		if err != nil {
			break
		}
		bucket, err = bucket.CreateBucketIfNotExists([]byte(name))
	}
	if err != nil {
		return table{}, fmt.Errorf("make bucket %v: %w", names, err)
	}
	return table{bucket}, nil
}

func (t table) sub(name string) table {
	if t.bucket == nil {
		return t
	}
	return table{t.bucket.Bucket([]byte(name))}
}

// get returns the value at key, nil if there is none. It is valid as long as the transaction.
func (t table) get(key []byte) []byte {
	if t.bucket == nil {
		return nil
	}
	return t.bucket.Get(key)
}

func (t table) has(key []byte) bool { return t.get(key) != nil }

func (t table) put(key, value []byte) error { return t.bucket.Put(key, value) }

func (t table) delete(key []byte) error { return t.bucket.Delete(key) }

// under yields, in ascending order, what follows prefix in each key that begins with it, and the
// value. The table must not change during the iteration.
func (t table) under(prefix []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		if t.bucket == nil {
			return
		}
		cursor := t.bucket.Cursor()
		for key, value := cursor.Seek(prefix); key != nil && bytes.HasPrefix(key, prefix); key, value = cursor.Next() {
			if !yield(string(key[len(prefix):]), value) {
				return
			}
		}
	}
}

// before yields, in descending order, the keys that are less than end and their values; all keys if
// end is "". The table must not change during the iteration.
func (t table) before(end string) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		if t.bucket == nil {
			return
		}
		cursor := t.bucket.Cursor()
		first := cursor.Last
		if key, _ := cursor.Seek([]byte(end)); key != nil && end != "" {
			first = cursor.Prev
		}
		for key, value := first(); key != nil && yield(string(key), value); key, value = cursor.Prev() {
		}
	}
}

// since yields, in ascending order, the keys that are not less than first and their values. The
// table must not change during the iteration.
func (t table) since(first string) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		if t.bucket == nil {
			return
		}
		cursor := t.bucket.Cursor()
		for key, value := cursor.Seek([]byte(first)); key != nil && yield(string(key), value); key, value = cursor.Next() {
		}
	}
}

// putJSON stores v at key.
func (t table) putJSON(key []byte, v any) error {
	value, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	return t.put(key, value)
}

// getJSON returns what putJSON stored at key, and whether there is anything.
func getJSON[T any](t table, key []byte) (v T, ok bool, err error) {
	value := t.get(key)
	if value == nil {
		return v, false, nil
	}
	v, err = decode[T](value)
	return v, true, err
}

func decode[T any](value []byte) (v T, err error) {
	if err := json.Unmarshal(value, &v); err != nil {
		return v, fmt.Errorf("decode: %w", err)
	}
	return v, nil
}

// noValue is the value in tables that only need keys.
func noValue() []byte { return []byte{} }

// pair is the key of two ids, which hold no NUL; pair(first, "") is the prefix of all keys with the
// first.
func pair[A, B ~string](first A, second B) []byte {
	return []byte(string(first) + "\x00" + string(second))
}

// digest is the key of a string of any length; those of bbolt have at most 32 KiB.
func digest(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}
