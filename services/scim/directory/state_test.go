package directory

import "testing"

func TestWithActive(t *testing.T) {
	for _, c := range []struct {
		rule             string
		from             State
		active, signedIn bool
		want             State
	}{
		{"active:false deactivates a shadow user", StateShadow, false, false, StateDeactivated},
		{"active:false deactivates an active user", StateActive, false, true, StateDeactivated},
		{"active:false leaves a deactivated user so", StateDeactivated, false, true, StateDeactivated},
		{"active:true brings back as active who had signed in", StateDeactivated, true, true, StateActive},
		{"active:true brings back as shadow who never had", StateDeactivated, true, false, StateShadow},
		{"active:true makes no shadow user active", StateShadow, true, false, StateShadow},
		{"active:true leaves an active user so", StateActive, true, true, StateActive},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if got := c.from.WithActive(c.active, c.signedIn); got != c.want {
				t.Errorf("%s.WithActive(%t, signed in %t) = %s, want %s", c.from, c.active, c.signedIn, got, c.want)
			}
		})
	}
}

func TestAfterSignIn(t *testing.T) {
	for from, want := range map[State]State{StateShadow: StateActive, StateActive: StateActive, StateDeactivated: StateDeactivated} {
		if got := from.AfterSignIn(); got != want {
			t.Errorf("%s.AfterSignIn() = %s, want %s", from, got, want)
		}
	}
}
