// Command allinone runs the whole product in one process on one file: the token service and the
// SCIM service as production wires them, on the embedded store. It is for trying out, for
// development and for tests.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/devrev/scim/services/internal/service"
)

func main() {
	if err := run(service.Signalled(), os.Args[1:], os.Environ(), os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "allinone:", err)
		os.Exit(1)
	}
}
