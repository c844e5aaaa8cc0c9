package schema

import "github.com/devrev/scim/libs/scim"

// place is where a value stands. It becomes text only when somebody has to be told, since most values are right.
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

// accept notes the coercion c of the value at this place, or refuses it.
func (at *place) accept(tol *scim.Tolerance, c scim.Coercion) error {
	return tol.Accept(c, at.String(), scim.InvalidValue)
}
