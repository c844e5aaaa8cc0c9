package mongostore

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"golang.org/x/sync/errgroup"

	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/history"
)

const (
	mostWaiting  = 8192             // resources of this process about which there is something to tell
	mostTold     = 100              // resources at a time
	mostTelling  = 4                // organisations at a time
	tellPatience = 20 * time.Second // of one organisation
	lastPatience = time.Second      // of what is left at the end
	turnPatience = time.Second      // for a turn
)

// changed names a user or group about which there is something to tell.
type changed struct {
	tenant  directory.Tenant
	isGroup bool
	id      string // documentID
}

// left notes for Relay what a write has left to tell. What finds no room is found by CatchUp.
func (s *Store) left(t directory.Tenant, isGroup bool, id string) {
	select {
	case s.news <- changed{t, isGroup, id}:
	default:
	}
}

// Relay implements history.Store.
func (s *Store) Relay(ctx context.Context, failed func(error)) {
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastPatience)
			defer cancel()
			s.tellNews(last, func(error) {}) // CatchUp goes on with it
			return
		case c := <-s.news:
			s.tellNews(ctx, failed, c)
		}
	}
}

// tellNews tells of the given changes and of all that Relay is to tell of at the moment.
func (s *Store) tellNews(ctx context.Context, failed func(error), changes ...changed) {
	for range len(s.news) {
		select {
		case c := <-s.news:
			changes = append(changes, c)
		default: // another Relay took it
		}
	}
	byTenant := map[directory.Tenant][]changed{}
	for _, c := range changes {
		byTenant[c.tenant] = append(byTenant[c.tenant], c)
	}
	var atOnce errgroup.Group
	atOnce.SetLimit(mostTelling)
	for t, changes := range byTenant {
		atOnce.Go(func() error {
			bound, cancel := context.WithTimeout(ctx, tellPatience)
			defer cancel()
			if err := s.tell(bound, t, changes, false); err != nil && ctx.Err() == nil {
				failed(err)
			}
			return nil
		})
	}
	_ = atOnce.Wait()
}

// CatchUp implements history.Store.
func (s *Store) CatchUp(ctx context.Context) error {
	byTenant := map[directory.Tenant][]changed{}
	for _, c := range []collection{s.users, s.groups} {
		left, err := c.leftovers(ctx, onUntold)
		if err != nil {
			return err
		}
		for _, l := range left {
			byTenant[l.Tenant] = append(byTenant[l.Tenant], changed{l.Tenant, c == s.groups, l.ID})
		}
	}
	var errs []error
	for t, changes := range byTenant {
		errs = append(errs, s.tell(ctx, t, changes, true))
	}
	return errors.Join(errs...)
}

// tell makes the records and events of the changes of these users and groups of a tenant. Any
// number of processes may tell of the same ones at once; of one Store whoever comes later waits a
// while, and then reads only what is still to be told. A group of which another process is writing
// the members is left out, or finished first.
func (s *Store) tell(ctx context.Context, t directory.Tenant, changes []changed, finish bool) error {
	ids := map[bool]map[string]bool{false: {}, true: {}} // whether they are groups
	for _, c := range changes {
		ids[c.isGroup][c.id] = true
	}
	for chunk := range slices.Chunk(slices.Sorted(maps.Keys(ids[false])), mostTold) {
		if err := s.inTurn(ctx, t, func() error { return s.tellOfUsers(ctx, t, chunk) }); err != nil {
			return err
		}
	}
	for chunk := range slices.Chunk(slices.Sorted(maps.Keys(ids[true])), mostTold) {
		if err := s.inTurn(ctx, t, func() error { return s.tellOfGroups(ctx, t, chunk, finish) }); err != nil {
			return err
		}
	}
	return nil
}

// inTurn tells of resources of the tenant once those who came before have, so that they do not all
// meet the same events. It is no lock: whoever has waited long enough goes on beside them, as
// another process would, since one that finishes a group may take long. tell must not enter again.
func (s *Store) inTurn(ctx context.Context, t directory.Tenant, tell func() error) error {
	waiting, cancel := context.WithTimeout(ctx, s.wait)
	leave, err := s.telling.Enter(waiting, string(t))
	cancel()
	if err == nil {
		defer leave()
	}
	return tell()
}

// story is what there is to tell of some users, or of some groups.
type story struct {
	records []any
	events  []history.Event
	told    []mongo.WriteModel // what notes that it was told
}

func (s *story) add(t directory.Tenant, r history.Record, events []history.Event) {
	s.records, s.events = append(s.records, recordDocumentOf(t, r)), append(s.events, events...)
}

