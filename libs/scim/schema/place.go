package schema

import "github.com/devrev/scim/libs/scim"

// place is the path of a value. It becomes text only for an error or a coercion, since most values
// are right.
type place struct {
	within *place
	name   string
}

func (at *place) String() string {
	if at.within == nil {
		return at.name
	}
	return at.within.String() + "." + at.name
}

// accept records the coercion c of the value at this place, or refuses it.
func (at *place) accept(tol *scim.Tolerance, c scim.Coercion) error {
	return tol.Accept(c, at.String(), scim.InvalidValue)
}
