// Package required checks what a constructor is given: every field of its Deps is required, except
// those with the tag need:"optional", whose comment says what their zero value means.
package required

import (
	"fmt"
	"reflect"
	"strings"
)

// Check returns an error that names each required field of deps, a struct, that is zero.
func Check(deps any) error {
	v := reflect.ValueOf(deps)
	var missing []string
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.Tag.Get("need") != "optional" && v.Field(i).IsZero() {
			missing = append(missing, f.Name)
		}
	}
	if missing == nil {
		return nil
	}
	return fmt.Errorf("%v: required and not set: %s", v.Type(), strings.Join(missing, ", "))
}