// toldUpTo notes that all was told of a document up to the given version, which has no use for the
// fields more any longer. If a later one was stored meanwhile, that is still to be told.
func (s *story) toldUpTo(t directory.Tenant, id string, version int64, more ...bson.E) {
	same := withID(t, id)
	all := mongo.NewUpdateOneModel().SetFilter(same.and(is("ver", version)).filter()).SetHint(onID).
		SetUpdate(bson.D{is("$unset", append(bson.D{is("out", ""), is("untold", "")}, more...))})
	some := mongo.NewUpdateOneModel().SetFilter(same.and(above("ver", version)).filter()).SetHint(onID).
		SetUpdate(bson.D{is("$pull", bson.D{is("out", bson.D{below("ver", version)})})})
	s.told = append(s.told, all, some)
}

// publish stores the story and then, in the collection that it is about, that it was told.
func (s *Store) publish(ctx context.Context, t directory.Tenant, of collection, st story) error {
	if len(st.told) == 0 {
		return nil
	}
	if _, err := s.records.insertMissing(ctx, st.records); err != nil {
		return err
	}
	if err := s.appendEvents(ctx, t, st.events); err != nil {
		return err
	}
	_, err := of.c.BulkWrite(ctx, st.told)
	return fault("update", of.c.Name(), err)
}

func (s *Store) tellOfUsers(ctx context.Context, t directory.Tenant, ids []string) error {
	documents, err := all[userDocument](ctx, s.users, within(t, onID, oneOf("_id", ids)), bson.D{is("key", 0)})
	if err != nil {
		return err
	}
	var st story
	for _, d := range documents {
		id := resourceID[directory.UserID](d.ID)
		for i, p := range d.Out {
			after := d.user()
			after.Cause = directory.Cause(d.Cause)
			if i+1 < len(d.Out) {
				after = d.Out[i+1].user(id)
			}
			r, events := history.OfUser(p.user(id), after)
			st.add(t, r, events)
		}
		if d.Untold != "" {
			st.toldUpTo(t, d.ID, d.Version)
		}
	}
	return s.publish(ctx, t, s.users, st)
}

func (s *Store) tellOfGroups(ctx context.Context, t directory.Tenant, ids []string, finish bool) error {
	found, err := staged[standing](ctx, s.groups, within(t, onID, oneOf("_id", ids)), stood(t, "", directory.MemberDelta{})...)
	if err != nil {
		return err
	}
	var st story
	for _, f := range found {
		d := f.Group
		switch {
		case d.Unfinished == "":
		case !d.Deleted && f.done():
			if err := s.recordPending(ctx, d); err != nil {
				return err
			}
		case !finish:
			continue
		default:
			if d, err = s.finished(ctx, d); errors.Is(err, directory.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			if d.Unfinished != "" {
				continue
			}
		}
		if d.Untold == "" {
			continue
		}
		if err := s.tellOfGroup(ctx, d, &st); err != nil {
			return err
		}
	}
	return s.publish(ctx, t, s.groups, st)
}

// finished returns the group once nothing of it is unfinished.
func (s *Store) finished(ctx context.Context, d groupDocument) (groupDocument, error) {
	same := withID(d.Tenant, d.ID)
	if err := s.repairGroup(ctx, same); err != nil {
		return d, err
	}
	return one[groupDocument](ctx, s.groups, same, bson.D{is("key", 0)})
}

func (s *Store) tellOfGroup(ctx context.Context, d groupDocument, st *story) error {
	id := d.groupID()
	for i, p := range d.Out {
		after, last := d.group(), i+1 == len(d.Out)
		after.Cause = directory.Cause(d.Cause)
		switch {
		case !last:
			after = d.Out[i+1].group(id)
		case d.Deleted:
			after.Document = nil
			p.Moved, p.Parts = membershipChange{}, 0
			if d.Left != nil {
				p.Moved, p.Parts = d.Left.Moved, d.Left.Parts
			}
		}
		moved := p.Moved.sorted()
		if p.Parts > 0 {
			var err error
			record := recordID(d.Tenant, history.Resource{Type: history.Group, ID: string(id)}, after.Version)
			if moved, err = s.partsOf(ctx, d.Tenant, record, p.Parts); err != nil {
				return err
			}
		}
		r, events := history.OfGroup(p.group(id), after, moved)
		st.add(d.Tenant, r, events)
	}
	if d.Deleted {
		gone := withID(d.Tenant, d.ID, is("ver", d.Version), is("deleted", true))
		st.told = append(st.told, mongo.NewDeleteOneModel().SetFilter(gone.filter()).SetHint(onID))
		return nil
	}
	st.toldUpTo(d.Tenant, d.ID, d.Version, workMark()...)
	return nil
}
