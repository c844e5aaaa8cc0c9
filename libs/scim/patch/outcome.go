package patch

// Result is what an operation came to.
type Result string

// The results.
const (
	Applied Result = "applied" // it changed the resource
	NoOp    Result = "noop"    // the resource was so already
	Ignored Result = "ignored" // it named what no client writes, or what nobody knows
)

// Outcome tells what became of one operation, or of one member of the object that an operation without path
// carries. It is for people to read and holds no value of an attribute.
type Outcome struct {
	Operation int // 1-based place in the request
	Op        Op
	Path      string // canonical path of the attribute, without what a filter selected; "" for the resource
	Result    Result
	Why       string // a phrase; "" where Result says it all

	// Of an operation on a group's members, whose Result is only what it asks for: the ids that it names or its filter selects, and
	// whether it takes out everybody first.
	Members  []string
	Everyone bool
}
