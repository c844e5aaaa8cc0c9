package telemetry

import "testing"

func TestNothingThatPeopleOrClientsBringIsReported(t *testing.T) {
	s := observe(t)
	for _, body := range s.collector.raw {
		if what := s.found(string(body)); what != "" {
			t.Fatalf("an export holds %q", what)
		}
	}
	decoded := texts(s.collector.all)
	for text := range decoded {
		if what := s.found(text); what != "" {
			t.Errorf("an export holds %q in %q", what, text)
		}
	}
	for name, page := range s.pages {
		if what := s.found(page); what != "" {
			t.Errorf("the metrics of %s hold %q", name, what)
		}
	}
	if what := s.found(s.log); what != "" {
		t.Errorf("the log holds %q", what)
	}
	t.Logf("0 of %d canaries and %d forms of secrets in %d items and %d texts", s.drawn.Load(), len(s.secrets), s.collector.items, len(decoded))
}
