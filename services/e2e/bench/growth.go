package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/devrev/scim/services/local/embedded"
	"github.com/devrev/scim/services/scim/directory"
)

// growth is how long an operation takes in an organisation of a size.
type growth struct {
	Wiring, Operation string
	Size              int
	P50, P99          float64 // milliseconds
	Grown             int     // bytes of memory that the answering process took for it at most
	Factor            float64 // of the p50 to that of the smallest size
}

// The members of the two groups of an organisation: everybody, up to a number, and a few.
const (
	mostMembers = 100_000
	fewMembers  = 100
)

// The organisations beside the one that is measured.
const (
	besides   = 1000
	usersEach = 10
)

func beside(i int) directory.Tenant { return directory.Tenant(fmt.Sprintf("beside-%04d", i)) }

// growths measures the operations that must not grow, in an organisation of each size. Each is
// filled below the API, where that takes minutes rather than hours.
func (s settings) growths(
	ctx context.Context, wiring string, begin func(context.Context, string, func(string) error) (*running, error), r *report, progress io.Writer,
) error {
	first := map[string]float64{}
	for _, text := range strings.Split(s.growth, ",") {
		size, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("a size: %w", err)
		}
		_, _ = fmt.Fprintf(progress, "%s: %d users\n", wiring, size)
		rows, foot, err := s.grown(ctx, size, begin)
		if err != nil {
			return fmt.Errorf("%d users: %w", size, err)
		}
		foot.Wiring = fmt.Sprintf("%s, %d users", wiring, size)
		r.Memory = append(r.Memory, foot)
		for _, g := range rows {
			if _, ok := first[g.Operation]; !ok {
				first[g.Operation] = g.P50
			}
			g.Wiring, g.Size, g.Factor = wiring, size, g.P50/first[g.Operation]
			r.Growth = append(r.Growth, g)
		}
	}
	return nil
}

