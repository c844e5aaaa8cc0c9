package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"
)

// report is what a run has measured.
type report struct {
	Machine string
	Clients int
	Users   int
	Rows    []row     `json:",omitempty"`
	Growth  []growth  `json:",omitempty"`
	Memory  []footing `json:",omitempty"`
}

// row is an operation on a wiring.
type row struct {
	Wiring, Operation string
	PerSecond         float64
	P50, P99          float64 // milliseconds
	Processor         float64 // microseconds a request, of the process that answers
	Allocated         int     // bytes a request
	MongoDB, Redis    float64 // calls a request
	Floor             float64 `json:",omitempty"` // of the floor, a second
	Ratio             float64 `json:",omitempty"`
	Wanted            float64 `json:",omitempty"` // of the ratio
}

// footing is what a process needs however busy it is.
type footing struct {
	Wiring            string
	Start             float64  // milliseconds until it was ready
	AtRest, UnderLoad int      // bytes, resident
	Stored            []stored `json:",omitempty"` // what it has on the disk; only with growth
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// operations measures each operation and its floor.
func (s settings) operations(
	ctx context.Context, wiring string, begin func(context.Context, string, func(string) error) (*running, error), r *report, progress io.Writer,
) (err error) {
	folder, err := os.MkdirTemp("", "bench")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	run, err := begin(ctx, folder, nil)
	defer func() { err = errors.Join(err, run.end()) }()
	if err != nil {
		return err
	}
	foot := footing{Wiring: wiring, Start: millis(run.started)}
	if foot.AtRest, err = run.process.memory("VmRSS"); err != nil {
		return err
	}
	there, err := populate(ctx, run.product, s.users, s.clients)
	if err != nil {
		return err
	}
	committed := 0.0
	if wiring == allInOne {
		if committed, err = commitRate(ctx, run.folder, s.clients, s.each); err != nil {
			return err
		}
	}
	for _, op := range operations(there) {
		if !strings.Contains(op.name, s.only) {
			continue
		}
		_, _ = fmt.Fprintf(progress, "%s: %s\n", wiring, op.name)
		measured, size, err := s.row(ctx, run, op)
		if err != nil {
			return fmt.Errorf("%s: %w", op.name, err)
		}
		measured.Wiring, measured.Wanted = wiring, op.want[wiring]
		switch floor := op.floor[wiring]; floor {
		case "":
		case commits:
			measured.Floor = committed
		default:
			path, requests := "/"+floor, 1
			if floor != bare {
				path = "/calls/" + floor
				if floor == "provision" {
					requests = 3
				}
			}
			p, err := drive(ctx, run.floor, s.clients, s.each, asFloor(path, size, requests), func() {}, func() {})
			if err != nil {
				return fmt.Errorf("the floor of %s: %w", op.name, err)
			}
			measured.Floor = p.PerSecond
		}
		if measured.Floor > 0 {
			measured.Ratio = measured.PerSecond / measured.Floor
		}
		r.Rows = append(r.Rows, measured)
	}
	if foot.UnderLoad, err = run.process.memory("VmHWM"); err != nil {
		return err
	}
	r.Memory = append(r.Memory, foot)
	return nil
}

// mix is what Okta sends, as shares of its requests: 30 % look-ups, of which half find someone,
// 25 % reads, 15 % updates and 8 % deactivations, 10 % creates, 5 % lists and 7 % changes of
// members.
var mix = map[string]float64{
	"userName eq, hit": 0.15, "userName eq, miss": 0.15, "GET user by id": 0.25, "PATCH active": 0.23,
	"create": 0.10, "page of 100, first": 0.05, "add or remove one member": 0.07,
}

// ofMix returns the processor time of a request of the mix, in microseconds; 0 if not all of the
// mix was measured on this wiring.
func (r report) ofMix(wiring string) float64 {
	total, shares := 0.0, 0.0
	for _, row := range r.Rows {
		if row.Wiring == wiring {
			total += mix[row.Operation] * row.Processor
			shares += mix[row.Operation]
		}
	}
	if shares < 0.999 {
		return 0
	}
	return total
}

// readAgain is how long a process goes on telling what it last read of its memory.
const readAgain = 1100 * time.Millisecond

// row measures an operation of the product, and returns the mean size of its answers as well.
func (s settings) row(ctx context.Context, run *running, op operation) (row, int, error) {
	var spent [2]time.Duration
	var told [2]counters
	var errs []error
	look := func(i int) func() {
		return func() {
			var err1, err2 error
			spent[i], err1 = run.process.spent()
			time.Sleep(readAgain)
			told[i], err2 = run.process.counters(ctx)
			errs = append(errs, err1, err2)
		}
	}
	p, err := drive(ctx, run.product, s.clients, s.each, op.do, look(0), look(1))
	if err := errors.Join(append(errs, err)...); err != nil {
		return row{}, 0, err
	}
	n := float64(p.requests)
	return row{
		Operation: op.name, PerSecond: p.PerSecond, P50: millis(p.P50), P99: millis(p.P99),
		Processor: float64((spent[1] - spent[0]).Microseconds()) / n, Allocated: int((told[1].allocated - told[0].allocated) / n),
		MongoDB: (told[1].mongodb - told[0].mongodb) / n, Redis: (told[1].redis - told[0].redis) / n,
	}, p.perRequest(), nil
}

// print prints the report as one table or as JSON.
func (r report) print(out io.Writer, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(r)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "%s; %d clients; %d users\n\n", r.Machine, r.Clients, r.Users)
	if r.Rows != nil {
		_, _ = fmt.Fprintln(w, "wiring\toperation\tops/s\tp50 ms\tp99 ms\tprocessor µs\tallocated B\tMongoDB\tRedis\tfloor/s\tratio\twanted")
	}
	for _, row := range r.Rows {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%.0f\t%.2f\t%.2f\t%.0f\t%d\t%.1f\t%.1f\t%s\t%s\t%s\n",
			row.Wiring, row.Operation, row.PerSecond, row.P50, row.P99, row.Processor, row.Allocated, row.MongoDB, row.Redis,
			orNone("%.0f", row.Floor), orNone("%.2f", row.Ratio), orNone(">= %.2f", row.Wanted))
	}
	for i, g := range r.Growth {
		if i == 0 {
			_, _ = fmt.Fprintln(w, "wiring\toperation\tsize\tp50 ms\tp99 ms\tgrown MiB\tfactor")
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%d\t%.2f\t%.2f\t%d\t%.2f\n", g.Wiring, g.Operation, g.Size, g.P50, g.P99, g.Grown>>20, g.Factor)
	}
	for _, m := range r.Memory {
		_, _ = fmt.Fprintf(w, "\n%s: ready after %.0f ms, %d MiB at rest, %d MiB at most\n", m.Wiring, m.Start, m.AtRest>>20, m.UnderLoad>>20)
		if each := r.ofMix(m.Wiring); each > 0 {
			_, _ = fmt.Fprintf(w, "%s: a request of Okta's mix takes %.0f µs of a processor, so one core serves %.0f a second\n", m.Wiring, each, 1e6/each)
		}
		for _, s := range m.Stored {
			_, _ = fmt.Fprintf(w, "%s: %d, each %.0f B as a document, %.0f B on the disk, %.0f B in indexes\n", s.Name, s.Number, s.per(s.Size), s.per(s.OnDisk), s.per(s.Indexes))
		}
	}
	return w.Flush()
}

func orNone(format string, v float64) string {
	if v == 0 {
		return "-"
	}
	return fmt.Sprintf(format, v)
}
