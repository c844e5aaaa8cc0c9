package main

import (
	"context"
	"io"
	"time"

	"github.com/alecthomas/kong"

	"github.com/devrev/scim/services/internal/apiclient"
)

// flags are those of every command.
type flags struct {
	URL          string        `name:"url" env:"SCIMCTL_URL" placeholder:"URL" help:"The API's URL, with /api/v1."`
	DirectoryURL string        `name:"directory-url" env:"SCIMCTL_DIRECTORY_URL" placeholder:"URL" help:"The SCIM service's API, if it is not at --url too."`
	Org          string        `name:"org" env:"SCIMCTL_ORG" placeholder:"ID" help:"The organisation's id."`
	Output       string        `name:"output" short:"o" enum:"text,json" default:"text" help:"How to answer: ${enum}."`
	Timeout      time.Duration `name:"timeout" default:"30s" help:"How long one call may take, with its repetitions."`
	InsecureHTTP bool          `name:"insecure-http" help:"Allow http:// to other machines: anyone in between can read the credential."`
}

// commands is the whole command line.
type commands struct {
	flags

	Status  statusCommand  `cmd:"" help:"Whether SCIM is on."`
	Enable  enableCommand  `cmd:"" help:"Switch SCIM on, issue the first token and print it, once."`
	Disable disableCommand `cmd:"" help:"Switch SCIM off: all tokens end for good, people and groups stay."`
	List    listCommand    `cmd:"" help:"The tokens, and which of them can go."`
	Show    showCommand    `cmd:"" help:"One token."`
	Issue   issueCommand   `cmd:"" help:"Issue a token and print it, once."`
	Rotate  rotateCommand  `cmd:"" help:"Issue a token in the place of the current one and print it, once."`
	End     endCommand     `cmd:"" help:"End a token whose place another one has taken, before its overlap is over."`
	Cancel  cancelCommand  `cmd:"" help:"Undo a rotation: the token that it made is revoked, the one before goes on."`
	Revoke  revokeCommand  `cmd:"" help:"End a token at once, whatever uses it."`
	Restore restoreCommand `cmd:"" help:"Undo a revocation, within 10 minutes."`
	Audit   auditCommand   `cmd:"" help:"Who asked for what."`

	Settings   settingsCommand   `cmd:"" help:"What the organisation has decided about SCIM."`
	Users      usersCommand      `cmd:"" help:"A page of the users."`
	User       userCommand       `cmd:"" help:"One user, why the user is in this state, and what happened last."`
	ExportUser exportUserCommand `cmd:"" help:"Everything that is kept about a person, into a new file."`
	EraseUser  eraseUserCommand  `cmd:"" help:"Erase everything that is kept about a person, for good."`
	Why        whyCommand        `cmd:"" help:"Why a person is in, or is not."`
	Groups     groupsCommand     `cmd:"" help:"A page of the groups."`
	Privileged privilegedCommand `cmd:"" help:"Say whether the members of a group may do more than others."`
	Waiting    waitingCommand    `cmd:"" help:"A page of the members that wait for their person, and why."`
	LetIn      letInCommand      `cmd:"" help:"Have a member who waits for an approval join the group."`
	EndWaiting endWaitingCommand `cmd:"" help:"Have a member wait in a group no longer."`
	Activity   activityCommand   `cmd:"" help:"A page of what the identity provider did, latest first."`
	Doctor     doctorCommand     `cmd:"" help:"Whether the connection to the identity provider works, and what to do if not."`
	Drift      driftCommand      `cmd:"" help:"Where the identity provider believes something else than what DevRev has."`
	Compare    compareCommand    `cmd:"" help:"Whom an export of the identity provider's assignments has otherwise than DevRev."`
	Events     eventsCommand     `cmd:"" help:"What happened to users and groups, in order."`
	Guard      guardCommand      `cmd:"" help:"Many people who left at once, and those who are held back."`
	Try        tryCommand        `cmd:"" help:"What a SCIM request would do; it is not done."`
	Undo       undoCommand       `cmd:"" help:"Take back what a request, a push or a span of time changed."`

	Remove removeCommand `cmd:"" help:"Have the organisation erased after a while: all tokens end at once; for the platform."`

	CheckStores checkStoresCommand `cmd:"" help:"What Redis and MongoDB disagree on, after one of them was restored; for operators."`

	Completion completionCommand `cmd:"" help:"The script that has a shell complete commands, flags and values."`
	Complete   completeCommand   `cmd:"" hidden:"" help:"What the last word can be, a line each; the scripts of completion ask."`

	Version versionCommand `cmd:"" help:"The version of this program."`
	Help    helpCommand    `cmd:"" help:"This text, or that of a command."`
}

// run does what args, without the program's name, ask for. It ends early when ctx does, which is an
// interrupt.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) exitCode {
	out := &console{stdout: stdout, stderr: stderr, now: time.Now()}
	err := dispatch(ctx, args, out)
	code := exitOf(err)
	if err != nil {
		out.fail(err, code)
	}
	return code
}

// dispatch reads the arguments and runs the command that they name.
func dispatch(ctx context.Context, args []string, out *console) error {
	if err := refuseCredentials(args); err != nil {
		return err
	}
	var all commands
	helped := false
	parser, err := kong.New(&all, append(options(out), kong.Exit(func(int) { helped = true }))...)
	if err != nil {
		return err
	}
	selected, err := parser.Parse(asCommand(args))
	switch {
	case helped:
		return nil
	case err != nil:
		return endWith(misused, "%s; see `scimctl help`", unquoted(err.Error(), args))
	case all.Timeout <= 0:
		return endWith(misused, "--timeout must be a length of time such as 30s")
	}
	out.json = all.Output == "json"
	selected.BindTo(ctx, (*context.Context)(nil))
	selected.Bind(out, all.flags, parser.Model)
	connect := func() (*apiclient.Organisation, error) { return all.connect(out) }
	if err := selected.BindSingletonProvider(connect); err != nil {
		return err
	}
	return selected.Run()
}
