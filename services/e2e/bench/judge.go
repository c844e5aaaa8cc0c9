package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// slack is how much worse than the baseline a ratio, or a growth factor, may be. Between two runs
// on one quiet machine they differ by a tenth.
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
			b.Ratios[row.Wiring+": "+row.Operation] = row.Ratio
		}
	}
	for _, g := range r.Growth {
		b.Factors[fmt.Sprintf("%s: %s at %d", g.Wiring, g.Operation, g.Size)] = g.Factor
	}
	return b
}

// judge writes the baseline, or says what is worse than the committed one; a name of "" is no file.
// What was measured only once is not compared.
func (r report) judge(write, check string) error {
	now := r.baseline()
	if write != "" {
		text, err := json.MarshalIndent(now, "", "  ")
		if err == nil {
			err = os.WriteFile(write, append(text, '\n'), 0o644) //nolint:gosec // it is committed
		}
		if err != nil {
			return fmt.Errorf("write the baseline: %w", err)
		}
	}
	if check == "" {
		return nil
	}
	text, err := os.ReadFile(check) //nolint:gosec // the flag of who runs it
	if err != nil {
		return fmt.Errorf("read the baseline: %w", err)
	}
	var before baseline
	if err := json.Unmarshal(text, &before); err != nil {
		return fmt.Errorf("read the baseline: %w", err)
	}
	var worse []error
	for name, ratio := range now.Ratios {
		if was := before.Ratios[name]; ratio*slack < was {
			worse = append(worse, fmt.Errorf("%s: the ratio is %.2f, the baseline has %.2f", name, ratio, was))
		}
	}
	for name, factor := range now.Factors {
		if was := before.Factors[name]; was > 0 && factor > was*slack {
			worse = append(worse, fmt.Errorf("%s: it takes %.2f times as long as the smallest, the baseline has %.2f", name, factor, was))
		}
	}
	return errors.Join(worse...)
}
