package main

import (
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"
)

const description = `The API tokens of an organisation's identity provider, and who asked for what.`

// helpCommand is there to be listed: asFlag makes --help of it.
type helpCommand struct {
	Command []string `arg:"" optional:"" help:"Such as rotate, or audit verify."`
}

// asFlag turns "help rotate" into "rotate --help".
func asFlag(args []string) []string {
	if len(args) > 0 && args[0] == "help" {
		return append(args[1:len(args):len(args)], "--help")
	}
	return args
}

func options(out *console) []kong.Option {
	return []kong.Option{
		kong.Name("scimctl"),
		kong.Description(description),
		kong.Writers(out.stdout, out.stderr),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 120}),
		kong.Help(func(options kong.HelpOptions, ctx *kong.Context) error {
			if err := kong.DefaultHelpPrinter(options, ctx); err != nil || ctx.Selected() != nil {
				return err
			}
			_, err := fmt.Fprint(ctx.Stdout, environmentHelp(), exitHelp())
			return err
		}),
	}
}

func environmentHelp() string {
	return `
Environment:
  SCIMCTL_TOKEN         an administrator's access token or a platform credential; there is no flag for it
  SCIMCTL_TOKEN_FILE    or the path of a file that holds it, read before every call
  SCIMCTL_URL           as --url
  SCIMCTL_ORG           as --org
`
}

func exitHelp() string {
	var table strings.Builder
	table.WriteString("\nExit codes:\n")
	for _, e := range exits {
		fmt.Fprintf(&table, "  %3d  %s\n", e.code, e.meaning)
	}
	return table.String()
}

type versionCommand struct{}

// build is what the program knows of its own making.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"` // of git
	Modified bool   `json:"modified,omitempty"` // there were changes beside it
	Go       string `json:"go"`
}

// Run prints it.
func (versionCommand) Run(out *console) error {
	v := version()
	line := "scimctl " + v.Version
	if v.Revision != "" {
		line += ", revision " + v.Revision
	}
	if v.Modified {
		line += " with changes"
	}
	return out.answer(v, []string{line + ", " + v.Go})
}

func version() build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return build{Version: "unknown"}
	}
	v := build{Version: info.Main.Version, Go: info.GoVersion}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Revision = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	return v
}
