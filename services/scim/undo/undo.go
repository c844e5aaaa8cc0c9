package undo

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/devrev/scim/services/internal/required"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/history"
)

// Deps are what an Undo needs. All are required.
type Deps struct {
	Directory directory.Store
	History   history.Store // of Directory
	Activity  *activity.Log
	Store     Store
	Now       func() time.Time
	// Organisation gives the terms of an organisation; an unknown one is a *scim.Error of 404.
	Organisation func(ctx context.Context, org string) (directory.Organisation, error)
}

// Undo takes changes back. Any number of processes may do so at once.
type Undo struct {
	Deps

	owner string // this process
	news  chan struct{}
}

// New returns an Undo, of which Run runs the jobs, or an error that names what d lacks.
func New(d Deps) (*Undo, error) {
	if err := required.Check(d); err != nil {
		return nil, err
	}
	return &Undo{Deps: d, owner: uuid.NewString(), news: make(chan struct{}, 1)}, nil
}

// wake has Run look for jobs.
func (u *Undo) wake() {
	select {
	case u.news <- struct{}{}:
	default:
	}
}
