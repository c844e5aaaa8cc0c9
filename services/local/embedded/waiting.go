package embedded

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/devrev/scim/services/internal/sets"
	"github.com/devrev/scim/services/scim/directory"
)

// waitAtOnce is how many members begin or end to wait in one transaction: as many as take some
// milliseconds, since the changes of all organisations wait for each other.
const waitAtOnce = 25

// Wait notes members that wait.
func (d *Directory) Wait(ctx context.Context, t directory.Tenant, g directory.GroupID, values []string, at directory.Moment) (n int, err error) {
	if len(values) > waitAtOnce {
		if values, err = d.mayWait(ctx, t, g, values); err != nil {
			return 0, err
		}
	}
	for some := range slices.Chunk(values, waitAtOnce) {
		more, err := updated(ctx, d, t, func(in tenant) (int, error) { return in.waitFor(g, some, at) })
		if err != nil {
			return 0, err
		}
		n += more
	}
	return n, nil
}

// mayWait returns those of the values that wait for the group already, and of the others as many as
// there is room for now: no transaction is begun to find that there is none for a hundred more.
func (d *Directory) mayWait(ctx context.Context, t directory.Tenant, g directory.GroupID, values []string) (may []string, err error) {
	err = d.view(ctx, t, func(in tenant) error {
		waits := map[string]bool{}
		for value := range in.waitingOf(g) {
			waits[value] = true
		}
		room := in.roomToWait(g)
		may = nil
		for _, value := range values {
			switch {
			case waits[value]:
				may = append(may, value)
			case room > 0 && len(value) <= directory.MaxWaitingValue:
				room--
				may = append(may, value)
			}
		}
		return nil
	})
	return may, err
}

// Unwait ends the waiting of members.
func (d *Directory) Unwait(ctx context.Context, t directory.Tenant, g directory.GroupID, values []string, others bool) (ended []string, err error) {
	if others {
		keep := sets.Of(values)
		for {
			some, err := updated(ctx, d, t, func(in tenant) ([]string, error) { return in.unwaitOthers(g, keep, waitAtOnce) })
			ended = append(ended, some...)
			if err != nil || len(some) < waitAtOnce {
				return ended, err
			}
		}
	}
	for some := range slices.Chunk(values, waitAtOnce) {
		some, err := updated(ctx, d, t, func(in tenant) ([]string, error) { return in.unwait(g, some) })
		ended = append(ended, some...)
		if err != nil {
			return ended, err
		}
	}
	return ended, nil
}

// Attach makes a member of one that waited.
func (d *Directory) Attach(
	ctx context.Context, t directory.Tenant, g directory.Group, value string, user directory.UserID,
) (before, after directory.Group, err error) {
	both, err := updated(ctx, d, t, func(in tenant) (both [2]directory.Group, err error) {
		before, err := in.group(g.ID)
		if err != nil {
			return both, err
		}
		key := waitingKey(directory.Waiting{Group: g.ID, Value: value})
		if !in.waiting().has(key) || !in.isUser(user) {
			return both, directory.ErrNotFound
		}
		if err := in.endWaiting(key); err != nil {
			return both, err
		}
		change, err := in.changeMembers(g.ID, directory.MemberDelta{Add: []directory.UserID{user}})
		after := before
		if err != nil || change.Empty() {
			return [2]directory.Group{before, after}, err
		}
		after.Version++
		after.Modified = g.Modified
		if err := in.putGroup(before, after); err != nil {
			return both, err
		}
		told := after
		told.Cause = g.Cause
		return [2]directory.Group{before, after}, in.tellOfGroup(before, told, change)
	})
	return both[0], both[1], err
}

// Explain gives a member that waits another reason.
func (d *Directory) Explain(ctx context.Context, t directory.Tenant, g directory.GroupID, value string, reason directory.WaitingReason) error {
	return d.update(ctx, t, func(in tenant) error {
		key := waitingKey(directory.Waiting{Group: g, Value: value})
		w, ok, err := getJSON[directory.Waiting](in.waiting(), key)
		if err != nil || !ok {
			return err
		}
		w.Reason = reason
		return in.waiting().putJSON(key, w)
	})
}

