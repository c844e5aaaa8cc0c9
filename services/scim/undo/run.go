package undo

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/history"
	"github.com/devrev/scim/services/scim/overlay"
)

const (
	lease      = time.Minute      // for which a process has a job without a sign of life
	lookEvery  = 30 * time.Second // for jobs of processes that crashed
	itemsOnce  = 20               // between two signs of life
	jobsAtOnce = 4                // of a process
	mostTries  = 50               // at one item, while others change it or it is not told
	pauseTold  = 20 * time.Millisecond
	mostPlayed = 10 * Most // writes of a dry run
)

// Run runs jobs until ctx is done: those that Start tells of at once, and those that another
// process has left within a minute or two.
func (u *Undo) Run(ctx context.Context, failed func(error)) {
	var running sync.WaitGroup
	defer running.Wait()
	room, mine := make(chan struct{}, jobsAtOnce), &sync.Map{}
	for {
		open, err := u.Store.Open(ctx)
		if err != nil && ctx.Err() == nil {
			failed(err)
		}
		for _, ref := range open {
			if _, is := mine.LoadOrStore(ref, true); is {
				continue
			}
			select {
			case room <- struct{}{}:
			default: // the next look finds it
				mine.Delete(ref)
				continue
			}
			running.Go(func() {
				defer func() { <-room; mine.Delete(ref); u.wake() }()
				if err := u.Work(ctx, ref); err != nil && ctx.Err() == nil {
					failed(err)
					select {
					case <-ctx.Done():
					case <-time.After(time.Second): // before it is tried again
					}
				}
			})
		}
		select {
		case <-ctx.Done():
			return
		case <-u.news:
		case <-time.After(lookEvery):
		}
	}
}

// Round runs all jobs that are open to their end, one after the other.
func (u *Undo) Round(ctx context.Context) error {
	open, err := u.Store.Open(ctx)
	for _, ref := range open {
		err = errors.Join(err, u.Work(ctx, ref))
	}
	return err
}

// run is a job that is run.
type run struct {
	u      *Undo
	org    directory.Organisation
	job    Job
	users  *directory.Users
	groups *directory.Groups
}

