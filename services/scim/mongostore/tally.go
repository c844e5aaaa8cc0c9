package mongostore

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/devrev/scim/services/scim/directory"
)

// tally is how many resources of a tenant the lists of a collection show. It is a document of that
// collection, so that one command creates a resource and counts it; its _id is the tenant alone,
// which is no resource's.
//
// A write that makes the number another one announces itself (Open), takes place, and is counted as
// it withdraws: three steps, of which any may be the last if a process or a server dies. So the
// number is right for all that was acknowledged; what is announced and never withdrawn has to be
// counted again by the next list (recount).
type tally struct {
	Version int64     `bson:"ver"`   // rises with each step
	Exact   bool      `bson:"exact"` // Shown was counted once, and each change since then
	Shown   int       `bson:"shown"`
	Open    int       `bson:"open"`  // writes that are announced
	Since   time.Time `bson:"since"` // when the latest of them was
	Mark    *mark     `bson:"mark"`  // the last one before the place that was asked for
	Marks   int       `bson:"marks"` // how many there are

	States  map[directory.State]int `bson:"states"`  // of users: how many of those shown are in each state
	Counted time.Time               `bson:"counted"` // when these were, from when on each change is; zero: they are in doubt
}

// shift is by how much a write changes the numbers of a tally.
type shift struct {
	shown  int
	states map[directory.State]int
}

// footing is how a tally counts a user.
type footing struct {
	deleted bool
	state   directory.State
}

// to returns what changes in a tally when a user's footing does.
func (f footing) to(next footing) shift {
	by := shift{states: map[directory.State]int{}}
	if !f.deleted {
		by.shown--
		by.states[f.state]--
	}
	if !next.deleted {
		by.shown++
		by.states[next.state]++
	}
	maps.DeleteFunc(by.states, func(_ directory.State, n int) bool { return n == 0 })
	return by
}

// none reports whether nothing changes.
func (by shift) none() bool { return by.shown == 0 && len(by.states) == 0 }

// mark is a place in the order of ids: Before resources come before the one that stands, or stood,
// at the _id. Marks are set by who walked far, and each write of a resource before them moves them.
type mark struct {
	ID     string `bson:"id"`
	Before int    `bson:"before"`
}

const (
	// lostAfter is how long after the last announcement what is still announced counts as lost. No
	// call takes so long, and clocks do not differ by so much.
	lostAfter = time.Minute
	// doubtTime bounds how long a call that failed tries to say so in the tally.
	doubtTime = 500 * time.Millisecond
)

func tallyOf(t directory.Tenant) where { return within(t, onID, is("_id", string(t))) }

// announced is the step before a write.
func announced(t directory.Tenant) *mongo.UpdateOneModel {
	return mongo.NewUpdateOneModel().SetFilter(tallyOf(t).filter()).SetHint(onID).SetUpsert(true).SetUpdate(bson.D{
		is("$inc", bson.D{is("ver", 1), is("open", 1)}),
		is("$currentDate", bson.D{is("since", true)}),
		is("$setOnInsert", bson.D{is("marks", bson.A{})}),
	})
}

// withdrawn is the step after a write of the resource with the given _id that has changed the
// numbers.
func withdrawn(t directory.Tenant, id string, by shift) *mongo.UpdateOneModel {
	change := bson.D{is("ver", 1), is("open", -1)}
	m := mongo.NewUpdateOneModel().SetFilter(tallyOf(t).filter()).SetHint(onID)
	if by.shown != 0 {
		change = append(change, is("shown", by.shown), is("marks.$[later].before", by.shown))
		m.SetArrayFilters([]any{bson.D{above("later.id", id)}})
	}
	for _, state := range slices.Sorted(maps.Keys(by.states)) {
		change = append(change, is("states."+string(state), by.states[state]))
	}
	return m.SetUpdate(bson.D{is("$inc", change)})
}

// insertCounted adds a resource that lists show; *directory.Duplicate if a unique index already has
// its key. version names the field that no document has at 0: so the insert, which a command of
// updates cannot hold, is an update that finds nothing.
func (c collection) insertCounted(ctx context.Context, t directory.Tenant, id string, by shift, document any) error {
	insert := mongo.NewReplaceOneModel().SetFilter(withID(t, id, is("ver", 0)).filter()).SetHint(onID).
		SetUpsert(true).SetReplacement(document)
	return fault("insert", c.c.Name(), c.counted(ctx, t, id, insert, by))
}

// updateCounted changes the document with the given _id that w selects, and reports whether there
// was one. change is a pipeline.
//
// If there is none, the steps must end there: the update is an upsert, and what that would make is
// refused, since it was never created.
func (c collection) updateCounted(ctx context.Context, w where, id string, by shift, change bson.A) (bool, error) {
	created := bson.D{is("$toDate", bson.D{is("$ifNull", bson.A{"$created", "never"})})}
	update := mongo.NewUpdateOneModel().SetFilter(w.filter()).SetHint(w.index).SetUpsert(true).
		SetUpdate(append(bson.A{bson.D{is("$set", bson.D{is("created", created)})}}, change...))
	err := c.counted(ctx, w.tenant, id, update, by)
	if onlyCode(err, neverCreated) {
		return false, nil
	}
	return err == nil, fault("change", c.c.Name(), err)
}