// Waiting returns members that wait.
func (d *Directory) Waiting(ctx context.Context, t directory.Tenant, q directory.WaitingQuery) (found []directory.Waiting, err error) {
	err = d.view(ctx, t, func(in tenant) error {
		found = nil
		collect := func(key []byte) error {
			w, ok, err := getJSON[directory.Waiting](in.waiting(), key)
			if err == nil && ok && q.Selects(w) {
				found = append(found, w)
			}
			return err
		}
		begins := [][]byte{[]byte(q.Prefix)}
		if q.Keys != nil {
			begins = nil
			for _, key := range q.Keys {
				begins = append(begins, pair(key, ""))
			}
		}
		for _, begin := range begins {
			for rest := range in.waitingFor().under(begin) {
				key, rest, _ := strings.Cut(string(begin)+rest, "\x00")
				group, value, _ := strings.Cut(rest, "\x00")
				if err := collect([]byte(group + "\x00" + key + "\x00" + value)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	slices.SortFunc(found, directory.CompareWaiting)
	found = slices.CompactFunc(found, func(a, b directory.Waiting) bool { return directory.CompareWaiting(a, b) == 0 })
	return found[:min(len(found), q.Limit)], err
}

// CountWaiting counts the members that wait.
func (d *Directory) CountWaiting(ctx context.Context, t directory.Tenant, most int) (n int, err error) {
	err = d.view(ctx, t, func(in tenant) error {
		n = min(sizeIn(in.waitingCounts().get([]byte(allGroups))), most)
		return nil
	})
	return n, err
}

// Awaited returns the users for whom members may wait.
func (d *Directory) Awaited(ctx context.Context) (found []directory.Awaited, err error) {
	err = answer(d.file.view(ctx, func(tx *bbolt.Tx) error {
		found = nil
		root := tableAt(tx, "directory")
		for t := range root.under(nil) {
			for id := range tenantOf(root.sub(t)).awaited().under(nil) {
				found = append(found, directory.Awaited{Tenant: directory.Tenant(t), ID: directory.UserID(id)})
			}
		}
		return nil
	}))
	return found, err
}

// Arrived forgets that members may wait for a user.
func (d *Directory) Arrived(ctx context.Context, t directory.Tenant, id directory.UserID) error {
	return d.update(ctx, t, func(in tenant) error { return in.awaited().delete([]byte(id)) })
}

// waitingOf returns the values that wait for the group.
func (in tenant) waitingOf(g directory.GroupID) iter.Seq[string] {
	return func(yield func(string) bool) {
		for rest := range in.waiting().under(pair(g, "")) {
			if _, value, _ := strings.Cut(rest, "\x00"); !yield(value) {
				return
			}
		}
	}
}

func waitingKey(w directory.Waiting) []byte {
	return []byte(string(w.Group) + "\x00" + w.Key() + "\x00" + w.Value)
}

// waitForReturn has the membership of u, who was deleted, wait.
func (in tenant) waitForReturn(g directory.GroupID, u directory.User) error {
	at := directory.Moment{At: u.Modified, RequestID: u.Cause.RequestID}
	return in.wait(directory.Waiting{Group: g, Value: string(u.ID), Reason: directory.WaitsDeleted, First: at, Last: at})
}

// wait has w wait, or adds it to what waits of its value.
func (in tenant) wait(w directory.Waiting) error {
	key := waitingKey(w)
	stored, ok, err := getJSON[directory.Waiting](in.waiting(), key)
	if err != nil {
		return err
	}
	if ok {
		if err := in.waitingTimes().delete(timeKey(stored.Last.At, key)); err != nil {
			return err
		}
		w.First, w.Reason = stored.First, stored.Reason
		w.Count += stored.Count
	}
	errs := []error{
		in.waiting().putJSON(key, w), in.waitingTimes().put(timeKey(w.Last.At, key), noValue()),
		in.waitingFor().put([]byte(w.Key()+"\x00"+string(w.Group)+"\x00"+w.Value), noValue()),
	}
	if !ok {
		errs = append(errs, in.countWaiting(w.Group, 1))
	}
	return errors.Join(errs...)
}

// roomToWait returns how many more may wait for the group.
func (in tenant) roomToWait(g directory.GroupID) int {
	return min(
		directory.MaxWaitingOfGroup-sizeIn(in.waitingCounts().get([]byte(g))),
		directory.MaxWaitingOfTenant-sizeIn(in.waitingCounts().get([]byte(allGroups))),
	)
}

// waitFor notes that these wait for the group, and returns how many do.
func (in tenant) waitFor(g directory.GroupID, values []string, at directory.Moment) (n int, err error) {
	if _, err := in.group(g); err != nil {
		return 0, err
	}
	for _, value := range values {
		w := directory.Waiting{Group: g, Value: value, Reason: directory.WaitsUnknown, First: at, Last: at, Count: 1}
		if u, err := in.user(directory.UserID(value)); err == nil && u.Deleted {
			w.Reason = directory.WaitsDeleted
		}
		hasRoom := len(value) <= directory.MaxWaitingValue && in.roomToWait(g) > 0
		if !hasRoom && !in.waiting().has(waitingKey(w)) {
			continue
		}
		if err := in.wait(w); err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// unwait ends what waits for the group of these values, and returns it.
func (in tenant) unwait(g directory.GroupID, values []string) (ended []string, err error) {
	for _, value := range values {
		key := waitingKey(directory.Waiting{Group: g, Value: value})
		if !in.waiting().has(key) {
			continue
		}
		if err := in.endWaiting(key); err != nil {
			return nil, err
		}
		ended = append(ended, value)
	}
	return ended, nil
}

// unwaitOthers ends what waits for the group except these values, at most so many, and returns it.
func (in tenant) unwaitOthers(g directory.GroupID, keep map[string]bool, most int) (ended []string, err error) {
	for value := range in.waitingOf(g) {
		if keep[value] {
			continue
		}
		if len(ended) == most {
			break
		}
		ended = append(ended, value)
	}
	_, err = in.unwait(g, ended)
	return ended, err
}

// endWaiting removes what waits at a key.
func (in tenant) endWaiting(key []byte) error {
	w, ok, err := getJSON[directory.Waiting](in.waiting(), key)
	if err != nil || !ok {
		return err
	}
	return errors.Join(
		in.waiting().delete(key), in.waitingTimes().delete(timeKey(w.Last.At, key)),
		in.waitingFor().delete([]byte(w.Key()+"\x00"+string(w.Group)+"\x00"+w.Value)), in.countWaiting(w.Group, -1),
	)
}

// allGroups is the key of the number that counts for all groups; bbolt takes no empty one.
const allGroups = "\x00"

func (in tenant) countWaiting(g directory.GroupID, more int) error {
	for _, key := range [][]byte{[]byte(g), []byte(allGroups)} {
		n := sizeIn(in.waitingCounts().get(key)) + more
		if n == 0 {
			if err := in.waitingCounts().delete(key); err != nil {
				return err
			}
			continue
		}
		if err := in.waitingCounts().put(key, sizeOf(n)); err != nil {
			return err
		}
	}
	return nil
}

// oldWaiting returns the keys of some that wait since before end.
func (in tenant) oldWaiting(end time.Time) (keys []string) {
	for key := range in.waitingTimes().under(nil) {
		if key >= string(seqKey(end.UnixMilli())) || len(keys) == mostPruned {
			break
		}
		keys = append(keys, key[len(seqKey(0)):])
	}
	return keys
}

// eraseWaiting removes what waits for someone of this key.
func (in tenant) eraseWaiting(key string) error {
	var keys [][]byte
	for rest := range in.waitingFor().under(pair(key, "")) {
		group, value, _ := strings.Cut(rest, "\x00")
		keys = append(keys, []byte(group+"\x00"+key+"\x00"+value))
	}
	for _, key := range keys {
		if err := in.endWaiting(key); err != nil {
			return err
		}
	}
	return nil
}
