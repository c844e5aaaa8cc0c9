package undo

// step is one change of one value, by a version that is taken back or by another.
type step[V any] struct {
	was, left V
	undone    bool
}

// clash is a value that cannot go back.
type clash[V any] struct{ is, left, was V }

// fold returns what a value becomes that went through steps, which are in the order of time, and is
// now what the last of them left. Steps that are taken back one after the other count as one. A
// value that is still what they left goes back to what it was; one that is so already stays; and
// any other clashes.
func fold[V any](now V, steps []step[V], same func(V, V) bool) (becomes V, clashes []clash[V]) {
	becomes = now
	for end := len(steps) - 1; end >= 0; end-- {
		if !steps[end].undone {
			continue
		}
		left, begin := steps[end].left, end
		for begin > 0 && steps[begin-1].undone {
			begin--
		}
		was := steps[begin].was
		end = begin
		switch {
		case same(left, was):
		case same(becomes, left):
			becomes = was
		case !same(becomes, was):
			clashes = append(clashes, clash[V]{becomes, left, was})
		}
	}
	return becomes, clashes
}

// steps are the steps of a value by its name.
type steps[V any] map[string][]step[V]

// add adds a step, unless nothing changes by it.
func (s steps[V]) add(name string, was, left V, undone bool, same func(V, V) bool) {
	if !same(was, left) {
		s[name] = append(s[name], step[V]{was, left, undone})
	}
}

// touched reports whether a step of the name is taken back.
func (s steps[V]) touched(name string) bool {
	for _, step := range s[name] {
		if step.undone {
			return true
		}
	}
	return false
}