// counted makes a write and counts it, in one command. A write that does not take place must be an
// error of it.
func (c collection) counted(ctx context.Context, t directory.Tenant, id string, write mongo.WriteModel, by shift) error {
	for {
		_, err := c.c.BulkWrite(ctx, []mongo.WriteModel{announced(t), write, withdrawn(t, id, by)})
		refused, _ := errors.AsType[mongo.BulkWriteException](err)
		switch {
		case err == nil:
			return nil
		case len(refused.WriteErrors) != 1 || !onlyDuplicates(err) && !onlyCode(err, neverCreated):
			c.doubt(ctx, t)
		case refused.WriteErrors[0].Index == 0: // another call has made the tally meanwhile
			continue
		default:
			c.withdraw(ctx, t, id)
		}
		return err
	}
}

// withdraw is the last step of a write that did not take place.
func (c collection) withdraw(ctx context.Context, t directory.Tenant, id string) {
	if _, err := c.c.BulkWrite(ctx, []mongo.WriteModel{withdrawn(t, id, shift{})}); err != nil {
		c.doubt(ctx, t)
	}
}

// doubt notes that the numbers may be wrong. If that fails as well, what is announced tells so
// after a while.
func (c collection) doubt(ctx context.Context, t directory.Tenant) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), doubtTime)
	defer cancel()
	_, _ = c.c.UpdateOne(ctx, tallyOf(t).filter(), bson.D{is("$inc", bson.D{is("ver", 1)}), is("$set", bson.D{is("exact", false)}), is("$unset", bson.D{is("counted", "")})},
		options.UpdateOne().SetHint(onID))
}

// tally returns that of the tenant, with the last mark before the place skip, and with a right
// number.
func (c collection) tally(ctx context.Context, t directory.Tenant, skip int) (tally, error) {
	fields := bson.D{is("ver", 1), is("exact", 1), is("shown", 1), is("open", 1), is("since", 1), is("states", 1), is("counted", 1)}
	if skip > 0 {
		reached := bson.D{is("$filter", bson.D{
			is("input", "$marks"), is("cond", bson.D{is("$lte", bson.A{"$$this.before", skip})}),
		})}
		fields = append(fields, is("mark", bson.D{is("$last", reached)}), is("marks", bson.D{is("$size", "$marks")}))
	}
	stored, err := one[tally](ctx, c, tallyOf(t), fields)
	lost := stored.Open != 0 && time.Since(stored.Since) > lostAfter
	switch {
	case errors.Is(err, directory.ErrNotFound) || err == nil && (!stored.Exact || lost):
		return countedOnce(ctx, c, t, "all", func(ctx context.Context) (tally, error) { return c.recount(ctx, t, stored, lost) })
	default:
		return stored, err
	}
}

const (
	countTime     = time.Minute     // a count of everybody may take so long,
	countPatience = 2 * time.Second // of which a caller waits so long, as for any command
)

// countedOnce returns what count does, which is done once at a time for a tenant, whoever asks for
// it, and goes on if they give up: of a million resources it takes seconds, and where all that ask
// began it anew, it would never end. A count that began before this call may lack a change that the
// caller knows of, so the next one is waited for then.
func countedOnce[N any](ctx context.Context, c collection, t directory.Tenant, what string, count func(context.Context) (N, error)) (n N, err error) {
	waiting, cancel := context.WithTimeout(ctx, countPatience)
	defer cancel()
	for tries := 1; ; tries++ {
		started := false
		counted := c.counts.DoChan(what+" "+string(t), func() (any, error) {
			started = true
			counting, cancel := context.WithTimeout(context.WithoutCancel(ctx), countTime)
			defer cancel()
			return count(counting)
		})
		select {
		case <-waiting.Done():
			return n, fault("count", c.c.Name(), waiting.Err())
		case r := <-counted:
			if started || tries > 1 {
				n, _ = r.Val.(N)
				return n, r.Err
			}
		}
	}
}

// recount counts the resources, and stores the number if that of before was not right and no one
// has changed it meanwhile: a write that is under way would be counted here, or not, and once more
// on its own.
func (c collection) recount(ctx context.Context, t directory.Tenant, before tally, lost bool) (tally, error) {
	shown, err := c.count(ctx, within(t, onList, is("deleted", false)), 0)
	if err != nil {
		return tally{}, err
	}
	right := tally{Version: before.Version + 1, Exact: true, Shown: shown}
	if before.Open != 0 && !lost {
		return right, nil
	}
	counted := bson.D{
		is("$set", bson.D{is("exact", true), is("shown", shown), is("open", 0), is("marks", bson.A{})}),
		is("$unset", bson.D{is("counted", "")}), is("$inc", bson.D{is("ver", 1)}),
	}
	if before.Version == 0 { // there is none yet
		err := c.upsert(ctx, tallyOf(t).and(exists("ver", false)), counted)
		if _, made := errors.AsType[*directory.Duplicate](err); made { // another call has made it meanwhile
			err = nil
		}
		return right, err
	}
	_, err = c.update(ctx, tallyOf(t).and(is("ver", before.Version)), counted)
	return right, err
}

// mark adds marks to the tally, unless it has changed since it was read. They ascend and come after
// all that were there.
func (c collection) mark(ctx context.Context, t directory.Tenant, read tally, marks []mark) error {
	added := bson.D{
		is("$push", bson.D{is("marks", bson.D{is("$each", marks), is("$sort", bson.D{is("before", 1)})})}),
		is("$inc", bson.D{is("ver", 1)}),
	}
	_, err := c.update(ctx, tallyOf(t).and(is("ver", read.Version), is("open", 0)), added)
	return err
}
