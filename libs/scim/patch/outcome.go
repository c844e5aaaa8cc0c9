package patch

// Result is what an operation came to.
type Result string

// The results.
const (
	ResultApplied Result = "applied" // it changed the resource
	ResultNoOp    Result = "noop"    // the resource was so already
	ResultIgnored Result = "ignored" // it named a read-only or an unknown attribute
)

// Outcome is the result of one operation, or of one member of the object in an operation without
// path. It is for people to read and holds no value of an attribute.
type Outcome struct {
	Operation int // 1-based place in the request
	Op        Op
	Path      string // canonical path of the attribute, without its filter; "" for the resource
	Result    Result
	Why       string // a phrase; "" where Result is enough

	// For an operation on a group's members, whose Result is only what it requests: the ids that it
	// names or its filter selects, and whether it removes all members first.
	Members  []string
	Everyone bool
}