func (s settings) grown(
	ctx context.Context, size int, begin func(context.Context, string, func(string) error) (*running, error),
) (rows []growth, foot footing, err error) {
	folder, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, foot, fmt.Errorf("make a folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	var p population
	run, err := begin(ctx, folder, func(path string) (err error) {
		if p.users, err = fillFile(ctx, path, size, storedUser); err != nil {
			return err
		}
		return fillBeside(ctx, path)
	})
	defer func() { err = errors.Join(err, run.end()) }()
	if err != nil {
		return nil, foot, err
	}
	foot.Start = millis(run.started)
	if foot.AtRest, err = run.process.memory("VmRSS"); err != nil {
		return nil, foot, err
	}
	if run.mongodb != "" {
		if p.users, err = run.fillMongoDB(ctx, size); err != nil {
			return nil, foot, err
		}
	}
	members := p.users[:min(size, mostMembers)]
	group, err := fillGroup(ctx, run.product, "Everybody", members)
	if err != nil {
		return nil, foot, err
	}
	few := members[len(members)-min(size, fewMembers):]
	small, err := fillGroup(ctx, run.product, "A few", few)
	if err != nil {
		return nil, foot, err
	}
	newcomers, err := newcomers(ctx, run.product)
	if err != nil {
		return nil, foot, err
	}
	asked := slices.DeleteFunc(operations(p), func(op operation) bool {
		return !strings.HasPrefix(op.name, "GET") && !strings.HasPrefix(op.name, "userName") && !strings.HasPrefix(op.name, "page")
	})
	whole := func(group string, member person) func(*worker, int) error {
		return func(w *worker, _ int) error { return w.holds(200, "GET", "/Groups/"+group, "", group, member.id) }
	}
	oneMember := func(group string) func(*worker, int) error {
		return func(w *worker, n int) error {
			u := newcomers[w.number%len(newcomers)]
			body := patchBody("add", "members", fmt.Sprintf(`[{"value":%q}]`, u.id))
			if n%2 == 1 {
				body = patchBody("remove", fmt.Sprintf("members[value eq %q]", u.id), "")
			}
			return w.holds(204, "PATCH", "/Groups/"+group, body)
		}
	}
	asked = append(asked,
		operation{name: "GET group without members", do: func(w *worker, _ int) error {
			return w.holds(200, "GET", "/Groups/"+group+"?excludedAttributes=members", "", group)
		}},
		operation{name: "GET group whole", do: whole(group, members[0])},
		operation{name: "GET group of 100 whole", do: whole(small, few[0])},
		operation{name: "add or remove one member", do: oneMember(group)},
		operation{name: "add or remove one member, group of 100", do: oneMember(small)},
	)
	for _, op := range asked {
		clients := s.clients
		if strings.Contains(op.name, "group") || strings.Contains(op.name, "member") {
			clients = 1 // of a group there is one, and so of an identity provider that pushes it
		}
		grown, err := run.process.growth()
		if err != nil {
			return nil, foot, err
		}
		// What is asked first after so much was written waits for that: its time is not measured.
		if _, err := drive(ctx, run.product, clients, s.each/2, op.do, func() {}, func() {}); err != nil {
			return nil, foot, fmt.Errorf("%s: %w", op.name, err)
		}
		paced, failed := drive(ctx, run.product, clients, s.each, op.do, func() {}, func() {})
		g := growth{Operation: op.name, P50: millis(paced.P50), P99: millis(paced.P99)}
		if g.Grown, err = grown(); failed != nil || err != nil {
			return nil, foot, fmt.Errorf("%s: %w", op.name, errors.Join(failed, err))
		}
		rows = append(rows, g)
	}
	if foot.UnderLoad, err = run.process.memory("VmHWM"); err != nil {
		return nil, foot, err
	}
	foot.Stored, err = run.stored(ctx)
	return rows, foot, err
}

// fillFile makes the file of an all-in-one with so many users of the organisation.
func fillFile(ctx context.Context, path string, size int, made func(i int) directory.User) ([]person, error) {
	file, err := embedded.Open(path)
	if err != nil {
		return nil, err
	}
	users, err := fillTenant(ctx, file, organisation, size, made)
	return users, errors.Join(err, file.Close())
}

// fillBeside adds the other organisations to such a file.
func fillBeside(ctx context.Context, path string) error {
	file, err := embedded.Open(path)
	if err != nil {
		return err
	}
	for i := 0; i < besides && err == nil; i++ {
		_, err = fillTenant(ctx, file, beside(i), usersEach, storedUser)
	}
	return errors.Join(err, file.Close())
}

func fillTenant(ctx context.Context, file *embedded.File, t directory.Tenant, size int, made func(i int) directory.User) ([]person, error) {
	users := make([]person, size)
	var mu sync.Mutex
	var failed error
	const together = 1000 // share one write to the disk
	for first := 0; first < size && failed == nil; first += together {
		var all sync.WaitGroup
		for i := first; i < min(first+together, size); i++ {
			u := made(i)
			users[i] = person{string(u.ID), u.UserName()}
			all.Go(func() {
				if err := file.Directory().CreateUser(ctx, t, u); err != nil {
					mu.Lock()
					failed = err
					mu.Unlock()
				}
			})
		}
		all.Wait()
	}
	return users, failed
}

// fillMongoDB creates one user and copies what is stored of that.
func (r *running) fillMongoDB(ctx context.Context, size int) ([]person, error) {
	return r.copyUsers(ctx, size, func(int, bson.D) (texts []string) { return nil })
}

// copyUsers is fillMongoDB for users who differ: vary returns pairs of texts to replace in the copy
// with this number, and may change its fields.
func (r *running) copyUsers(ctx context.Context, size int, vary func(i int, copied bson.D) (texts []string)) ([]person, error) {
	there, err := populate(ctx, r.product, 1, 0)
	if err != nil {
		return nil, err
	}
	client, err := mongo.Connect(options.Client().ApplyURI(r.mongodb).SetTimeout(time.Minute))
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = client.Disconnect(context.WithoutCancel(ctx)) }()
	users := client.Database("devrev_scim").Collection("users")
	var pattern bson.D
	if err := users.FindOne(ctx, of("_id", organisation+"/"+there.users[0].id)).Decode(&pattern); err != nil {
		return nil, fmt.Errorf("read the user: %w", err)
	}
	pattern = slices.DeleteFunc(pattern, func(e bson.E) bool { return e.Key == "untold" || e.Key == "out" }) // what is to be told of it
	people := append(make([]person, 0, size), there.users[0])
	for first := 1; first < size; first += 1000 {
		var chunk []any
		for i := first; i < min(first+1000, size); i++ {
			id := uuid.Must(uuid.NewV7()).String()
			copied := slices.Clone(pattern)
			texts := append(vary(i, copied), there.users[0].id, id, there.users[0].name, nameOf(i))
			chunk = append(chunk, replaced(copied, strings.NewReplacer(texts...)))
			people = append(people, person{id, nameOf(i)})
		}
		if _, err := users.InsertMany(ctx, chunk); err != nil {
			return nil, fmt.Errorf("copy users: %w", err)
		}
	}
	for i := range besides {
		var chunk []any
		for n := range usersEach {
			id := uuid.Must(uuid.NewV7()).String()
			texts := strings.NewReplacer(organisation, string(beside(i)), there.users[0].id, id, there.users[0].name, nameOf(n))
			chunk = append(chunk, replaced(slices.Clone(pattern), texts))
		}
		if _, err := users.InsertMany(ctx, chunk); err != nil {
			return nil, fmt.Errorf("copy users beside: %w", err)
		}
	}
	// As of a database that another version filled: the next list counts.
	if _, err := users.DeleteOne(ctx, of("_id", organisation)); err != nil {
		return nil, fmt.Errorf("have the users counted: %w", err)
	}
	// What was written is on the disk before anything is measured, not meanwhile.
	if err := client.Database("admin").RunCommand(ctx, bson.D{{Key: "fsync", Value: 1}}).Err(); err != nil {
		return nil, fmt.Errorf("have the users on the disk: %w", err)
	}
	return people, r.counted(ctx)
}

