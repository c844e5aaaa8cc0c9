package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/devrev/scim/services/internal/version"
)

const description = `An organisation's connection to its identity provider: API tokens, users, groups, what happened and why.`

// helpCommand is there to be listed: asCommand makes --help of it.
type helpCommand struct {
	Command []string `arg:"" optional:"" help:"Such as rotate, or audit verify."`
}

// asCommand turns "help rotate" into "rotate --help", and -version, as the services have it, into
// the command.
func asCommand(args []string) []string {
	switch {
	case len(args) > 0 && args[0] == "help":
		return append(args[1:len(args):len(args)], "--help")
	case len(args) == 1 && (args[0] == "-version" || args[0] == "--version"):
		return []string{"version"}
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
  SCIMCTL_DIRECTORY_URL as --directory-url
  SCIMCTL_ORG           as --org
  REDIS_URL, MONGODB_URI, MONGODB_DATABASE
                        of check-stores alone, as those of tokend; each also as NAME_FILE
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

// Run prints it.
func (versionCommand) Run(out *console) error {
	build := version.Get()
	return out.answer(build, []string{"scimctl " + build.String()})
}
