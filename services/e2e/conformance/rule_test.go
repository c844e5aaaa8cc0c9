package conformance

import "testing"

// rule is one thing that an RFC says of a service provider. Its name begins with the RFC and the
// section.
type rule struct {
	name  string
	holds func(*client)
}

// prove shows that each rule holds, each in an organisation of its own.
func prove(t *testing.T, rules []rule) {
	t.Helper()
	t.Parallel()
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			r.holds(newClient(t))
		})
	}
}
