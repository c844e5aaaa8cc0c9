package scim

// Size returns the length of the document as JSON, in bytes, except for escapes: a text counts with
// its own length. It allocates nothing.
func Size(d *Document) int {
	if d == nil {
		return 0
	}
	size := len("{}")
	for name, value := range d.All() {
		size += len(name) + len(`"":,`) + sizeOf(value)
	}
	return size
}

// number is how long a number, true, false or null is taken to be.
const number = 8

func sizeOf(value any) int {
	switch v := value.(type) {
	case string:
		return len(v) + len(`""`)
	case *Document:
		return Size(v)
	case []any:
		size := len("[]")
		for _, element := range v {
			size += sizeOf(element) + len(",")
		}
		return size
	case Elements:
		size := len("[]")
		for element := range v {
			size += sizeOf(element) + len(",")
		}
		return size
	default:
		return number
	}
}
