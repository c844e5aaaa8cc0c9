package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/devrev/scim/services/internal/apiclient"
)

type doctorCommand struct {
	Diagnose diagnoseCommand `cmd:"" default:"1" help:"What the connection has come to, what goes wrong, and what to do."`
	Rehearse rehearseCommand `cmd:"" help:"Play what an identity provider sends, on the terms of the organisation; nothing of it remains."`
	Reach    reachCommand    `cmd:"" help:"Have the service fetch its own public base URL."`
}

type diagnoseCommand struct{}

// Run shows the diagnosis.
func (diagnoseCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	d, err := api.Diagnose(ctx)
	if err != nil {
		return err
	}
	return out.relay(diagnosisOf(d, out.now))
}

func diagnosisOf(d apiclient.Diagnosis, now time.Time) []string {
	lines := append([]string{"Verdict: " + d.Verdict, d.Sentence, ""}, stepsOf(d.Steps)...)
	for _, p := range d.Problems {
		state := "since then one of its kind succeeded"
		if p.Open {
			state = "nothing of its kind has succeeded since"
		}
		lines = append(lines, "", "Problem: "+p.Sentence)
		if p.Remedy != "" {
			lines = append(lines, "What to do: "+p.Remedy)
		}
		if len(p.Names) > 0 {
			lines = append(lines, "Whom: "+strings.Join(p.Names, ", "))
		}
		lines = append(lines, fmt.Sprintf("How often: %d, the last one %s; %s", p.Count, when(p.LastAt, now, ""), state))
	}
	return lines
}

// stepsOf is a table of steps; what to do is below the step.
func stepsOf(steps []apiclient.Step) []string {
	rows := make([][]string, 0, len(steps))
	for _, s := range steps {
		rows = append(rows, []string{s.State, s.ID, s.Sentence})
		if s.Remedy != "" {
			rows = append(rows, []string{"", "", "What to do: " + s.Remedy})
		}
	}
	return table(rows)
}

type rehearseCommand struct {
	Client   string `arg:"" enum:"okta,entra" help:"Whose dialogue: ${enum}."`
	App      string `placeholder:"catalog|wizard" help:"Of Okta: an application of its catalogue, or of its wizard. Without it, catalog."`
	UserName string `name:"user-name" placeholder:"NAME" help:"The person's userName, as the identity provider would send it."`
}

// Run rehearses. A dialogue that does not pass is an error after the answer.
func (c rehearseCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	r, err := api.Rehearse(ctx, apiclient.Play{Client: c.Client, App: c.App, UserName: c.UserName})
	if err != nil {
		return err
	}
	if err := out.relay(rehearsalOf(r)); err != nil {
		return err
	}
	if !r.Passed {
		return endWith(refused, "the rehearsal did not pass")
	}
	return nil
}

func rehearsalOf(r apiclient.Rehearsal) []string {
	lines := []string{r.Sentence}
	if r.Remedy != "" {
		lines = append(lines, "What to do: "+r.Remedy)
	}
	rows := [][]string{{"STATUS", "STEP", "REQUEST", "WHAT CAME OF IT"}}
	for _, e := range r.Exchanges {
		path, _, _ := strings.Cut(e.Path, "?") // the query is in the JSON
		rows = append(rows, []string{strconv.Itoa(e.Status), e.Step, e.Method + " " + path, e.Sentence})
	}
	return append(append(lines, ""), table(rows)...)
}

type reachCommand struct{}

// Run has the base URL fetched. One that is not reached is an error after the answer.
func (reachCommand) Run(ctx context.Context, out *console, api *apiclient.Organisation) error {
	r, err := api.Reach(ctx)
	if err != nil {
		return err
	}
	lines := []string{r.BaseURL + ": " + r.Sentence}
	if r.Remedy != "" {
		lines = append(lines, "What to do: "+r.Remedy)
	}
	if err := out.relay(append(append(lines, ""), stepsOf(r.Checks)...)); err != nil {
		return err
	}
	if !r.Reached {
		return endWith(refused, "the base URL was not reached")
	}
	return nil
}
