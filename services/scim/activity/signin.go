package activity

import (
	"context"
	"time"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
)

// RecordSignIn stores the line of a sign-in, if it is the first one of the user or the first of a
// day in UTC. As Record does, it answers 503 if the line of the first one cannot be stored; of
// later ones, on which nothing depends, the error is for our own log.
func (l *Log) RecordSignIn(ctx context.Context, org directory.Organisation, by Request, made *directory.Change) error {
	e, err := newEntry(by, &scim.Tolerance{})
	if err != nil {
		return err
	}
	if e.Kind = KindSignIn; made.Effect == directory.EffectUnchanged {
		today := Query{Resource: e.Resource, Kinds: []Kind{KindSignIn}, Since: e.At.Truncate(24 * time.Hour), Limit: 1}
		known, err := l.List(ctx, org, today)
		if err != nil || len(known) > 0 {
			return err
		}
	}
	e.tell(org, made)
	if made.Effect == directory.EffectUnchanged {
		return unrecorded(l.write(ctx, line{org.Tenant, e, nil}))
	}
	return l.record(ctx, line{org.Tenant, e, nil})
}

// SignIns returns when the user signed in for the first and for the last time, the day of the last
// one at the least; zero where no entry tells of it.
func (l *Log) SignIns(ctx context.Context, org directory.Organisation, user directory.UserID) (first, last time.Time, err error) {
	q := Query{Resource: Resource{Type: org.Schemas.User.Name, ID: string(user)}, Kinds: []Kind{KindSignIn}, Limit: 1}
	latest, err := l.List(ctx, org, q)
	if err != nil || len(latest) == 0 {
		return first, last, err
	}
	q.OldestFirst = true
	oldest, err := l.List(ctx, org, q)
	if err == nil && len(oldest) > 0 && oldest[0].Effect == directory.EffectUpdated {
		first = oldest[0].At
	}
	return first, latest[0].At, err
}