// counted returns once the service knows how many users there are: of a million, it may say for
// some seconds that it does not.
func (r *running) counted(ctx context.Context) error {
	w, err := r.product.worker(ctx, 0)
	if err != nil {
		return err
	}
	defer func() { _ = w.conn.Close() }()
	for begun := time.Now(); ; time.Sleep(time.Second) {
		if err = w.holds(200, "GET", "/Users?count=1", "", "totalResults"); err == nil || time.Since(begun) > time.Minute {
			return err
		}
	}
}

// replaced returns a copy of a value in which texts are replaced in every string.
func replaced(v any, texts *strings.Replacer) any {
	switch v := v.(type) {
	case bson.D:
		d := make(bson.D, len(v))
		for i, e := range v {
			d[i] = bson.E{Key: e.Key, Value: replaced(e.Value, texts)}
		}
		return d
	case bson.A:
		a := make(bson.A, len(v))
		for i, e := range v {
			a[i] = replaced(e, texts)
		}
		return a
	case string:
		return texts.Replace(v)
	default:
		return v
	}
}

// fillGroup creates a group and pushes its members as Okta does, a thousand at a time.
func fillGroup(ctx context.Context, t target, name string, members []person) (string, error) {
	w, err := t.worker(ctx, 0)
	if err != nil {
		return "", err
	}
	defer func() { _ = w.conn.Close() }()
	group, err := w.created("/Groups", groupBody(name))
	for chunk := range slices.Chunk(members, 1000) {
		if err != nil {
			break
		}
		values := make([]string, len(chunk))
		for i, m := range chunk {
			values[i] = fmt.Sprintf(`{"value":%q}`, m.id)
		}
		_, err = w.do(204, "PATCH", "/Groups/"+group, patchBody("add", "members", "["+strings.Join(values, ",")+"]"))
	}
	return group, err
}

// newcomers creates users who are in no group.
func newcomers(ctx context.Context, t target) ([]person, error) {
	w, err := t.worker(ctx, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = w.conn.Close() }()
	users := make([]person, 10)
	for i := range users {
		users[i].name = fmt.Sprintf("newcomer%d@example.com", i)
		if users[i].id, err = w.created("/Users", userBody(users[i].name)); err != nil {
			return nil, err
		}
	}
	return users, nil
}