// Work runs one job to its end, unless another process does.
func (u *Undo) Work(ctx context.Context, ref Ref) error {
	j, err := u.Store.Job(ctx, ref.Tenant, ref.ID)
	switch {
	case errors.Is(err, directory.ErrNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("read undo %s: %w", ref.ID, err)
	case j.State == Done, j.Owner != u.owner && u.Now().Before(j.Until):
		return nil
	}
	org, err := u.Organisation(ctx, string(ref.Tenant))
	if refusal, ok := errors.AsType[*scim.Error](err); ok && refusal.Status == 404 {
		return nil // it has left, and is erased
	}
	if err != nil {
		return fmt.Errorf("undo %s: %w", ref.ID, err)
	}
	r := &run{u: u, org: org, job: j}
	if err := r.goOn(ctx); err != nil && !errors.Is(err, directory.ErrVersionConflict) { // another has it
		return fmt.Errorf("undo %s: %w", ref.ID, err)
	}
	return nil
}

func (r *run) now() time.Time { return r.u.Now() }

// goOn goes on where the job is.
func (r *run) goOn(ctx context.Context) error {
	store := r.u.Directory
	if r.job.DryRun { // it begins again: nothing of it remains but its items
		store = overlay.New(store, mostPlayed)
		if r.job.State == Running {
			r.job.State, r.job.Counts, r.job.Sweep = Planning, nil, Sweep{}
		}
	}
	r.users, r.groups = directory.NewUsers(store, r.u.Now), directory.NewGroups(store, r.u.Now)
	if err := r.save(ctx); err != nil {
		return err
	}
	if r.job.State == Planning {
		if err := r.plan(ctx); err != nil {
			return err
		}
	}
	for r.job.State == Running {
		if err := r.some(ctx); err != nil {
			return err
		}
	}
	return nil
}

// save stores the job, which is this process's for some more time.
func (r *run) save(ctx context.Context) error {
	r.job.Owner, r.job.Until = r.u.owner, directory.Now(r.now().Add(lease))
	if r.job.State == Done {
		r.job.Owner, r.job.Until, r.job.Slot, r.job.DoneAt = "", time.Time{}, r.job.ID, directory.Now(r.now())
		r.job.release(askedClaim)
	}
	if r.job.TooMany {
		r.job.release(keyClaim)
	}
	stored, err := r.u.Store.Put(ctx, r.org.Tenant, r.job)
	if err == nil {
		r.job = stored
	}
	return err
}

// plan makes the items of the job. What changed just now is told first.
func (r *run) plan(ctx context.Context) error {
	if err := r.u.History.CatchUp(ctx); err != nil {
		return fmt.Errorf("complete the history: %w", err)
	}
	items, err := r.u.plan(ctx, r.org.Tenant, &r.job)
	if errors.Is(err, errTooMany) {
		items, r.job.Items, r.job.Users, r.job.TooMany = nil, 0, 0, true
	} else if err != nil {
		return err
	}
	for from := 0; from < len(items); from += plannedOnce {
		some := items[from:min(from+plannedOnce, len(items))]
		if err := r.u.Store.PutItems(ctx, r.org.Tenant, r.job.ID, r.job.At, some); err != nil {
			return err
		}
	}
	r.job.State, r.job.Counts, r.job.Sweep = Running, map[Outcome]int{}, Sweep{}
	if len(items) == 0 {
		r.job.State = Done
	}
	return r.save(ctx)
}

// end returns where the present sweep ends.
func (j Job) end() int {
	if j.Sweep.Groups {
		return j.Items
	}
	return j.Users
}

// some takes the next items back, and stores how far the job is. Each has its entry's id first, so
// that whoever repeats it writes no second one.
func (r *run) some(ctx context.Context) error {
	s := &r.job.Sweep
	items, err := r.u.Store.Items(ctx, r.org.Tenant, r.job.ID, s.Next, min(itemsOnce, r.job.end()-s.Next))
	if err != nil {
		return err
	}
	for i := range items {
		if items[i].Entry == "" && !r.job.DryRun {
			id, err := uuid.NewV7()
			if err != nil {
				return fmt.Errorf("make an id: %w", err)
			}
			items[i].Entry = id.String()
		}
	}
	if len(items) > 0 && !r.job.DryRun && !s.Again {
		if err := r.u.Store.PutItems(ctx, r.org.Tenant, r.job.ID, r.job.At, items); err != nil {
			return err
		}
	}
	sweep, counts := *s, map[Outcome]int{}
	for i := range items {
		if s.Again && items[i].Result.Outcome != Waits {
			continue
		}
		if err := r.item(ctx, &items[i]); err != nil {
			return err
		}
		if items[i].Result.Outcome == Waits {
			sweep.Waiting++
			continue
		}
		sweep.Moved++
		counts[items[i].Result.Outcome]++
		r.job.Hidden = r.job.Hidden || items[i].Result.Hidden
	}
	if len(items) > 0 {
		if err := r.u.Store.PutItems(ctx, r.org.Tenant, r.job.ID, r.job.At, items); err != nil {
			return err
		}
		sweep.Next = items[len(items)-1].N + 1
	}
	if r.job.Counts == nil { // as a store may give an empty one back
		r.job.Counts = map[Outcome]int{}
	}
	for outcome, n := range counts {
		r.job.Counts[outcome] += n
	}
	r.job.Sweep = sweep
	r.job.advance()
	if r.job.State == Done && r.job.Undoes != "" && !r.job.DryRun {
		if err := r.markUndone(ctx); err != nil {
			return err
		}
	}
	return r.save(ctx)
}

// advance begins the next sweep if the present one has ended, or ends the job.
func (j *Job) advance() {
	s := j.Sweep
	if s.Next < j.end() {
		return
	}
	first := 0
	if s.Groups {
		first = j.Users
	}
	switch {
	case s.Waiting > 0 && !s.Last:
		j.Sweep = Sweep{Groups: s.Groups, Again: true, Last: s.Again && s.Moved == 0, Next: first}
	case !s.Groups:
		j.Sweep = Sweep{Groups: true, Next: j.Users}
		if j.Items == j.Users {
			j.State = Done
		}
	default:
		j.State = Done
	}
}

// markUndone notes that the job which this one took back is undone.
func (r *run) markUndone(ctx context.Context) error {
	for {
		other, err := r.u.Store.Job(ctx, r.org.Tenant, r.job.Undoes)
		if errors.Is(err, directory.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		other.UndoneBy = r.job.ID
		other.release(keyClaim)
		if _, err := r.u.Store.Put(ctx, r.org.Tenant, other); !errors.Is(err, directory.ErrVersionConflict) {
			return err
		}
	}
}

// item takes one item back and records it.
func (r *run) item(ctx context.Context, item *Item) error {
	take := r.user
	if item.Resource.Type == history.Group {
		take = r.group
	}
	made, err := take(ctx, item)
	if err != nil {
		return fmt.Errorf("take back %s %s: %w", item.Resource.Type, item.Resource.ID, err)
	}
	if r.org.HideValues {
		item.Result.hide()
	}
	if made == nil || made.Effect == directory.EffectUnchanged || r.job.DryRun {
		return nil
	}
	by := r.request()
	by.Resource = activity.Resource{Type: item.Resource.Type, ID: item.Resource.ID}
	err = r.u.Activity.RecordAs(ctx, r.org, item.Entry, by, made)
	return errors.Join(err, r.u.Activity.RecordGroups(ctx, r.org, by, made))
}

// hide leaves out the values that an organisation wants nowhere.
func (r *Result) hide() {
	r.Name = ""
	for i := range r.Attributes {
		r.Attributes[i].Is, r.Attributes[i].Becomes = nil, nil
	}
	for i := range r.Conflicts {
		if r.Conflicts[i].What == Attributes {
			r.Conflicts[i].Is, r.Conflicts[i].Left, r.Conflicts[i].Was = nil, nil, nil
		}
	}
}

// change begins the change of an item.
func (r *run) change(mark string) *directory.Change {
	cause := r.request().Cause()
	cause.Undo = mark
	return &directory.Change{Cause: cause}
}

// request is the one by which an administrator asked for the job.
func (r *run) request() activity.Request {
	return activity.Request{
		RequestID: r.job.RequestID, TraceID: r.job.TraceID, By: activity.VoiceAdministrator, Actor: r.job.Actor, Undo: r.job.ID, Method: "POST",
	}
}

// hindered says what follows from why an item could not be taken back, which was tried so often
// before: whether it is tried again, without what is held. Where another item may give the name up,
// it waits, and the error is nil.
func (r *run) hindered(item *Item, name *held, tried int, why error) (again bool, err error) {
	taken, isTaken := errors.AsType[*directory.NameTaken](why)
	switch {
	case isTaken && !r.job.Sweep.Last:
		item.Result = Result{Outcome: Waits, Name: item.Result.Name}
		return false, nil
	case isTaken && !name.is:
		*name = held{true, taken.Holder}
		return true, nil
	case errors.Is(why, errUntold) && tried < mostTries:
		return true, nil
	default:
		return false, why
	}
}

// chain reads the versions of the item's resource, which is now this. It is nil where the history
// does not have them any more, which the item then says. The error is errUntold where it does not
// have the last of them yet: the resource is to be read again. tried is how often it was.
func (r *run) chain(ctx context.Context, item *Item, now history.Past, mark string, tried int) (*chain, error) {
	records, err := r.u.records(ctx, r.org.Tenant, item.Resource, item.Versions[0])
	if err != nil {
		return nil, err
	}
	c, err := chainOf(records, now, *item, r.job.Effects, mark)
	switch {
	case err == nil:
		return &c, nil
	case errors.Is(err, errForgotten) || tried >= mostTries:
		item.Result = Result{Outcome: Conflict, Conflicts: []Clash{{What: States, Why: "The history does not have all changes since, so what would be right is not known."}}}
		return nil, nil //nolint:nilnil // the item says it
	}
	if err := r.u.History.CatchUp(ctx); err != nil {
		return nil, fmt.Errorf("complete the history: %w", err)
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(time.Duration(tried) * pauseTold):
		return nil, errUntold
	}
}

func unavailable(err error) error {
	return scim.Errorf(503, "", "The directory cannot be reached at the moment. Try again.").Because(err)
}
