package directory

import "testing"

func TestWithActive(t *testing.T) {
	for _, c := range []struct {
		rule             string
		from             State
		active, signedIn bool
		want             State
	}{
		{"active:false deactivates a shadow user", Shadow, false, false, Deactivated},
		{"active:false deactivates an active user", Active, false, true, Deactivated},
		{"active:false leaves a deactivated user so", Deactivated, false, true, Deactivated},
		{"active:true brings back as active who had signed in", Deactivated, true, true, Active},
		{"active:true brings back as shadow who never had", Deactivated, true, false, Shadow},
		{"active:true makes no shadow user active", Shadow, true, false, Shadow},
		{"active:true leaves an active user so", Active, true, true, Active},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if got := c.from.WithActive(c.active, c.signedIn); got != c.want {
				t.Errorf("%s.WithActive(%t, signed in %t) = %s, want %s", c.from, c.active, c.signedIn, got, c.want)
			}
		})
	}
}

func TestAfterSignIn(t *testing.T) {
	for from, want := range map[State]State{Shadow: Active, Active: Active, Deactivated: Deactivated} {
		if got := from.AfterSignIn(); got != want {
			t.Errorf("%s.AfterSignIn() = %s, want %s", from, got, want)
		}
	}
}
