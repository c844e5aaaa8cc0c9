package main

import (
	"math"
	"testing"
)

func TestTheMixIsOfOperationsThatAreMeasured(t *testing.T) {
	t.Parallel()
	var r report
	total := 0.0
	for _, op := range operations(population{users: make([]person, 100), groups: make([]string, 8)}) {
		r.Rows = append(r.Rows, row{Wiring: production, Operation: op.name, Processor: 200})
		total += mix[op.name]
	}
	if math.Abs(total-1) > 1e-9 {
		t.Errorf("the shares of the measured operations are %v together, want 1", total)
	}
	if got := r.ofMix(production); math.Abs(got-200) > 1e-6 {
		t.Errorf("where each request takes 200 µs, one of the mix takes %v", got)
	}
	if got := r.ofMix(allInOne); got != 0 {
		t.Errorf("of what was not measured, a request takes %v, want 0", got)
	}
}
