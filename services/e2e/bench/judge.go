package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// slack is how much worse than the baseline a ratio, or a growth factor, may be. Between two runs
// on one quiet machine most differ by a tenth, and some ratios by a third: see confirm.
const slack = 1.3

// baseline is what is compared between machines: what an operation is to its floor, and how it
// grows. Never a time.
type baseline struct {
	Machine string             `json:"machine"`
	Ratios  map[string]float64 `json:"ratios,omitempty"`
	Factors map[string]float64 `json:"factors,omitempty"`
}

func (r report) baseline() baseline {
	b := baseline{Machine: r.Machine, Ratios: map[string]float64{}, Factors: map[string]float64{}}
	for _, row := range r.Rows {
		if row.Floor > 0 {
			b.Ratios[row.name()] = row.Ratio
		}
	}
	for _, g := range r.Growth {
		b.Factors[fmt.Sprintf("%s: %s at %d", g.Wiring, g.Operation, g.Size)] = g.Factor
	}
	return b
}

// write writes b to a file; a name of "" is none.
func (b baseline) write(name string) error {
	if name == "" {
		return nil
	}
	text, err := json.MarshalIndent(b, "", "  ")
	if err == nil {
		err = os.WriteFile(name, append(text, '\n'), 0o644) //nolint:gosec // it is committed
	}
	if err != nil {
		return fmt.Errorf("write the baseline: %w", err)
	}
	return nil
}

// readBaseline returns what write has written; a name of "" is a baseline without anything.
func readBaseline(name string) (b baseline, err error) {
	if name == "" {
		return b, nil
	}
	text, err := os.ReadFile(name) //nolint:gosec // the flag of who runs it
	if err == nil {
		err = json.Unmarshal(text, &b)
	}
	if err != nil {
		return b, fmt.Errorf("read the baseline: %w", err)
	}
	return b, nil
}

// name is what a baseline calls the row.
func (r row) name() string { return r.Wiring + ": " + r.Operation }

// worse reports whether the row is worse than in b. What b does not have is not compared.
func (b baseline) worse(r row) bool { return r.Floor > 0 && r.Ratio*slack < b.Ratios[r.name()] }

// confirm measures what is worse than in before again, twice at most, and keeps the better row: a
// machine that halts for a moment spoils the row that is measured at that moment, and in a second
// run that is another row. What is measured again is alone on a fresh wiring, so a row that is
// worse only after others were measured shows in none of the repetitions.
func (s settings) confirm(ctx context.Context, r *report, before baseline, progress io.Writer) error {
	for range 2 {
		for n, row := range r.Rows {
			if !before.worse(row) {
				continue
			}
			once := s
			once.wirings, once.only = row.Wiring, row.Operation
			again, err := once.measure(ctx, progress)
			if err != nil {
				return err
			}
			for _, a := range again.Rows {
				if a.name() == row.name() && a.Ratio > row.Ratio {
					r.Rows[n] = a
				}
			}
		}
	}
	return nil
}

// judge returns an error that names what is worse than in before.
func (r report) judge(before baseline) error {
	var worse []error
	for _, row := range r.Rows {
		if before.worse(row) {
			worse = append(worse, fmt.Errorf("%s: the ratio is %.2f, the baseline has %.2f", row.name(), row.Ratio, before.Ratios[row.name()]))
		}
	}
	for name, factor := range r.baseline().Factors {
		if was := before.Factors[name]; was > 0 && factor > was*slack {
			worse = append(worse, fmt.Errorf("%s: it takes %.2f times as long as the smallest, the baseline has %.2f", name, factor, was))
		}
	}
	return errors.Join(worse...)
}
