package local

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/devrev/scim/services/internal/config"
	"github.com/devrev/scim/services/internal/terms"
)

// Options are the options of a run. Scripts use the flags, so they are stable.
type Options struct {
	Addr           string   // host:port that everything listens on
	Data           string   // folder of everything that is kept
	Orgs           []string // organisations to have, with single sign-on and SCIM on
	UserNameFormat string   // email or any
	Rate           int      // SCIM requests of an organisation in a second; 0: any number
	JSON           bool     // print one JSON line once ready
	Ops            string   // host:port of health and metrics; "": nowhere
	Demo           bool     // play an Okta for the first organisation, of the all-in-one
	Version        bool     // print the version, and do nothing else
	BaseURL        string   // by which identity providers reach Addr, without a path; "": they use Addr
}

// ParseOptions reads args, without the program's name. On an error, or -help, it has written to
// usage where to look.
func ParseOptions(program string, args []string, usage io.Writer) (Options, error) {
	var o Options
	orgs := ""
	flags := flag.NewFlagSet(program, flag.ContinueOnError)
	flags.SetOutput(usage)
	flags.StringVar(&o.Addr, "addr", "127.0.0.1:8080", "`host:port` to listen on")
	flags.StringVar(&o.Data, "data", "var", "`folder` of everything that is kept")
	flags.StringVar(&orgs, "orgs", "demo", "`organisations` to have, with SSO and SCIM on, with commas between them")
	flags.StringVar(&o.UserNameFormat, "user-name-format", "email", "what a userName must be: email or any")
	flags.IntVar(&o.Rate, "rate", 0, "SCIM `requests` of an organisation that pass in a second; 0 is any number")
	flags.StringVar(&o.Ops, "ops", "", "`host:port` of health and metrics, of the all-in-one; none by default")
	flags.StringVar(&o.BaseURL, "base-url", "", "public `URL` that leads to -addr, such as a tunnel's, for an identity provider that is elsewhere")
	flags.BoolVar(&o.Demo, "demo", false, "play an Okta that pushes people and groups to the first organisation, of the all-in-one; -data has to be a new folder")
	flags.BoolVar(&o.JSON, "json", false, "print one JSON line once ready, with a fresh token for each organisation")
	flags.BoolVar(&o.Version, "version", false, "print the version, and do nothing else")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	for org := range strings.SplitSeq(orgs, ",") {
		if org = strings.TrimSpace(org); org != "" {
			o.Orgs = append(o.Orgs, org)
		}
	}
	return o, o.validate(flags.Args())
}

func (o Options) validate(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("unknown argument %q; see -help", rest[0])
	case !terms.UserNameFormat(o.UserNameFormat).Valid():
		return fmt.Errorf("-user-name-format is email or any, not %q", o.UserNameFormat)
	case o.Rate < 0:
		return fmt.Errorf("-rate is 0 or more, not %d", o.Rate)
	case o.BaseURL != "" && config.CheckBaseURL(o.BaseURL) != nil:
		return fmt.Errorf("-base-url is an http(s) URL without a slash at its end, such as https://scim.example.com, not %q", o.BaseURL)
	case len(o.Orgs) == 0:
		return errors.New("-orgs names no organisation")
	default:
		return nil
	}
}
