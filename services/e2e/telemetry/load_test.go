package telemetry

import (
	"flag"
	"time"
)

// load is how long each load runs. What is asserted holds for any length; a longer one sees more.
var load = flag.Duration("load", 2*time.Second, "how long each load on the programs runs")
