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

func TestWhatIsWorseThanTheBaseline(t *testing.T) {
	t.Parallel()
	before := baseline{
		Ratios:  map[string]float64{"production: get": 0.8},
		Factors: map[string]float64{"production: get at 1000": 1.0},
	}
	for _, tt := range []struct {
		rule  string
		r     report
		worse bool
	}{
		{"as it was", report{Rows: []row{{Wiring: production, Operation: "get", Floor: 1, Ratio: 0.8}}}, false},
		{"within the slack", report{Rows: []row{{Wiring: production, Operation: "get", Floor: 1, Ratio: 0.63}}}, false},
		{"beyond the slack", report{Rows: []row{{Wiring: production, Operation: "get", Floor: 1, Ratio: 0.6}}}, true},
		{"what has no floor", report{Rows: []row{{Wiring: production, Operation: "get"}}}, false},
		{"what the baseline does not have", report{Rows: []row{{Wiring: allInOne, Operation: "get", Floor: 1, Ratio: 0.1}}}, false},
		{"growth beyond the slack", report{Growth: []growth{{Wiring: production, Operation: "get", Size: 1000, Factor: 1.4}}}, true},
		{"growth within the slack", report{Growth: []growth{{Wiring: production, Operation: "get", Size: 1000, Factor: 1.2}}}, false},
	} {
		if err := tt.r.judge(before); (err != nil) != tt.worse {
			t.Errorf("%s: %v", tt.rule, err)
		}
	}
}
