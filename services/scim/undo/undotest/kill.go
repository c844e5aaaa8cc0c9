package undotest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/undo"
)

// errKilled is what a process gets that is not there any more.
var errKilled = errors.New("the process was killed")

// process is killed at one of its writes: before it, or after it and before it hears of it.
type process struct {
	mu     sync.Mutex
	left   int // writes; below 0: it is never killed
	after  bool
	writes int
	dead   bool
}

// write does what the process writes, while it lives.
func (p *process) write(do func() error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead {
		return errors.Join(directory.ErrUnavailable, errKilled)
	}
	p.writes++
	if p.left == 0 {
		p.dead = true
		if p.after {
			_ = do()
		}
		return errors.Join(directory.ErrUnavailable, errKilled)
	}
	p.left--
	return do()
}

// of returns stores as the process sees them.
func (p *process) of(s Stores) Stores {
	return Stores{killedDirectory{s.Directory, p}, s.History, killedActivity{s.Activity, p}, killedUndos{s.Undos, p}}
}

type killedDirectory struct {
	directory.Store

	p *process
}

func (s killedDirectory) User(ctx context.Context, t directory.Tenant, id directory.UserID) (directory.User, error) {
	if s.p.isDead() {
		return directory.User{}, errors.Join(directory.ErrUnavailable, errKilled)
	}
	return s.Store.User(ctx, t, id)
}

func (p *process) isDead() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dead
}

func (s killedDirectory) Group(ctx context.Context, t directory.Tenant, id directory.GroupID, with bool) (directory.Group, error) {
	if s.p.isDead() {
		return directory.Group{}, errors.Join(directory.ErrUnavailable, errKilled)
	}
	return s.Store.Group(ctx, t, id, with)
}

func (s killedDirectory) ReplaceUser(ctx context.Context, t directory.Tenant, u directory.User) (stored directory.User, err error) {
	err = s.p.write(func() (err error) { stored, err = s.Store.ReplaceUser(ctx, t, u); return err })
	return stored, err
}

func (s killedDirectory) DeleteUser(ctx context.Context, t directory.Tenant, u directory.User) error {
	return s.p.write(func() error { return s.Store.DeleteUser(ctx, t, u) })
}

func (s killedDirectory) CreateGroup(ctx context.Context, t directory.Tenant, g directory.Group) error {
	return s.p.write(func() error { return s.Store.CreateGroup(ctx, t, g) })
}

func (s killedDirectory) UpdateGroup(
	ctx context.Context, t directory.Tenant, g directory.Group, d directory.MemberDelta,
) (stored directory.Group, change directory.MembershipChange, err error) {
	err = s.p.write(func() (err error) { stored, change, err = s.Store.UpdateGroup(ctx, t, g, d); return err })
	return stored, change, err
}

type killedActivity struct {
	activity.Store

	p *process
}

func (s killedActivity) Record(ctx context.Context, t directory.Tenant, e activity.Entry, moved []activity.Moved) error {
	return s.p.write(func() error { return s.Store.Record(ctx, t, e, moved) })
}

type killedUndos struct {
	undo.Store

	p *process
}

func (s killedUndos) Put(ctx context.Context, t directory.Tenant, j undo.Job) (stored undo.Job, err error) {
	err = s.p.write(func() (err error) { stored, err = s.Store.Put(ctx, t, j); return err })
	return stored, err
}

func (s killedUndos) PutItems(ctx context.Context, t directory.Tenant, job string, at time.Time, items []undo.Item) error {
	return s.p.write(func() error { return s.Store.PutItems(ctx, t, job, at, items) })
}
