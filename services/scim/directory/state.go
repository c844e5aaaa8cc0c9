package directory

// State is the state of a user in DevRev, named as DevRev's user-state.
type State string

// The states. A user is created as shadow, becomes active by signing in, and is deactivated and
// brought back by the identity provider alone.
const (
	StateShadow      State = "shadow"
	StateActive      State = "active"
	StateDeactivated State = "deactivated"
)

// States returns all of them.
func States() []State { return []State{StateShadow, StateActive, StateDeactivated} }

// Enabled reports whether the person may sign in; it is what SCIM calls active.
func (s State) Enabled() bool { return s != StateDeactivated }

// AfterSignIn returns the state after a sign-in. A deactivated user stays so: only the identity
// provider revives.
func (s State) AfterSignIn() State {
	if s == StateShadow {
		return StateActive
	}
	return s
}

// WithActive returns the state after the identity provider set active to the given value. Who had
// signed in before comes back as active, everybody else as shadow.
func (s State) WithActive(active, signedIn bool) State {
	switch {
	case !active:
		return StateDeactivated
	case s.Enabled():
		return s
	case signedIn:
		return StateActive
	default:
		return StateShadow
	}
}
